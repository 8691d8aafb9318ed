// The resize of the crop alone against a plain resize of the whole picture, and what must hold for any picture.

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../../lib/core/random.ts'
import type { Pixels, Size } from '../../lib/image/pixels.ts'
import { CROP, preprocess, SHORTER_SIDE } from '../../lib/image/preprocess.ts'
import { resizeCrop, resizedSize } from '../../lib/image/resize.ts'
import { resizeWhole } from '../reference/resize.ts'
import { worst } from './recorded.ts'

/** Coordinates reach 10⁴ and values 65535, in doubles: two ways to the same number differ by some 1e-16 · 10⁴ · 65535. */
const F64_ATOL = 1e-7

const channelCount = fc.constantFrom<1 | 3>(1, 3)
const around = fc.constantFrom(1, 2, 3, 7, 8, 9, 127, 128, 223, 224, 225, 255, 256, 257)

function noise({ width, height }: Size, channels: 1 | 3, seed: number, largest = 255): Pixels {
  const random = new Random(seed)
  const values = Array.from({ length: width * height * channels }, () => random.integer(0, largest))
  const data = largest > 255 ? Uint16Array.from(values) : Uint8Array.from(values)
  return { width, height, channels, data }
}

/** The middle of a whole resized picture, cut as numpy would. */
function middle(whole: Float64Array, { width, height }: Size, channels: number, crop: number): Float64Array {
  const [top, left] = [Math.floor(height / 2) - crop / 2, Math.floor(width / 2) - crop / 2]
  const out = new Float64Array(crop * crop * channels)
  for (let row = 0; row < crop; row++) {
    const start = ((top + row) * width + left) * channels
    out.set(whole.subarray(start, start + crop * channels), row * crop * channels)
  }
  return out
}

type Values = ArrayLike<number>

const upsideDown = <T extends Values>(values: T, width: number): number[] =>
  Array.from(values, (_, i) => values[values.length - width - i + 2 * (i % width)] ?? Number.NaN)

const transposed = <T extends Values>(values: T, width: number): number[] => {
  const height = values.length / width
  return Array.from(values, (_, i) => values[(i % height) * width + Math.floor(i / height)] ?? Number.NaN)
}

const cropOf = (pixels: Pixels): Float64Array => resizeCrop(pixels, SHORTER_SIDE, CROP)

test('the crop is the middle of the whole: around the sizes, and thin', async () => {
  const sizes = fc.record({ width: around, height: around })
  const long = fc.integer({ min: 1, max: 40 }).map(width => ({ width, height: 13 * width + 1 }))
  await fc.assert(
    fc.property(
      fc.oneof(sizes, long),
      channelCount,
      fc.nat(),
      fc.constantFrom(1, 255, 65535),
      (size, channels, seed, top) => {
        if (Math.max(size.width, size.height) > 20 * Math.min(size.width, size.height)) return
        const pixels = noise(size, channels, seed, top)
        const resized = resizedSize(size, 32)
        const want = middle(resizeWhole(pixels, resized.height, resized.width), resized, channels, 28)
        assert.ok(worst(resizeCrop(pixels, 32, 28), want) <= F64_ATOL)
      },
    ),
    { seed: 1, numRuns: 100 },
  )
})

test('the crop is the middle of the whole at the real sizes', () => {
  for (const [width, height] of [
    [1, 1],
    [2, 3],
    [3, 20],
    [20, 3],
    [224, 224],
    [257, 256],
    [301, 700],
  ] as const) {
    const pixels = noise({ width, height }, 3, width)
    const resized = resizedSize(pixels, SHORTER_SIDE)
    const want = middle(resizeWhole(pixels, resized.height, resized.width), resized, 3, CROP)
    const off = worst(cropOf(pixels), want)
    assert.ok(off <= F64_ATOL, `${width} × ${height}: off by ${off}`)
  }
})

test('any picture gives finite numbers within its own range', async () => {
  const sides = fc.oneof(around, fc.integer({ min: 1, max: 300 }), fc.constantFrom(1000, 5000))
  await fc.assert(
    fc.property(sides, fc.oneof(around, fc.constant(1)), fc.boolean(), fc.nat(), (a, b, tall, seed) => {
      const pixels = noise(tall ? { width: b, height: a } : { width: a, height: b }, 1, seed)
      const values = cropOf(pixels)
      assert.is(values.length, CROP * CROP)
      const data = Array.from(pixels.data)
      const least = data.reduce((x, y) => Math.min(x, y))
      const largest = data.reduce((x, y) => Math.max(x, y))
      assert.ok(values.every(value => value === 0 || (value >= least - F64_ATOL && value <= largest + F64_ATOL)))
    }),
    { seed: 2, numRuns: 40 },
  )
})

test('a constant picture stays constant, however small', async () => {
  await fc.assert(
    fc.property(around, around, channelCount, fc.integer({ min: 0, max: 255 }), (width, height, channels, value) => {
      const data = new Uint8Array(width * height * channels).fill(value)
      const values = resizeCrop({ width, height, channels, data }, SHORTER_SIDE, CROP)
      assert.ok(values.every(v => Math.abs(v - value) <= F64_ATOL))
    }),
    { seed: 3, numRuns: 40 },
  )
})

test('an upside-down picture gives the crop upside down', async () => {
  await fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (side, seed) => {
      const pixels = noise({ width: side, height: side }, 1, seed)
      const flipped = cropOf({ ...pixels, data: Uint8Array.from(upsideDown(pixels.data, side)) })
      assert.ok(worst(flipped, upsideDown(cropOf(pixels), CROP)) <= F64_ATOL)
    }),
    { seed: 4, numRuns: 30 },
  )
})

test('a transposed picture gives the transposed crop', async () => {
  await fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), fc.nat(), (width, height, seed) => {
      const pixels = noise({ width, height }, 1, seed)
      const data = Uint8Array.from(transposed(pixels.data, width))
      const turned = cropOf({ width: height, height: width, channels: 1, data })
      assert.ok(worst(turned, transposed(cropOf(pixels), CROP)) <= F64_ATOL)
    }),
    { seed: 5, numRuns: 30 },
  )
})

test('a ramp stays linear, sampled at the centres of pixels', () => {
  for (const [width, height] of [
    [100, 80],
    [256, 256],
    [200, 190],
    [128, 250],
  ] as const) {
    const data = Uint16Array.from({ length: width * height }, (_, i) => 10 * (i % width) + 70 * Math.floor(i / width))
    const values = resizeCrop({ width, height, channels: 1, data }, SHORTER_SIDE, CROP)
    const resized = resizedSize({ width, height }, SHORTER_SIDE)
    const centre = (i: number, from: number, to: number) =>
      ((Math.floor(to / 2) - CROP / 2 + i + 0.5) / to) * from - 0.5
    const want = Float64Array.from(
      { length: CROP * CROP },
      (_, i) => 10 * centre(i % CROP, width, resized.width) + 70 * centre(Math.floor(i / CROP), height, resized.height),
    )
    assert.ok(worst(values, want) <= F64_ATOL, `${width} × ${height}`)
  }
})

test('the longer side is rounded down', () => {
  assert.equal(resizedSize({ width: 400, height: 267 }, 256), { width: 383, height: 256 })
  assert.equal(resizedSize({ width: 97, height: 131 }, 256), { width: 256, height: 345 })
  assert.equal(resizedSize({ width: 5, height: 5 }, 256), { width: 256, height: 256 })
  assert.equal(resizedSize({ width: 257, height: 256 }, 256), { width: 257, height: 256 })
})

test('channels become B, G, R minus their means; grey is repeated', () => {
  const side = { width: 9, height: 9 }
  const colours = preprocess({
    ...side,
    channels: 3,
    data: Uint8Array.from({ length: 243 }, (_, i) => [200, 100, 50][i % 3] ?? 0),
  })
  assert.equal(colours.shape, [1, 3, 224, 224])
  const values = [50 - 103.939, 100 - 116.779, 200 - 123.68]
  assert.equal(
    [0, 1, 2].map(c => colours.get(0, c, 112, 112)),
    values.map(Math.fround),
  )
  const grey = preprocess({ ...side, channels: 1, data: new Uint16Array(81).fill(60000) })
  const greys = [60000 - 103.939, 60000 - 116.779, 60000 - 123.68]
  assert.equal(
    [0, 1, 2].map(c => grey.get(0, c, 112, 112)),
    greys.map(Math.fround),
  )
})

test.run()
