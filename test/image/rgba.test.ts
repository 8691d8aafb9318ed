// Decoded pixels as a canvas gives them.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import { rgbaPixels } from '../../lib/image/rgba.ts'

test('opaque pixels keep their values; alpha goes', () => {
  const random = new Random(1)
  const [width, height] = [7, 5]
  const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) =>
    i % 4 === 3 ? 255 : random.bits() & 255,
  )
  const pixels = rgbaPixels({ width, height, data })
  assert.equal([pixels.width, pixels.height, pixels.channels], [7, 5, 3])
  assert.equal(
    [...pixels.data],
    [...data].filter((_, i) => i % 4 !== 3),
  )
})

test('transparency is blended on white', () => {
  const data = Uint8Array.of(0, 100, 255, 0, 0, 100, 255, 51, 0, 100, 255, 255)
  assert.equal([...rgbaPixels({ width: 3, height: 1, data }).data], [255, 255, 255, 204, 224, 255, 0, 100, 255])
})

test('sizes that make no picture are refused', () => {
  const refused = (width: number, height: number, bytes: number) =>
    assert.throws(
      () => rgbaPixels({ width, height, data: new Uint8Array(bytes) }),
      (error: unknown) => error instanceof InputError && error.message.includes(`${bytes} bytes`),
    )
  refused(2, 2, 12)
  refused(0, 2, 0)
  refused(-1, -1, 4)
  refused(1.5, 2, 12)
  refused(Number.NaN, 1, 4)
})

test.run()
