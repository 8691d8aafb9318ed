// The original's resize of a whole picture, as plainly as it can be said: every value of the result from its four neighbours,
// a zero around the picture, then the clipping. lib/image/resize.ts gives the middle of this.

import type { Pixels } from '../../lib/image/pixels.ts'

/** [height, width, channels] in float64. */
export function resizeWhole(
  { width, height, channels, data }: Pixels,
  toHeight: number,
  toWidth: number,
): Float64Array {
  const at = (y: number, x: number, c: number): number =>
    y < 0 || y >= height || x < 0 || x >= width ? 0 : (data[(y * width + x) * channels + c] ?? Number.NaN)
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of data) [least, largest] = [Math.min(least, value), Math.max(largest, value)]

  const out = new Float64Array(toHeight * toWidth * channels)
  for (let i = 0; i < toHeight; i++)
    for (let j = 0; j < toWidth; j++)
      for (let c = 0; c < channels; c++) {
        const y = ((i + 0.5) * height) / toHeight - 0.5
        const x = ((j + 0.5) * width) / toWidth - 0.5
        const [top, left] = [Math.floor(y), Math.floor(x)]
        const above = (1 - (x - left)) * at(top, left, c) + (x - left) * at(top, left + 1, c)
        const below = (1 - (x - left)) * at(top + 1, left, c) + (x - left) * at(top + 1, left + 1, c)
        const value = (1 - (y - top)) * above + (y - top) * below
        out[(i * toWidth + j) * channels + c] = value === 0 ? 0 : Math.min(Math.max(value, least), largest)
      }
  return out
}
