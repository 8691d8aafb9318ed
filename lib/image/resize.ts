// The original's resize (scikit-image 0.14, order 1, constant mode), in double precision, without anti-aliasing and without
// rounding. Only the crop is computed: a picture of any size costs the same few pixels. Knows nothing of colours and means.
// test/reference/resize.ts resizes whole pictures by the same definition, plainly.

import type { Pixels, Size } from './pixels.ts'

/** The resized size: the shorter side becomes `shorter`, the longer one keeps the proportion, rounded down. */
export function resizedSize({ width, height }: Size, shorter: number): Size {
  if (height < width) return { width: Math.floor((width * shorter) / height), height: shorter }
  return { width: shorter, height: Math.floor((height * shorter) / width) }
}

/** Where the samples of one axis lie: two neighbours in the source and the share of the second; −1: outside, which is 0. */
interface Axis {
  readonly first: Int32Array
  readonly second: Int32Array
  readonly share: Float64Array
}

/**
 * The middle `crop` × `crop` of the picture whose shorter side was resized to `shorter`: [crop, crop, channels], float64.
 * Outside the picture all is 0, so edges of much enlarged pictures fade; then whatever is not exactly 0 is clipped to the
 * least and the largest value of the whole picture.
 */
export function resizeCrop(pixels: Pixels, shorter: number, crop: number): Float64Array {
  const { width, height, channels } = pixels
  const resized = resizedSize(pixels, shorter)
  const rows = axis(height, resized.height, crop)
  const columns = axis(width, resized.width, crop)
  const out = interpolate(pixels, rows, columns)
  if (touchesOutside(rows) || touchesOutside(columns)) clip(out, pixels.data.subarray(0, width * height * channels))
  return out
}

function axis(from: number, to: number, crop: number): Axis {
  const start = Math.floor(to / 2) - crop / 2
  const [first, second, share] = [new Int32Array(crop), new Int32Array(crop), new Float64Array(crop)]
  for (let i = 0; i < crop; i++) {
    const at = (start + i + 0.5) * (from / to) - 0.5
    const below = Math.floor(at)
    first[i] = below
    second[i] = below + 1 < from ? below + 1 : -1
    share[i] = at - below
  }
  return { first, second, share }
}

const touchesOutside = ({ first, second }: Axis): boolean => first.includes(-1) || second.includes(-1)

function interpolate({ width, channels, data }: Pixels, rows: Axis, columns: Axis): Float64Array {
  const crop = columns.share.length
  const out = new Float64Array(rows.share.length * crop * channels)
  const value = (y: number, x: number, c: number) => (y < 0 || x < 0 ? 0 : (data[(y * width + x) * channels + c] ?? 0))
  let at = 0
  for (let j = 0; j < rows.share.length; j++) {
    const [top, bottom, down] = neighbours(rows, j)
    for (let i = 0; i < crop; i++) {
      const [left, right, across] = neighbours(columns, i)
      for (let c = 0; c < channels; c++) {
        const above = (1 - across) * value(top, left, c) + across * value(top, right, c)
        const below = (1 - across) * value(bottom, left, c) + across * value(bottom, right, c)
        out[at++] = (1 - down) * above + down * below
      }
    }
  }
  return out
}

const neighbours = ({ first, second, share }: Axis, i: number): readonly [number, number, number] => [
  first[i] ?? -1,
  second[i] ?? -1,
  share[i] ?? 0,
]

function clip(values: Float64Array, source: Pixels['data']): void {
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of source) {
    if (value < least) least = value
    if (value > largest) largest = value
  }
  for (const [i, value] of values.entries()) if (value !== 0) values[i] = Math.min(Math.max(value, least), largest)
}
