// conv2d: 3×3 cross-correlation (the weight is not flipped), zero padding 1, stride 1.

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

/** input [batch, in, height, width] * weight [out, in, 3, 3] + bias [out] → [batch, out, height, width]. */
export function conv2d(input: NdArray, weight: NdArray, bias?: NdArray): F64 {
  const [batch = 0, inChannels = 0, height = 0, width = 0] = input.shape
  const [outChannels = 0] = weight.shape
  const output = zeros([batch, outChannels, height, width])
  for (let b = 0; b < batch; b++)
    for (let o = 0; o < outChannels; o++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          let sum = bias === undefined ? 0 : bias.get(o)
          for (let c = 0; c < inChannels; c++)
            for (let dy = -1; dy <= 1; dy++)
              for (let dx = -1; dx <= 1; dx++) {
                const inside = y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width
                if (inside) sum += input.get(b, c, y + dy, x + dx) * weight.get(o, c, dy + 1, dx + 1)
              }
          output.set(b, o, y, x, sum)
        }
  return output
}
