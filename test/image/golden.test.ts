// Pictures against what the original made of them: samples, rows, extremes and means of the recorded tensors.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodePicture } from '../../lib/image/decode.node.ts'
import { loadPicture } from '../../lib/image/load.node.ts'
import { resizeCrop, resizedSize } from '../../lib/image/resize.ts'
import { readNpy } from '../../lib/io/npy.node.ts'

const golden = (name: string): string => fileURLToPath(new URL(`../golden/tiny/${name}`, import.meta.url))
const json = (name: string) => JSON.parse(readFileSync(golden(`expected/${name}`), 'utf8'))
const names: string[] = json('images.json')
const atol = (file: string): number => json('index.json').files[file].tolerance.atol
const compat = { compat: true }

/** The README's own figure for its description of the resize; stricter than the recorded tolerance. */
const ROW_ATOL = 8e-6
const [PLANE, ROW] = [224 * 224, 224]

const worst = (got: ArrayLike<number>, want: ArrayLike<number>): number => {
  assert.is(got.length, want.length)
  return Array.from(got).reduce((most, value, i) => {
    const off = Math.abs(value - (want[i] ?? Number.NaN))
    return off <= most ? most : off
  }, 0)
}

const row112 = (tensor: Float32Array, step = 1): number[] => {
  const out: number[] = []
  for (let channel = 0; channel < 3; channel++)
    for (let x = 0; x < ROW; x += step) out.push(tensor[channel * PLANE + 112 * ROW + x] ?? Number.NaN)
  return out
}

const channelMeans = (tensor: Float32Array): number[] =>
  [0, 1, 2].map(c => tensor.subarray(c * PLANE, (c + 1) * PLANE).reduce((sum, v) => sum + v, 0) / PLANE)

test('samples and rows of the pictures', async () => {
  const index = await readNpy(golden('expected/pre.index.npy'))
  const sample = await readNpy(golden('expected/pre.sample.npy'))
  const rows = await readNpy(golden('expected/pre.row112.npy'))
  const count = index.data.length
  for (const [i, name] of names.entries()) {
    const { data, shape } = await loadPicture(golden(`images/${name}.png`), { compat: false })
    assert.equal(shape, [1, 3, 224, 224])
    const picked = Array.from(index.data, at => data[at] ?? Number.NaN)
    const off = worst(picked, sample.data.subarray(i * count, (i + 1) * count))
    assert.ok(off <= Math.min(atol('pre.sample.npy'), ROW_ATOL), `${name}: samples off by ${off}`)
    const recorded = rows.data.subarray(i * 3 * ROW, (i + 1) * 3 * ROW)
    const rowOff = worst(row112(data, recorded.length === 3 * ROW ? 1 : 4), recorded)
    assert.ok(rowOff <= Math.min(atol('pre.row112.npy'), ROW_ATOL), `${name}: row off by ${rowOff}`)
  }
})

test.run()
