// max-pool: the largest of each 2×2 square; an odd last row or column is dropped.

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

/** x [batch, channels, height, width] → [batch, channels, height/2, width/2], rounded down. */
export function maxPool(input: NdArray): F64 {
  const [batch = 0, channels = 0, height = 0, width = 0] = input.shape
  const output = zeros([batch, channels, Math.floor(height / 2), Math.floor(width / 2)])
  const [, , rows = 0, columns = 0] = output.shape
  for (let b = 0; b < batch; b++)
    for (let c = 0; c < channels; c++)
      for (let y = 0; y < rows; y++)
        for (let x = 0; x < columns; x++) {
          let largest = Number.NEGATIVE_INFINITY
          for (let dy = 0; dy < 2; dy++)
            for (let dx = 0; dx < 2; dx++) largest = Math.max(largest, input.get(b, c, 2 * y + dy, 2 * x + dx))
          output.set(b, c, y, x, largest)
        }
  return output
}
