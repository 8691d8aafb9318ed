// The self-test's other opinion: the formulas as plain loops in f64, from the papers and in the layouts of the kernels, to be read
// beside them. Slow on purpose; shares no code with the ops, and knows nothing of GPUs or graphs.

import type { DecoderOptions } from './decoder.ts'

export type Matrix = readonly (readonly number[])[]

/** `values`, C order, as rows of `columns`. */
export function matrix(values: ArrayLike<number>, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) =>
    Array.from({ length: columns }, (_, column) => values[row * columns + column] ?? 0),
  )
}

const at = (row: readonly number[] | undefined, i: number): number => row?.[i] ?? 0
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * at(b, i), 0)

/** x · Wᵀ + b for one row; W [outputs, inputs]. */
export const affine = (x: readonly number[], weight: Matrix, bias: readonly number[]): number[] =>
  weight.map((row, i) => dot(x, row) + at(bias, i))

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

export function softmax(x: readonly number[]): number[] {
  const top = Math.max(...x)
  const e = x.map(value => Math.exp(value - top))
  const sum = e.reduce((a, b) => a + b, 0)
  return e.map(value => value / sum)
}

/** One GRU step; `input` = x·W + b and `recurrent` [3·units, units] in the order reset | update | candidate. */
export function gruCell(state: readonly number[], input: readonly number[], recurrent: Matrix): number[] {
  const units = state.length
  const product = recurrent.map(row => dot(state, row))
  return state.map((h, i) => {
    const reset = sigmoid(at(input, i) + at(product, i))
    const update = sigmoid(at(input, units + i) + at(product, units + i))
    const candidate = Math.tanh(at(input, 2 * units + i) + reset * at(product, 2 * units + i))
    return update * h + (1 - update) * candidate
  })
}

/** The decoder's weights by their names in a bundle, without `decoder/`; no tanh layer before the logits. */
export type DecoderWeights = (name: string, columns: number) => Matrix

interface Live {
  readonly words: readonly number[]
  readonly cost: number
  readonly state: readonly number[]
}

export interface Found {
  readonly words: readonly number[]
  readonly cost: number
}

/**
 * Beam search from a thought vector [dimContext]: hypotheses as they finished, then those still alive after `maxlen` words.
 * Word 0 ends one; word 1, the unknown, comes after all others.
 */
export function beamSearch(
  thought: readonly number[],
  { dim, dimWord, dimContext, nWords }: DecoderOptions,
  weights: DecoderWeights,
  { width, maxlen }: { width: number; maxlen: number },
): Found[] {
  const layer = (x: readonly number[], name: string, inputs: number): number[] =>
    affine(x, weights(`${name}.W`, inputs), weights(`${name}.b`, 1).flat())
  const table = weights('words', dimWord)
  const recurrent = weights('gru.U', dim)
  const continuations = ({ words, cost, state }: Live): Live[] => {
    const word = words.length === 0 ? new Array<number>(dimWord).fill(0) : (table[words.at(-1) ?? 0] ?? [])
    const next = gruCell(state, layer(word, 'gru', dimWord), recurrent)
    const chances = softmax(layer(next, 'logits', dim))
    return Array.from({ length: nWords }, (_, id) => ({
      words: [...words, id],
      cost: id === 1 ? 1e20 : cost - Math.log(at(chances, id)),
      state: next,
    }))
  }
  let live: Live[] = [{ words: [], cost: 0, state: layer(thought, 'state', dimContext).map(Math.tanh) }]
  const finished: Live[] = []
  for (let step = 0; step < maxlen && live.length > 0; step++) {
    const best = live.flatMap(continuations).sort((a, b) => a.cost - b.cost)
    const taken = best.slice(0, width - finished.length)
    finished.push(...taken.filter(({ words }) => words.at(-1) === 0))
    live = taken.filter(({ words }) => words.at(-1) !== 0)
  }
  return [...finished, ...live]
}
