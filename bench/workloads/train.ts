// train: one update of the decoder at the published sizes: 16 passages of 20 words and the end, 20,000 words; forward, backward, clipping
// and Adam. The cost of the first update is compared.

import ndarray from 'ndarray'
import { Random } from '../../lib/core/random.ts'
import { Trainer } from '../../lib/train/index.ts'
import type { NamedArrays } from '../../lib/train/types.ts'
import { timed } from '../harness/clock.ts'
import { DECODER } from '../harness/full-size.ts'
import type { Case, Workload } from '../harness/measure.ts'
import { PlainDecoder } from '../harness/plain-decoder.ts'
import { type Seeded, values } from '../harness/seeded.ts'
import type { Session } from '../harness/session.ts'

const { dim, dimWord, dimContext, nWords } = DECODER
const PASSAGES = 16
const WORDS = 20
const STEPS = WORDS + 1
const CLIP = 5
/** Of a cost: a sum over words of logarithms of sums. */
const TOLERANCE = 1e-4
/** The original adds it to each probability. */
const LEAST = 1e-8

/** By the original's names, [inputs, outputs]. */
const SEEDED: Readonly<Record<string, Seeded>> = {
  Wemb: { shape: [nWords, dimWord], seed: 70, scale: 0.5 },
  ff_state_W: { shape: [dimContext, dim], seed: 71, scale: 0.1 },
  ff_state_b: { shape: [dim], seed: 72, scale: 0.1 },
  decoder_W: { shape: [dimWord, 2 * dim], seed: 73, scale: 0.1 },
  decoder_b: { shape: [2 * dim], seed: 74, scale: 0.1 },
  decoder_U: { shape: [dim, 2 * dim], seed: 75, scale: 1.7 / Math.sqrt(dim) },
  decoder_Wx: { shape: [dimWord, dim], seed: 76, scale: 0.1 },
  decoder_bx: { shape: [dim], seed: 77, scale: 0.1 },
  decoder_Ux: { shape: [dim, dim], seed: 78, scale: 1.7 / Math.sqrt(dim) },
  ff_logit_W: { shape: [dim, nWords], seed: 79, scale: 0.1 },
  ff_logit_b: { shape: [nWords], seed: 80, scale: 0.1 },
}
const CONTEXT: Seeded = { shape: [PASSAGES, dimContext], seed: 81, scale: Math.sqrt(3 / dimContext) }

/** Words of the passages, step by step; the last one ends them. */
function passages(): Int32Array {
  const random = new Random(82)
  return Int32Array.from({ length: STEPS * PASSAGES }, (_, i) =>
    i < WORDS * PASSAGES ? random.integer(2, nWords - 1) : 0,
  )
}

async function updateCase(session: Session): Promise<Case> {
  const words = passages()
  const parameters: NamedArrays = Object.fromEntries(
    Object.entries(SEEDED).map(([name, seeded]) => [name, ndarray(values(seeded), [...seeded.shape])]),
  )
  const options = { dim, dim_word: dimWord, dimctx: dimContext, n_words: nWords, doutput: false, grad_clip: CLIP }
  const trainer = await Trainer.create('decoder', options, parameters, { device: session.device })
  const batch = {
    x: ndarray(words, [STEPS, PASSAGES]),
    mask: ndarray(new Float32Array(STEPS * PASSAGES).fill(1), [STEPS, PASSAGES]),
    ctx: ndarray(values(CONTEXT), [PASSAGES, dimContext]),
  }
  const first = await trainer.update(batch)
  const rows = STEPS * PASSAGES
  const expected = plainCost(words)
  return {
    label: `${PASSAGES} passages of ${WORDS} words, ${nWords.toLocaleString('en-US')} words`,
    flops: 3 * 2 * (rows * (3 * dim * (dimWord + dim) + dim * nWords) + PASSAGES * dimContext * dim),
    limit: 'multiply-add',
    original: 'train',
    peer: { op: 'train', tensors: SEEDED, context: CONTEXT, words: [...words], passages: PASSAGES, clip: CLIP },
    reference: { positions: [0], values: [expected], tolerances: [TOLERANCE * expected] },
    run: () => timed(async () => void (await trainer.update(batch))),
    outputs: async () => [first],
    dispose: () => trainer.dispose(),
  }
}

/** The decoder before any update. */
function plainDecoder(): PlainDecoder {
  const array = (name: string): Float32Array => values(SEEDED[name] as Seeded)
  const gru = {
    W: rowsOf([array('decoder_W'), 2 * dim], [array('decoder_Wx'), dim], dimWord),
    b: Float32Array.of(...array('decoder_b'), ...array('decoder_bx')),
    U: rowsOf([array('decoder_U'), 2 * dim], [array('decoder_Ux'), dim], dim),
  }
  const state = { W: rowsOf([array('ff_state_W'), dim], undefined, dimContext), b: array('ff_state_b') }
  const logits = { W: rowsOf([array('ff_logit_W'), nWords], undefined, dim), b: array('ff_logit_b') }
  return new PlainDecoder({ words: array('Wemb'), gru, state, logits }, dimWord)
}

/** The cost of all passages in f64, one by one, before any update. */
function plainCost(words: Int32Array): number {
  const decoder = plainDecoder()
  const contexts = values(CONTEXT)
  let total = 0
  for (let passage = 0; passage < PASSAGES; passage++) {
    let state = decoder.start(contexts.subarray(passage * dimContext, (passage + 1) * dimContext))
    for (let step = 0; step < STEPS; step++) {
      const { next, costs } = decoder.step(state, step === 0 ? undefined : words[(step - 1) * PASSAGES + passage])
      total -= Math.log(Math.exp(-(costs[words[step * PASSAGES + passage] ?? 0] ?? Number.NaN)) + LEAST)
      state = next
    }
  }
  return total
}

type Columns = readonly [matrix: Float32Array, columns: number]

/** Matrices [inputs, columns] side by side, as [columns, inputs]. */
function rowsOf(first: Columns, second: Columns | undefined, inputs: number): Float32Array {
  const parts = second === undefined ? [first] : [first, second]
  const out = new Float32Array(inputs * parts.reduce((n, [, columns]) => n + columns, 0))
  let row = 0
  for (const [matrix, columns] of parts)
    for (let column = 0; column < columns; column++, row++)
      for (let i = 0; i < inputs; i++) out[row * inputs + i] = matrix[i * columns + column] ?? 0
  return out
}

export const train: Workload = {
  name: 'train',
  title: 'one update of the decoder',
  unit: 'ms',
  cases: [updateCase],
}
