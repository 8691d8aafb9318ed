// The tables of trained encoders: as numpy and the converter read them, alone and with outside words; whose words are there is asked first.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import { readNpy } from '../../lib/io/npy.node.ts'
import type { OwnWords, WordVector } from '../../lib/train/expansion.ts'
import { tableFiles, writeWordTable } from '../../lib/train/word-tables.node.ts'
import { rejection } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'

const test = suite('word tables')
const { folder, remove } = await temporaryFolder()
test.after(remove)

const own: OwnWords = {
  ids: new Map([...'abcdef'].map((word, i) => [word, i + 2])),
  ...{ nWords: 7, dim: 3, rows: new Random(1).floats(21) },
}

test('an encoder’s own words, row by id', async () => {
  const files = tableFiles(join(folder, 'uni_skip.npz'), 'uni')
  assert.is(await writeWordTable(files, own, undefined), 7)
  const { data, shape } = await readNpy(join(folder, 'utable.npy'))
  assert.equal(shape, [7, 3])
  assert.equal(data, own.rows)
  assert.is(await readFile(join(folder, 'dictionary.txt'), 'utf8'), '<eos>\nUNK\na\nb\nc\nd\ne\n')
})

test('the second encoder shares the words; one with others is refused, and nothing is written over', async () => {
  const files = tableFiles(join(folder, 'bi_skip.npz'), 'bi')
  assert.is(await writeWordTable(files, own, undefined), 7)
  const before = await readFile(files.table)
  const error = await rejection(writeWordTable(files, { ...own, nWords: 6 }, undefined))
  assert.instance(error, FileError)
  assert.match(error.message, /dictionary\.txt: has the words of another encoder/)
  assert.equal(await readFile(files.table), before)
})

test('with outside words', async () => {
  const random = new Random(2)
  const vectors: WordVector[] = ['a', 'b', 'c', 'd', 'x', 'y_z'].map(word => ({ word, vector: random.floats(2) }))
  const outside = async function* () {
    yield* vectors
  }
  const files = { table: join(folder, 'expanded.npy'), words: join(folder, 'expanded.txt') }
  assert.is(await writeWordTable(files, own, outside), 8)
  assert.is(await readFile(files.words, 'utf8'), 'a\nb\nc\nd\nx\n<eos>\nUNK\ne\n')
  const { data, shape } = await readNpy(files.table)
  assert.equal(shape, [8, 3])
  assert.equal(data.slice(0, 3), own.rows.slice(6, 9))
})

test.run()
