// square-sum: the squared norm of several arrays together, and the factor that brings their norm down to a limit.

import type { NdArray } from 'ndarray'

export const squareSum = (arrays: readonly NdArray[]): number =>
  arrays.flatMap(({ data }) => Array.from(data as ArrayLike<number>)).reduce((sum, x) => sum + x * x, 0)

/** 1 where the norm is within the limit, or the limit 0. */
export const clipFactor = (squaredNorm: number, limit: number): number =>
  limit > 0 && squaredNorm > limit ** 2 ? limit / Math.sqrt(squaredNorm) : 1
