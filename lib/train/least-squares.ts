// The linear map with intercept that fits best in the sense of least squares: both sides are centred, then solved by Householder's QR
// in f64.

import { InputError } from '../core/errors.ts'
import { type Matrix, reflect, reflector } from './householder.ts'

export interface LinearMap {
  /** [inputs, outputs], C order. */
  readonly weights: Matrix
  readonly intercept: Float64Array
}

/** Fits targets [samples, outputs] to inputs [samples, inputs]. @throws InputError where the inputs leave the map open. */
export function leastSquares(inputs: Matrix, targets: Matrix): LinearMap {
  const [x, y] = [centred(inputs), centred(targets)]
  const [width, outputs] = [inputs.columns, targets.columns]
  if (inputs.rows <= width) throw undetermined(inputs)
  const diagonal = Array.from({ length: width }, (_, k) => {
    const column = Float64Array.from({ length: inputs.rows - k }, (_, i) => x.data[(k + i) * width + k] ?? 0)
    const alpha = reflector(column)
    reflect(x.matrix, column, k, k)
    reflect(y.matrix, column, k, 0)
    return Math.abs(alpha)
  })
  if (Math.min(...diagonal) <= inputs.rows * Number.EPSILON * Math.max(...diagonal)) throw undetermined(inputs)
  const weights = { rows: width, columns: outputs, data: solveUpper(x.matrix, y.matrix) }
  const intercept = y.means.map((mean, output) => {
    let sum = mean
    for (let i = 0; i < width; i++) sum -= (x.means[i] ?? 0) * (weights.data[i * outputs + output] ?? 0)
    return sum
  })
  return { weights, intercept }
}

const undetermined = ({ rows, columns }: Matrix): InputError =>
  new InputError(
    `${rows} words are too few, or too much alike, to fit a map from vectors of ${columns} numbers; give vectors for more of the dictionary’s words, or shorter vectors`,
  )

/** Applies a map to a vector. */
export function applyMap({ weights, intercept }: LinearMap, vector: ArrayLike<number>): Float32Array {
  const sums = Float64Array.from(intercept)
  for (let i = 0; i < weights.rows; i++)
    for (let j = 0; j < sums.length; j++)
      sums[j] = (sums[j] ?? 0) + (vector[i] ?? 0) * (weights.data[i * weights.columns + j] ?? 0)
  return Float32Array.from(sums)
}

/** A copy without its columns' means, and those. */
function centred({ rows, columns, data }: Matrix): { matrix: Matrix; data: Float64Array; means: Float64Array } {
  const means = new Float64Array(columns)
  for (let i = 0; i < data.length; i++) means[i % columns] = (means[i % columns] ?? 0) + (data[i] ?? 0) / rows
  const out = data.map((value, i) => value - (means[i % columns] ?? 0))
  return { matrix: { rows, columns, data: out }, data: out, means }
}

/** R⁻¹ times the first rows of `targets`, R being the upper triangle of `upper`. */
function solveUpper(upper: Matrix, targets: Matrix): Float64Array {
  const [size, columns] = [upper.columns, targets.columns]
  const out = targets.data.slice(0, size * columns)
  for (let row = size - 1; row >= 0; row--) {
    for (let k = row + 1; k < size; k++) {
      const factor = upper.data[row * size + k] ?? 0
      for (let j = 0; j < columns; j++)
        out[row * columns + j] = (out[row * columns + j] ?? 0) - factor * (out[k * columns + j] ?? 0)
    }
    const pivot = upper.data[row * size + row] ?? 1
    for (let j = 0; j < columns; j++) out[row * columns + j] = (out[row * columns + j] ?? 0) / pivot
  }
  return out
}
