// Vectors kept on disk: computed once, continued where they stopped, read by rows.

import { readdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ndarray from 'ndarray'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError } from '../../lib/core/errors.ts'
import { encodeNpy } from '../../lib/io/npy.ts'
import { cacheVectors, openVectors } from '../../lib/train/vector-file.node.ts'
import { rejection } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'

const test = suite('vector files')
const { folder, remove } = await temporaryFolder()
test.after(remove)

const [ROWS, DIM] = [1000, 5]
const rowsFrom = (from: number, to: number) =>
  Float32Array.from({ length: (to - from) * DIM }, (_, i) => Math.floor(i / DIM) + from + (i % DIM) / 8)

test('computed once, read by rows in any order', async () => {
  const file = join(folder, 'deep', 'vectors.npy')
  let computed = 0
  const compute = async (from: number, to: number) => {
    computed += to - from
    return rowsFrom(from, to)
  }
  await cacheVectors(file, [ROWS, DIM], compute)
  await cacheVectors(file, [ROWS, DIM], compute)
  assert.is(computed, ROWS)
  const vectors = await openVectors(file)
  assert.equal([vectors.rows, vectors.dim], [ROWS, DIM])
  assert.equal(
    await vectors.read([999, 3, 3]),
    Float32Array.of(...rowsFrom(999, 1000), ...rowsFrom(3, 4), ...rowsFrom(3, 4)),
  )
  await vectors.close()
  assert.equal(await readdir(join(folder, 'deep')), ['vectors.npy'])
})

test('what was stopped goes on, half a row aside', async () => {
  const file = join(folder, 'stopped.npy')
  const starts: number[] = []
  const compute = async (from: number, to: number) => {
    starts.push(from)
    if (starts.length === 3) throw new Error('stopped')
    return rowsFrom(from, to)
  }
  assert.is((await rejection(cacheVectors(file, [ROWS, DIM], compute))).message, 'stopped')
  const size = 128 + 4 * DIM * 300 + 7
  await truncate(`${file}.part`, size)
  await cacheVectors(file, [ROWS, DIM], compute)
  assert.is(starts[3], 300)
  const vectors = await openVectors(file)
  assert.equal(await vectors.read([299, 300, 999]), Float32Array.of(...rowsFrom(299, 301), ...rowsFrom(999, 1000)))
  await vectors.close()
})

test('other arrays are refused by name', async () => {
  for (const [name, bytes] of [
    ['doubles.npy', encodeNpy(ndarray(new Float64Array(6), [2, 3]))],
    ['list.npy', encodeNpy(ndarray(new Float32Array(6), [6]))],
    ['cut.npy', encodeNpy(ndarray(new Float32Array(6), [2, 3])).slice(0, -4)],
  ] as const) {
    await writeFile(join(folder, name), bytes)
    assert.instance(await rejection(openVectors(join(folder, name))), FileError, name)
  }
})

test.run()
