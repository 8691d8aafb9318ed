// A GRU over sentences of different lengths, as nets use it. Sentences come longest first and their words packed step by
// step: all first words, then the second words of those that have one, …; so a step runs a prefix of rows and nothing is padded.

import { Count } from '../core/shape.ts'
import type { Graph } from '../graph/graph.ts'
import { collect } from '../ops/collect-rows.ts'
import { addBias } from '../ops/elementwise.ts'
import { linear } from '../ops/gemm.ts'
import { gruStep } from '../ops/gru-cell.ts'
import type { Tensor } from '../ops/op.ts'

/** The counts that a batch of sentences brings. */
export interface SentenceCounts {
  readonly sentences: Count
  /** Words of all sentences together. */
  readonly words: Count
  /** Words of the longest sentence. */
  readonly steps: Count
  /** At each step: sentences that have a word, where their words begin, sentences that end here and the first of them. */
  readonly rows: Count
  readonly offset: Count
  readonly ending: Count
  readonly firstEnding: Count
}

export function sentenceCounts(sentences: number, words: number, steps: number): SentenceCounts {
  return {
    sentences: new Count('sentences', sentences),
    words: new Count('words', words),
    steps: new Count('steps', steps),
    rows: new Count('rows', sentences),
    offset: new Count('offset', words),
    ending: new Count('ending', sentences),
    firstEnding: new Count('first ending', sentences),
  }
}

/** The values of these counts for sentences of the given lengths, longest first, none empty. */
export function packCounts(lengths: readonly number[]): Record<string, number | number[]> {
  const steps = lengths[0] ?? 0
  const rows = Array.from({ length: steps }, (_, step) => lengths.filter(length => length > step).length)
  const rowsAfter = rows.map((_, step) => rows[step + 1] ?? 0)
  let words = 0
  const offset = rows.map(count => {
    words += count
    return words - count
  })
  return {
    sentences: lengths.length,
    words,
    steps,
    rows,
    offset,
    ending: rows.map((n, i) => n - (rowsAfter[i] ?? 0)),
    'first ending': rowsAfter,
  }
}

/** For each packed position, the sentence and the place in it: `place(step, length)` may read a sentence backwards. */
export function packOrder(lengths: readonly number[], backwards = false): { sentence: number; place: number }[] {
  const order: { sentence: number; place: number }[] = []
  for (let step = 0; step < (lengths[0] ?? 0); step++)
    for (const [sentence, length] of lengths.entries())
      if (length > step) order.push({ sentence, place: backwards ? length - 1 - step : step })
  return order
}

/** Last states [sentences, units] of a GRU (weights `name`.W, .b, .U) over packed word vectors [words, width]. */
export function encodeSentences(
  graph: Graph,
  name: string,
  vectors: Tensor<'f32', 2>,
  units: number,
  counts: SentenceCounts,
): Tensor<'f32', 2> {
  const width = vectors.shape[1] as number
  const projections = addBias(
    linear(vectors, graph.parameter(`${name}.W`, [3 * units, width])),
    graph.parameter(`${name}.b`, [3 * units]),
  )
  const recurrent = graph.parameter(`${name}.U`, [3 * units, units])
  const last = graph.keep(`${name} last`, 'f32', [counts.sentences, units])
  graph.repeat(name, counts.steps, loop => {
    const state = loop.carry<2>(`${name} state`, [counts.sentences, units])
    const next = gruStep(state, projections, recurrent, { rows: counts.rows, offset: counts.offset })
    collect(next, last, { first: counts.firstEnding, count: counts.ending })
    loop.next(state, next)
  })
  return last
}
