// Outside word vectors in all their forms, and files that are none.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ndarray from 'ndarray'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError, InputError } from '../../lib/core/errors.ts'
import { encodeNpy } from '../../lib/io/npy.ts'
import { fillWordRows, readWordVectors } from '../../lib/train/word-vectors.node.ts'
import { rejection } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'

const test = suite('word vectors')
const { folder, remove } = await temporaryFolder()
test.after(remove)

async function save(name: string, data: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, data)
  return path
}

async function all(file: string): Promise<[string, number[]][]> {
  const found: [string, number[]][] = []
  for await (const { word, vector } of readWordVectors(file)) found.push([word, Array.from(vector)])
  return found
}

const EXPECTED: [string, number[]][] = [
  ['cat', [0.5, -1]],
  ['naïve', [2, 0.25]],
]

test('texts, with and without a line of counts; words with spaces', async () => {
  assert.equal(await all(await save('plain.txt', 'cat 0.5 -1\nnaïve 2 2.5e-1\n')), EXPECTED)
  assert.equal(await all(await save('counted.txt', '2 2\ncat 0.5 -1 \nnaïve 2 0.25')), EXPECTED)
  assert.equal(await all(await save('odd.txt', '( 1 2\n. . . 3 4\n')), [
    ['(', [1, 2]],
    ['. . .', [3, 4]],
  ])
})

test('a matrix with its words beside it', async () => {
  const file = await save('matrix.npy', encodeNpy(ndarray(Float64Array.of(0.5, -1, 2, 0.25), [2, 2])))
  await save('matrix.txt', 'cat\nnaïve\n')
  assert.equal(await all(file), EXPECTED)
  await save('matrix.txt', 'cat\n')
  assert.match((await rejection(all(file))).message, /has 1 words/)
})

test('a pickled dict of arrays', async () => {
  const array = (numbers: string) =>
    `cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I2\ntcnumpy\ndtype\n(S'f4'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS'${numbers}'\ntb`
  const bytes = (...values: number[]) =>
    Array.from(
      new Uint8Array(Float32Array.from(values).buffer),
      byte => `\\x${byte.toString(16).padStart(2, '0')}`,
    ).join('')
  const text = `(dS'cat'\n${array(bytes(0.5, -1))}sS'na\\xc3\\xafve'\n${array(bytes(2, 0.25))}s.`
  assert.equal(await all(await save('map.pkl', text)), EXPECTED)
})

test('what is no list of word vectors is refused by name', async () => {
  const wrong: [string, string | Uint8Array, RegExp][] = [
    ['ragged.txt', 'cat 1 2\ndog 1\n', /"dog" has 1 numbers, the words before have 2/],
    ['words.txt', 'cat\ndog\n', /"cat" has no numbers/],
    ['letters.txt', 'cat 1 two\n', /"cat" has a number that is none/],
    ['list.pkl', '(lI1\na.', /not a pickled dict/],
    ['numbers.pkl', "(dS'a'\nI1\ns.", /"a" stands for no array/],
  ]
  for (const [name, data, message] of wrong) {
    const error = await rejection(all(await save(name, data)))
    assert.ok(error instanceof FileError, name)
    assert.match(error.message, message)
  }
  assert.instance(await rejection(all(join(folder, 'absent.txt'))), FileError)
})

test('rows of words that have a vector are filled, and no others', async () => {
  const file = await save('fill.txt', 'cat 1 2\nUNK 3 4\nrare 5 6\nnowhere 7 8\n')
  const ids = new Map([
    ['dog', 2],
    ['cat', 3],
    ['rare', 4],
    ['UNK', 1],
  ])
  const rows = new Float32Array(8).fill(9)
  assert.is(await fillWordRows(file, { ids, nWords: 4, rows }), 1)
  assert.equal([...rows], [9, 9, 9, 9, 9, 9, 1, 2])
  const error = await rejection(fillWordRows(file, { ids, nWords: 2, rows }))
  assert.instance(error, InputError)
})

test.run()
