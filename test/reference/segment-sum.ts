// segment-sum: sums of consecutive rows.

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

/** x [*, columns], starts [segments + 1], rising → [segments, columns]: sums of rows starts[s] .. starts[s + 1] - 1. */
export function segmentSum(input: NdArray, starts: NdArray): F64 {
  const [, columns = 0] = input.shape
  const segments = (starts.shape[0] ?? 1) - 1
  const output = zeros([segments, columns])
  for (let segment = 0; segment < segments; segment++)
    for (let row = starts.get(segment); row < starts.get(segment + 1); row++)
      for (let column = 0; column < columns; column++)
        output.set(segment, column, output.get(segment, column) + input.get(row, column))
  return output
}
