// The recorded pictures and what the original made of them, for the tests of this folder.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { readNpy } from '../../lib/io/npy.node.ts'

export const golden = (name: string): string => fileURLToPath(new URL(`../golden/tiny/${name}`, import.meta.url))
export const bad = (name: string): Buffer => readFileSync(golden(`bad/${name}`))
export const recordedJson = (name: string) => JSON.parse(readFileSync(golden(`expected/${name}`), 'utf8'))

export async function recordedArray(name: string): Promise<number[]> {
  return Array.from((await readNpy(golden(name))).data, Number)
}

/** Pixels in one channel of a preprocessed picture, and in one row of it. */
export const PLANE = 224 * 224
export const ROW = 224

/** Some rows of every channel of a preprocessed picture, `step` columns apart: [channel, row, column]. */
export function rowsOf(tensor: Float32Array, rows: readonly number[], step = 1): number[] {
  const out: number[] = []
  for (let channel = 0; channel < 3; channel++)
    for (const row of rows)
      for (let x = 0; x < ROW; x += step) out.push(tensor[channel * PLANE + row * ROW + x] ?? Number.NaN)
  return out
}

/** The largest difference; NaN where there is one. */
export function worst(got: ArrayLike<number>, want: ArrayLike<number>): number {
  assert.is(got.length, want.length)
  let most = 0
  for (let i = 0; i < got.length; i++) {
    const off = Math.abs((got[i] ?? Number.NaN) - (want[i] ?? Number.NaN))
    if (Number.isNaN(off)) return off
    most = Math.max(most, off)
  }
  return most
}

export const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length
export const channelOf = (tensor: Float32Array, c: number): Float32Array => tensor.subarray(c * PLANE, (c + 1) * PLANE)
