// Small random decoders, on the device and in plain f64 loops: what the tests of beam search and sampling decode with.

import ndarray, { type NdArray } from 'ndarray'
import type { Random } from '../../lib/core/random.ts'
import type { DecoderOptions } from '../../lib/nets/decoder.ts'
import { type F64, zeros } from '../reference/array.ts'
import { tanh } from '../reference/elementwise.ts'
import { embeddingRows } from '../reference/embedding-rows.ts'
import { gemm } from '../reference/gemm.ts'
import { gruCell } from '../reference/gru-cell.ts'
import { floats } from './op-case.ts'

export type Weights = Readonly<Record<string, NdArray<Float32Array>>>

export interface SmallDecoder {
  readonly options: DecoderOptions
  readonly weights: Weights
  /** [1, dimContext] each: the inputs of a decoder's graph. */
  readonly inputs: Readonly<Record<'vectors' | 'negative' | 'positive', NdArray<Float32Array>>>
}

/** `sharpness`: the scale of logits; `end`: what is added to the logit of word 0. */
export function smallDecoder(random: Random, options: DecoderOptions, sharpness: number, end: number): SmallDecoder {
  const { dim, dimWord, dimContext, nWords, doutput } = options
  const affine = (name: string, outputs: number, width: number, scale = 1) => ({
    [`decoder/${name}.W`]: floats(random, scale, outputs, width),
    [`decoder/${name}.b`]: floats(random, scale, outputs),
  })
  const weights: Weights = {
    'decoder/words': floats(random, 1, nWords, dimWord),
    'decoder/gru.U': floats(random, 1, 3 * dim, dim),
    ...affine('state', dim, dimContext),
    ...affine('gru', 3 * dim, dimWord),
    ...(doutput ? affine('hidden', dimWord, dim) : {}),
    ...affine('logits', nWords, doutput ? dimWord : dim, sharpness),
  }
  const bias = weights['decoder/logits.b']
  if (bias !== undefined) bias.data[0] = (bias.data[0] ?? 0) + end
  const vector = () => floats(random, 1, 1, dimContext)
  return { options, weights, inputs: { vectors: vector(), negative: vector(), positive: vector() } }
}

/** The inputs and counts of a run of this decoder's graph. */
export const runOf = ({ inputs }: SmallDecoder, steps: number) => ({
  inputs: Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data])),
  counts: { vectors: 1, steps },
})

/** The decoder in f64: called with the words before and the rows they continue, it gives the logits of what follows. */
export function plainDecoder(
  { options, weights, inputs }: SmallDecoder,
  rows = 1,
): (tokens: readonly number[], parents: readonly number[]) => NdArray {
  const weight = (name: string): NdArray<Float32Array> => {
    const found = weights[`decoder/${name}`]
    if (found === undefined) throw new Error(`no weight ${name}`)
    return found
  }
  const affine = (name: string, input: NdArray): F64 => gemm(input, weight(`${name}.W`), weight(`${name}.b`))
  const { vectors, negative, positive } = inputs
  const shifted = ndarray(
    vectors.data.map((v, i) => v - (negative.data[i] ?? 0) + (positive.data[i] ?? 0)),
    vectors.shape,
  )
  const first = tanh(affine('state', shifted))
  let state = embeddingRows(ndarray(new Int32Array(rows)), first)
  return (tokens, parents) => {
    const words = embeddingRows(ndarray(Int32Array.from(tokens)), weight('words'))
    const step = { rows: tokens.length, offset: 0, parents: ndarray(Uint32Array.from(parents)) }
    state = gruCell(state, affine('gru', words), weight('gru.U'), step)
    return scores(options.doutput ? tanh(affine('hidden', state)) : state, weight('logits.W'), weight('logits.b'))
  }
}

/** gemm with a bias, over the arrays' own memory: vocabularies are large. */
function scores(input: F64, weight: NdArray<Float32Array>, bias: NdArray<Float32Array>): F64 {
  const [rows = 0, inner = 0] = input.shape
  const output = zeros([rows, bias.data.length])
  for (let row = 0, at = 0; row < rows; row++)
    for (let word = 0; word < bias.data.length; word++, at++) {
      let sum = bias.data[word] ?? 0
      for (let k = 0; k < inner; k++) sum += (input.data[row * inner + k] ?? 0) * (weight.data[word * inner + k] ?? 0)
      output.data[at] = sum
    }
  return output
}
