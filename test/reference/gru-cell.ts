// gru-cell: one step of a gated recurrent unit in the form of skip-thoughts (Kiros et al. 2015), where the reset gate multiplies
// after the matrix product:
//   r = σ(xr + h·Ur)   u = σ(xu + h·Uu)   c = tanh(xc + r ⊙ (h·Uc))   h' = u ⊙ h + (1 − u) ⊙ c

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

export interface GruStep {
  readonly rows: number
  /** The first of this step's rows in the projections. */
  readonly offset: number
  /** [rows]: row i continues state[parents[i]]; by default state[i]. */
  readonly parents?: NdArray
}

/** state [*, units], projections x·W + b [*, 3·units], recurrent weights U [3·units, units], both reset | update | candidate → [rows, units]. */
export function gruCell(state: NdArray, input: NdArray, weight: NdArray, { rows, offset, parents }: GruStep): F64 {
  const [, units = 0] = state.shape
  const output = zeros([rows, units])
  for (let row = 0; row < rows; row++) {
    const from = parents === undefined ? row : parents.get(row)
    const product = (gate: number, unit: number): number => {
      let sum = 0
      for (let k = 0; k < units; k++) sum += state.get(from, k) * weight.get(gate * units + unit, k)
      return sum
    }
    for (let unit = 0; unit < units; unit++) {
      const x = (gate: number): number => input.get(offset + row, gate * units + unit)
      const r = sigmoid(x(0) + product(0, unit))
      const u = sigmoid(x(1) + product(1, unit))
      const c = Math.tanh(x(2) + r * product(2, unit))
      output.set(row, unit, u * state.get(from, unit) + (1 - u) * c)
    }
  }
  return output
}
