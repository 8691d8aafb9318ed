// elementwise: y = f(a) and y = f(a, b), with b repeated along the other axes of a.

import type { NdArray } from 'ndarray'
import { type F64, map } from './array.ts'

export const relu = (input: NdArray): F64 => map(input, x => Math.max(x, 0))
export const tanh = (input: NdArray): F64 => map(input, Math.tanh)
export const sigmoid = (input: NdArray): F64 => map(input, x => 1 / (1 + Math.exp(-x)))

/** f(a, b) of two arrays of the same shape, or of `other` [size of `axis`] along `axis` of the input. */
export function binary(f: (a: number, b: number) => number, input: NdArray, other: NdArray, axis?: number): F64 {
  const output = map(input, x => x)
  const repeated = axis === undefined ? map(other, x => x).data : undefined
  const inner = axis === undefined ? 1 : input.shape.slice(axis + 1).reduce((n, d) => n * d, 1)
  const size = axis === undefined ? 1 : (input.shape[axis] ?? 1)
  for (let i = 0; i < output.data.length; i++) {
    const b = repeated === undefined ? other.get(Math.floor(i / inner) % size) : (repeated[i] ?? 0)
    output.data[i] = f(output.data[i] ?? 0, b)
  }
  return output
}

export const add = (input: NdArray, other: NdArray, axis?: number): F64 => binary((a, b) => a + b, input, other, axis)
export const subtract = (input: NdArray, other: NdArray, axis?: number): F64 =>
  binary((a, b) => a - b, input, other, axis)
export const multiply = (input: NdArray, other: NdArray, axis?: number): F64 =>
  binary((a, b) => a * b, input, other, axis)
export const negate = (input: NdArray): F64 => map(input, x => -x)

/** The gradient of x from y = f(x) and the gradient of y. */
export const reluGradient = (y: NdArray, g: NdArray): F64 => binary((y, g) => (y > 0 ? g : 0), y, g)
export const tanhGradient = (y: NdArray, g: NdArray): F64 => binary((y, g) => g * (1 - y * y), y, g)
export const sigmoidGradient = (y: NdArray, g: NdArray): F64 => binary((y, g) => g * y * (1 - y), y, g)
