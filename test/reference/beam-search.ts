// beam search over the words of a language model, as the original does it: each step takes the cheapest continuations of all live
// hypotheses; those that end with word 0 leave with their cost, the others live on. A cost is the sum of -log probability.

import type { NdArray } from 'ndarray'

export interface Hypothesis {
  /** With the final 0 where it ended. */
  readonly words: readonly number[]
  readonly cost: number
}

export interface BeamOptions {
  readonly width: number
  readonly maxlen: number
  /** Otherwise word 1 costs 1e20, in every row and whatever came before. */
  readonly useUnknown: boolean
}

/** Logits [live, words] after these words; `parents` says which row of the step before each hypothesis continues. */
export type NextLogits = (tokens: readonly number[], parents: readonly number[]) => NdArray

export interface Search {
  /** The finished ones in the order in which they finished, then the living ones, cheapest first. */
  readonly hypotheses: readonly Hypothesis[]
  /** The smallest difference between a kept and a dropped continuation, and between two kept ones: f32 may swap closer ones. */
  readonly cutGap: number
  readonly keptGap: number
}

export interface Continuation {
  readonly row: number
  readonly word: number
  readonly cost: number
  readonly logit: number
}

const UNWANTED = 1e20
/** Words less probable than e to the minus this have probability 0: -ln of the smallest f32 above zero is 103.279. */
const IMPOSSIBLE = 103.27

export function beamSearch(next: NextLogits, options: BeamOptions): Search {
  const finished: Hypothesis[] = []
  let live: (Hypothesis & { parent: number })[] = [{ words: [], cost: 0, parent: 0 }]
  let [cutGap, keptGap] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let step = 0; step < options.maxlen && live.length > 0; step++) {
    const tokens = live.map(({ words }) => words.at(-1) ?? -1)
    const logits = next(
      tokens,
      live.map(({ parent }) => parent),
    )
    const costs = live.map(({ cost }) => cost)
    const wanted = options.width - finished.length
    // One more than wanted, to see how close the cut is.
    const order = cheapest(logits, costs, wanted + 1, options.useUnknown)
    const taken = order.slice(0, wanted)
    for (const [i, c] of order.entries()) {
      const before = order[i - 1]
      if (before !== undefined && i < wanted) keptGap = Math.min(keptGap, gap(before, c))
      if (before !== undefined && i === wanted) cutGap = Math.min(cutGap, gap(before, c))
    }
    const grown = taken.map(({ row, word, cost }) => ({
      words: [...(live[row]?.words ?? []), word],
      cost,
      parent: row,
    }))
    finished.push(...grown.filter(({ words }) => words.at(-1) === 0))
    live = grown.filter(({ words }) => words.at(-1) !== 0)
  }
  return { hypotheses: [...finished, ...live].map(({ words, cost }) => ({ words, cost })), cutGap, keptGap }
}

/**
 * The `count` cheapest continuations of all rows, cheapest first. Of equal costs: the earlier row; then the more probable word, an
 * unwanted one last; then the earlier word.
 */
export function cheapest(
  logits: NdArray,
  costs: readonly number[],
  count: number,
  useUnknown: boolean,
): Continuation[] {
  const rows = costs.map((cost, row) => continuations(logits, row, cost, count, useUnknown))
  return rows
    .flat()
    .sort((a, b) => compare(a.cost, b.cost) || a.row - b.row || rank(a, b, useUnknown))
    .slice(0, count)
}

/** The `count` cheapest continuations of one row, in order. */
function continuations(logits: NdArray, row: number, cost: number, count: number, useUnknown: boolean): Continuation[] {
  const [, words = 0] = logits.shape
  let largest = Number.NEGATIVE_INFINITY
  for (let word = 0; word < words; word++) largest = Math.max(largest, logits.get(row, word))
  let sum = 0
  for (let word = 0; word < words; word++) sum += Math.exp(logits.get(row, word) - largest)
  const logSum = Math.log(sum)
  // A full sort of a large vocabulary takes long: now and then all but the cheapest are thrown away.
  let best: Continuation[] = []
  let limit = Number.POSITIVE_INFINITY
  const trim = (): Continuation[] =>
    best.sort((a, b) => compare(a.cost, b.cost) || rank(a, b, useUnknown)).slice(0, count)
  for (let word = 0; word < words; word++) {
    const logit = logits.get(row, word)
    const surprise = largest + logSum - logit
    const possible = cost + (surprise > IMPOSSIBLE ? Number.POSITIVE_INFINITY : surprise)
    const total = word === 1 && !useUnknown ? UNWANTED : possible
    if (total > limit) continue
    best.push({ row, word, logit, cost: total })
    if (best.length < 4 * count) continue
    best = trim()
    limit = best.at(-1)?.cost ?? limit
  }
  return trim()
}

/** Two infinities are equal. */
const compare = (a: number, b: number): number => (a === b ? 0 : a - b)

function rank(a: Continuation, b: Continuation, useUnknown: boolean): number {
  const unwanted = ({ word }: Continuation): number => (word === 1 && !useUnknown ? 1 : 0)
  return unwanted(a) - unwanted(b) || compare(b.logit, a.logit) || a.word - b.word
}

/** How far b is behind a: in cost; where that is 1e20 or infinite for both, in logit within a row, and certain between rows. */
function gap(a: Continuation, b: Continuation): number {
  if (a.cost !== b.cost) return b.cost - a.cost
  if (a.cost < UNWANTED) return 0
  return a.row === b.row && a.word !== 1 && b.word !== 1 ? a.logit - b.logit : Number.POSITIVE_INFINITY
}
