// channel-sum: sums over all axes but one.

import type { NdArray } from 'ndarray'
import { type F64, map, zeros } from './array.ts'

/** x [..., channels, ...], channels along `axis` → [channels]. */
export function channelSum(input: NdArray, axis: number): F64 {
  const channels = input.shape[axis] ?? 0
  const inner = input.shape.slice(axis + 1).reduce((n, d) => n * d, 1)
  const output = zeros([channels])
  for (const [i, x] of map(input, x => x).data.entries()) {
    const channel = Math.floor(i / inner) % channels
    output.set(channel, output.get(channel) + x)
  }
  return output
}
