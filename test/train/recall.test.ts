// Recall and median rank, held to the original's evaluation; equal scores; and queries whose answer is nowhere near.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeNpy } from '../../lib/io/npy.ts'
import { type Recall, recall, recallSum, type Vectors } from '../../lib/train/recall.ts'

const folder = new URL('../golden/training/vse/eval/', import.meta.url)
const { cases } = JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8')) as {
  cases: { images: number; dim: number; npts?: number; [figures: string]: number | number[] | undefined }[]
}
const vectors = (file: string): Vectors => {
  const { data, shape } = decodeNpy(new Uint8Array(readFileSync(new URL(file, folder))), file)
  return { dim: shape[1] ?? 0, data: Float32Array.from(data, Number) }
}
const CAPTIONS = 5
const owners = (images: number) => Array.from({ length: CAPTIONS * images }, (_, i) => Math.floor(i / CAPTIONS))
const list = ({ at1, at5, at10, medianRank }: Recall) => [at1, at5, at10, medianRank]
const first = ({ dim, data }: Vectors, count: number): Vectors => ({ dim, data: data.subarray(0, count * dim) })

for (const [i, { images: count, i2t, t2i, npts, t2i_with_npts }] of cases.entries())
  test(`recorded case ${i}: ${count} pictures`, () => {
    const [images, captions] = [vectors(`images${i}.npy`), vectors(`captions${i}.npy`)]
    const { imageToText, textToImage } = recall(images, captions, owners(count))
    assert.equal([list(imageToText), list(textToImage)], [i2t, t2i])
    if (npts === undefined) return
    const some = recall(first(images, npts), first(captions, CAPTIONS * npts), owners(npts))
    assert.equal(list(some.textToImage), t2i_with_npts)
  })

test('of equal scores the last comes first; medians between two ranks are rounded down', () => {
  const alike = { dim: 1, data: Float32Array.of(1, 1, 1) }
  const { imageToText, textToImage } = recall(alike, alike, [0, 1, 2])
  assert.equal(list(imageToText), [100 / 3, 100, 100, 2])
  assert.equal(list(textToImage), [100 / 3, 100, 100, 2])
  const two = recall(first(alike, 2), first(alike, 2), [0, 1])
  assert.is(two.imageToText.medianRank, 1)
  assert.is(recallSum(two), 50 + 100 + 100 + 50 + 100 + 100)
})

test('ranks beyond ten count for no recall', () => {
  const count = 12
  const images = { dim: 1, data: new Float32Array(count).fill(1) }
  const captions = { dim: 1, data: Float32Array.from({ length: count }, (_, i) => i) }
  const { imageToText } = recall(images, captions, [...captions.data])
  assert.equal(list(imageToText), [100 / 12, 500 / 12, 1000 / 12, 6])
})

test.run()
