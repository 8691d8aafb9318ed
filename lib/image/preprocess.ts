// From decoded pixels to what VGG-19 takes: the middle 224 × 224 of the picture at 256 on its shorter side, as B, G, R
// minus their means, channels first. Pure arithmetic, for every platform; decoders are elsewhere.

import ndarray, { type NdArray } from 'ndarray'
import type { Pixels } from './pixels.ts'
import { resizeCrop } from './resize.ts'

/** What the network was trained on, in the order of its channels: B, G, R. */
export const MEANS = [103.939, 116.779, 123.68] as const
export const SHORTER_SIDE = 256
export const CROP = 224

/** A picture ready for VGG-19: float32 [1, 3, 224, 224], channels B, G, R. Grey is repeated. */
export function preprocess(pixels: Pixels): NdArray<Float32Array> {
  const values = resizeCrop(pixels, SHORTER_SIDE, CROP)
  const { channels } = pixels
  const plane = CROP * CROP
  const out = new Float32Array(3 * plane)
  for (const [channel, mean] of MEANS.entries()) {
    const source = channels === 3 ? 2 - channel : 0
    for (let i = 0; i < plane; i++) out[channel * plane + i] = (values[i * channels + source] ?? 0) - mean
  }
  return ndarray(out, [1, 3, CROP, CROP])
}
