// conv2d-gradient: filters turned by half a turn, and the gradient of a 3×3 convolution's filters.

import type { NdArray } from 'ndarray'
import { type F64, zeros } from './array.ts'

/** filters [out, in, 3, 3] → [in, out, 3, 3]. */
export function flipped(filters: NdArray): F64 {
  const [outputs = 0, inputs = 0] = filters.shape
  const output = zeros([inputs, outputs, 3, 3])
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++)
      for (let y = 0; y < 3; y++) for (let x = 0; x < 3; x++) output.set(i, o, 2 - y, 2 - x, filters.get(o, i, y, x))
  return output
}

/** input [batch, in, height, width], gradient of the output [batch, out, height, width] → [out, in, 3, 3]. */
export function filterGradient(input: NdArray, gradient: NdArray): F64 {
  const [batch = 0, inChannels = 0, height = 0, width = 0] = input.shape
  const [, outChannels = 0] = gradient.shape
  const output = zeros([outChannels, inChannels, 3, 3])
  for (let o = 0; o < outChannels; o++)
    for (let i = 0; i < inChannels; i++)
      for (let dy = 0; dy < 3; dy++)
        for (let dx = 0; dx < 3; dx++) {
          let sum = 0
          for (let b = 0; b < batch; b++)
            for (let y = 0; y < height; y++)
              for (let x = 0; x < width; x++) {
                const [row, column] = [y + dy - 1, x + dx - 1]
                if (row < 0 || row >= height || column < 0 || column >= width) continue
                sum += gradient.get(b, o, y, x) * input.get(b, i, row, column)
              }
          output.set(o, i, dy, dx, sum)
        }
  return output
}
