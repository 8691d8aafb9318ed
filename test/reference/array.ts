// What all references share: arrays of doubles to put results in. A reference says what an op means, in plain loops and f64;
// it must not know of kernels, tiles or devices.

import ndarray, { type NdArray } from 'ndarray'

export type F64 = NdArray<Float64Array>

/** An array of zeros. */
export const zeros = (shape: readonly number[]): F64 =>
  ndarray(new Float64Array(shape.reduce((n, d) => n * d, 1)), [...shape])

/** The same shape, each value through `f`. */
export function map(input: NdArray, f: (x: number) => number): F64 {
  const output = zeros(input.shape)
  const [a, b, c, d] = [0, 1, 2, 3].map(axis => input.shape[axis] ?? 1) as [number, number, number, number]
  let at = 0
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      for (let k = 0; k < c; k++) for (let l = 0; l < d; l++) output.data[at++] = f(input.get(i, j, k, l))
  return output
}
