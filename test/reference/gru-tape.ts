// gru-tape: a GRU over sentences of different lengths, longest first, words packed step by step; all states stay. The step is that of
// gru-cell.ts.

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'
import { gruCell } from './gru-cell.ts'

/**
 * Projections x·W + b [words, 3·units], recurrent weights U [3·units, units], states before the first step [sentences, units] → the
 * states after each word [words, units].
 */
export function gruTape(lengths: readonly number[], projections: NdArray, weight: NdArray, initial: NdArray): F64 {
  const [words = 0] = projections.shape
  const [sentences = 0, units = 0] = initial.shape
  const states = zeros([words, units])
  const state = zeros([sentences, units])
  for (let row = 0; row < sentences; row++)
    for (let unit = 0; unit < units; unit++) state.set(row, unit, initial.get(row, unit))
  let offset = 0
  for (let step = 0; step < (lengths[0] ?? 0); step++) {
    const rows = lengths.filter(length => length > step).length
    const next = gruCell(state, projections, weight, { rows, offset })
    for (let row = 0; row < rows; row++)
      for (let unit = 0; unit < units; unit++) {
        state.set(row, unit, next.get(row, unit))
        states.set(offset + row, unit, next.get(row, unit))
      }
    offset += rows
  }
  return states
}
