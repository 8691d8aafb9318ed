// Pictures that come decoded, as a canvas gives them: R, G, B and alpha, a byte each. Whoever decoded them is responsible for their
// values; see pixels.ts for what browsers change. Portable.

import { InputError } from '../core/errors.ts'
import { MAX_PIXELS, type Pixels } from './pixels.ts'

/** The shape of a browser's ImageData. */
export interface RgbaPicture {
  readonly width: number
  readonly height: number
  /** Rows from the top, 4 bytes a pixel: R, G, B, alpha, not premultiplied. */
  readonly data: Uint8ClampedArray | Uint8Array
}

/** R, G, B on white. @throws InputError where the sizes make no picture. */
export function rgbaPixels({ width, height, data }: RgbaPicture): Pixels {
  const isSize = (n: number): boolean => Number.isInteger(n) && n > 0
  if (!isSize(width) || !isSize(height) || data?.length !== 4 * width * height)
    throw new InputError(
      `a picture of ${width} × ${height} with ${data?.length} bytes; width × height × 4 are needed: R, G, B, alpha`,
    )
  if (width * height > MAX_PIXELS)
    throw new InputError(`a picture of ${width} × ${height} is too large; 256 × 256 pixels are enough`)
  const out = new Uint8Array(3 * width * height)
  for (let pixel = 0; pixel < width * height; pixel++) {
    const alpha = (data[4 * pixel + 3] ?? 0) / 255
    for (let channel = 0; channel < 3; channel++)
      out[3 * pixel + channel] = Math.round((data[4 * pixel + channel] ?? 0) * alpha + 255 * (1 - alpha))
  }
  return { width, height, channels: 3, data: out }
}
