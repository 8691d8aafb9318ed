// A GRU over packed sentences as it is trained: all its states stay on a tape.

import type { Graph } from '../graph/graph.ts'
import { addBias } from '../ops/elementwise.ts'
import { linear } from '../ops/gemm.ts'
import { gruTapeStep } from '../ops/gru-tape.ts'
import type { Tensor } from '../ops/op.ts'
import { putRows } from '../ops/rows.ts'
import type { SentenceTape } from './sentences.ts'

/**
 * States of a GRU (weights `name`.W, .b, .U) over word vectors [words, width]: a tape [*, units] with one row for each word, as they are
 * packed, and behind them those before the first step: `initial` [sentences, units], or zeros.
 */
export function gruStates(
  graph: Graph,
  name: string,
  vectors: Tensor<'f32', 2>,
  units: number,
  tape: SentenceTape,
  initial?: Tensor<'f32', 2>,
): Tensor<'f32', 2> {
  const width = vectors.shape[1] as number
  const weight = graph.parameter(`${name}.W`, [3 * units, width])
  const projections = addBias(linear(vectors, weight), graph.parameter(`${name}.b`, [3 * units]))
  const recurrent = graph.parameter(`${name}.U`, [3 * units, units])
  const { words, sentences, steps, rows, from, to } = tape
  const states = graph.keep(`${name} states`, 'f32', [words.max + sentences.max, units])
  const gates = graph.keep(`${name} gates`, 'f32', [words.max, 4 * units])
  if (initial !== undefined) putRows(initial, states, words.max)
  const build = () => gruTapeStep(projections, recurrent, { states, gates }, { rows, from, to })
  graph.repeat(name, steps, build, undefined, { whole: true })
  return states
}
