// sampling: one word for each row of logits. At temperature 0 the likeliest; else drawn by the Gumbel-max rule (Gumbel 1954): the
// largest of logit / temperature + noise falls on each word with the probability that softmax(logits / temperature) gives it.

import type { NdArray } from 'ndarray'
import { hash } from '../../lib/core/random.ts'
import { softmax } from './softmax.ts'

export interface SampleOptions {
  readonly maxlen: number
  readonly useUnknown: boolean
  readonly seed: number
  readonly temperature: number
}

export interface Drawn {
  /** With the final 0 where it ended. */
  readonly words: readonly number[]
  /** Sum of -log probability, at temperature 1. */
  readonly cost: number
  /** Sum of the probabilities themselves: the original's score of its likeliest words. */
  readonly probability: number
}

/** The noise that word, row, step and seed give: any order of computation draws the same words. */
function noise(word: number, row: number, step: number, seed: number): number {
  const uniform = ((hash(word, hash(row, hash(step, seed))) >>> 9) + 0.5) / 2 ** 23
  return -Math.log(-Math.log1p(-uniform))
}

/** The word for one row of logits [rows, words], and how far behind the second choice is. */
export function choose(
  logits: NdArray,
  row: number,
  step: number,
  options: SampleOptions,
): { word: number; gap: number } {
  const { useUnknown, seed, temperature } = options
  let [word, best, second] = [-1, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let w = 0; w < (logits.shape[1] ?? 0); w++) {
    if (w === 1 && !useUnknown) continue
    const logit = logits.get(row, w)
    const value = temperature === 0 ? logit : logit / temperature + noise(w, row, step, seed)
    second = Math.max(second, Math.min(best, value))
    if (value <= best) continue
    best = value
    word = w
  }
  return { word, gap: best - second }
}

/** Draws `rows` rows of words until each has ended by word 0 or is `maxlen` long. `gap`: the closest choice of all. */
export function sample(
  next: (tokens: readonly number[], parents: readonly number[]) => NdArray,
  rows: number,
  options: SampleOptions,
): { drawn: Drawn[]; gap: number } {
  const drawn: Drawn[] = Array.from({ length: rows }, () => ({ words: [], cost: 0, probability: 0 }))
  let gap = Number.POSITIVE_INFINITY
  for (let step = 0; step < options.maxlen; step++) {
    const logits = next(
      drawn.map(({ words }) => words.at(-1) ?? -1),
      drawn.map((_, row) => row),
    )
    const probabilities = softmax(logits)
    for (const [row, { words, cost, probability }] of drawn.entries()) {
      if (words.at(-1) === 0) continue
      const choice = choose(logits, row, step, options)
      const p = probabilities.get(row, choice.word)
      gap = Math.min(gap, choice.gap)
      drawn[row] = { words: [...words, choice.word], cost: cost - Math.log(p), probability: probability + p }
    }
  }
  return { drawn, gap }
}
