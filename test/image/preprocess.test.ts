// Pictures against what the original made of them: samples, rows, extremes and means of the recorded tensors.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodePicture } from '../../lib/image/decode.node.ts'
import { loadPicture } from '../../lib/image/load.node.ts'
import { CROP, SHORTER_SIDE } from '../../lib/image/preprocess.ts'
import { resizeCrop, resizedSize } from '../../lib/image/resize.ts'
import { bad, channelOf, golden, mean, PLANE, ROW, recordedArray, recordedJson, rowsOf, worst } from './recorded.ts'

interface Recorded {
  readonly image: string
  readonly width?: number
  readonly height?: number
  readonly resized_width?: number
  readonly resized_height?: number
  readonly crop_left?: number
  readonly crop_top?: number
  readonly mean_bgr: readonly number[]
  readonly std_bgr?: readonly number[]
  readonly min_bgr?: readonly number[]
  readonly max_bgr?: readonly number[]
  readonly mean_abs_difference_from_png?: number
}

const names: string[] = recordedJson('images.json')
const records: Recorded[] = recordedJson('preprocess.json')
const load = async (name: string) => (await loadPicture(golden(name), { compat: false })).data
const decode = (name: string) => decodePicture(readFileSync(golden(name)), name, { compat: false })

/** What the description of the original's resize is known to reach on PNGs; stricter than the recorded tolerances. */
const PNG_ATOL = 8e-6
/** Two releases of the original's JPEG decoder are that far apart at coloured edges. */
const JPEG_ATOL = 11
/** Recorded means and deviations have nine digits; those of a float32 tensor are as good as its values. */
const MEAN_ATOL = PNG_ATOL

test('samples and rows of the four pictures', async () => {
  const index = await recordedArray('expected/pre.index.npy')
  const samples = await recordedArray('expected/pre.sample.npy')
  const rows = await recordedArray('expected/pre.row112.npy')
  for (const [i, name] of names.entries()) {
    const tensor = await load(`images/${name}.png`)
    const want = samples.slice(i * index.length, (i + 1) * index.length)
    const off = worst(
      index.map(at => tensor[at] ?? Number.NaN),
      want,
    )
    assert.ok(off <= PNG_ATOL, `${name}: samples off by ${off}`)
    const rowOff = worst(rowsOf(tensor, [112]), rows.slice(i * 3 * ROW, (i + 1) * 3 * ROW))
    assert.ok(rowOff <= PNG_ATOL, `${name}: row 112 off by ${rowOff}`)
  }
})

test('sizes and crops of the four pictures', () => {
  const sized = records.filter(record => record.resized_width !== undefined)
  assert.is(sized.length, names.length)
  for (const { image, width = 0, height = 0, ...facts } of sized) {
    const resized = resizedSize({ width, height }, SHORTER_SIDE)
    assert.equal(resized, { width: facts.resized_width, height: facts.resized_height }, image)
    assert.is(Math.floor(resized.width / 2) - CROP / 2, facts.crop_left, image)
    assert.is(Math.floor(resized.height / 2) - CROP / 2, facts.crop_top, image)
  }
})

test('means and extremes of the four pictures', async () => {
  for (const [i, name] of names.entries()) {
    // The first records carry the figures of the PNGs in the order of images.json, whatever picture they name.
    const { mean_bgr, min_bgr, max_bgr } = records[i] as Recorded
    const tensor = await load(`images/${name}.png`)
    for (const c of [0, 1, 2]) {
      const channel = channelOf(tensor, c)
      near(mean(channel), mean_bgr[c], MEAN_ATOL, `${name}: mean of channel ${c}`)
      if (min_bgr) near(Math.min(...channel), min_bgr[c], PNG_ATOL, `${name}: least of channel ${c}`)
      if (max_bgr) near(Math.max(...channel), max_bgr[c], PNG_ATOL, `${name}: most of channel ${c}`)
    }
  }
})

test('JPEGs are no further from the PNGs than the original found, grey ones just as far', async () => {
  const compared = records.filter(record => record.mean_abs_difference_from_png !== undefined)
  assert.is(compared.length, names.length)
  for (const { image, mean_abs_difference_from_png: recorded = Number.NaN } of compared) {
    const [tensor, png] = [await load(`images/${image}`), await load(`images/${image.replace('jpg', 'png')}`)]
    const difference = mean(tensor.map((value, i) => Math.abs(value - (png[i] ?? Number.NaN))))
    assert.ok(difference > 0 && difference <= recorded + MEAN_ATOL, `${image}: ${difference}, recorded ${recorded}`)
    if (image === 'mill.jpg') near(difference, recorded, MEAN_ATOL, image)
  }
})

test('strong shrinking, enlarging, wide, grey, a checkerboard', async () => {
  const rows = await recordedArray('expected/pre_extra.rows.npy')
  for (const [i, { image, mean_bgr, std_bgr }] of (recordedJson('pre_extra.json') as Recorded[]).entries()) {
    const tensor = await load(`images-preprocess-only/${image}`)
    const isJpeg = image.endsWith('.jpg')
    const off = worst(rowsOf(tensor, [0, 100, 223]), rows.slice(i * 9 * ROW, (i + 1) * 9 * ROW))
    assert.ok(off <= (isJpeg ? JPEG_ATOL : PNG_ATOL), `${image}: off by ${off}`)
    if (isJpeg) continue
    for (const c of [0, 1, 2]) {
      const channel = channelOf(tensor, c)
      const average = mean(channel)
      near(average, mean_bgr[c], MEAN_ATOL, `${image}: mean of channel ${c}`)
      const spread = Math.sqrt(mean(channel.map(value => (value - average) ** 2)))
      near(spread, std_bgr?.[c], MEAN_ATOL, `${image}: deviation of channel ${c}`)
    }
  }
})

test('the crop before the means, truncated to bytes', async () => {
  for (const name of names) {
    const crop = resizeCrop(await decode(`images/${name}.png`), SHORTER_SIDE, CROP)
    const raw = await decode(`expected/pre_${name}_raw.png`)
    assert.equal([raw.width, raw.height], [CROP, CROP])
    const inColour = (values: ArrayLike<number>) => (i: number) =>
      values[values.length === PLANE ? Math.floor(i / 3) : i] ?? Number.NaN
    const all = Array.from({ length: 3 * PLANE }, (_, i) => i)
    const off = worst(all.map(inColour(crop)).map(Math.trunc), all.map(inColour(raw.data)))
    assert.ok(off <= 1, `${name}: off by ${off}`)
  }
})

test('unusual pictures that the original reads as anyone would', async () => {
  for (const name of ['gray.png', 'gray.jpg', 'rgb16.png', 'one_pixel.png', 'very_wide.png', 'very_tall.png'])
    for (const compat of [false, true]) await nearRecordedRow(name, compat, PNG_ATOL)
  for (const name of ['progressive.jpg', 'exif_rotate6.jpg']) await nearRecordedRow(name, false, JPEG_ATOL)
})

test('unusual pictures that the original misreads: the same with compat, otherwise not', async () => {
  for (const name of ['palette.png', 'image.gif', 'one_bit.png', 'gray16.png']) {
    await nearRecordedRow(name, true, PNG_ATOL)
    const { data } = await loadPicture(bad(name), { compat: false })
    assert.ok(worst(rowsOf(data, [112], 4), await recordedArray(`bad/expected/${name}.npy`)) > 50, name)
  }
})

async function nearRecordedRow(name: string, compat: boolean, atol: number): Promise<void> {
  const { data } = await loadPicture(bad(name), { compat })
  const off = worst(rowsOf(data, [112], 4), await recordedArray(`bad/expected/${name}.npy`))
  assert.ok(off <= atol, `${name}, compat ${compat}: off by ${off}`)
}

function near(got: number, want: number | undefined, atol: number, what: string): void {
  assert.ok(Math.abs(got - (want ?? Number.NaN)) <= atol, `${what} is ${got}, recorded ${want}`)
}

test.run()
