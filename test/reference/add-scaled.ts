// add-scaled: x + scale · y.

import type { NdArray } from 'ndarray'
import type { F64 } from './array.ts'
import { binary } from './elementwise.ts'

export const addScaled = (input: NdArray, other: NdArray, scale: number): F64 =>
  binary((a, b) => a + scale * b, input, other)
