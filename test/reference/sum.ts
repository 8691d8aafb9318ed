// sum: all elements of an array, times a number.

import type { NdArray } from 'ndarray'

export const sum = ({ data }: NdArray, scale: number): number =>
  scale * Array.from(data as ArrayLike<number>).reduce((a, b) => a + b, 0)
