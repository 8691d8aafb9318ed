// Vocabulary expansion, held to the maps and tables that the original made; and what leaves a map open.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import { decodeNpy } from '../../lib/io/npy.ts'
import { expandedTable, fitExpansion, type OwnWords, ownTable, type WordVector } from '../../lib/train/expansion.ts'
import { leastSquares } from '../../lib/train/least-squares.ts'

/** Of the recorded float64 results' largest number. */
const F64 = 1e-10

function recorded(name: string) {
  const folder = new URL(`../golden/training/expansion/${name}/`, import.meta.url)
  const array = (file: string) => decodeNpy(new Uint8Array(readFileSync(new URL(file, folder))), file)
  const words = JSON.parse(readFileSync(new URL('words.json', folder), 'utf8')) as {
    table_words: string[]
    shared_words: string[]
    options: { dim_word: number; n_words: number }
    dictionary: [string, number][]
    vector_words: string[]
  }
  const { n_words: nWords, dim_word: dim } = words.options
  const vectors = array('vectors.npy')
  const [, width = 0] = vectors.shape
  const outside = async function* (): AsyncGenerator<WordVector> {
    for (const [i, word] of words.vector_words.entries())
      yield { word, vector: Array.from(vectors.data.slice(i * width, (i + 1) * width), Number) }
  }
  const own: OwnWords = {
    ...{ ids: new Map(words.dictionary), nWords, dim },
    rows: array('embeddings.npy').data as Float32Array,
  }
  return { array, words, outside, own }
}

/** Compares two lists of numbers by the second's largest. */
function near(actual: ArrayLike<number>, expected: ArrayLike<number>, share: number): void {
  const limit = share * Math.max(...Array.from(expected, Math.abs))
  assert.is(actual.length, expected.length)
  const worst = Math.max(...Array.from(expected, (value, i) => Math.abs(value - (actual[i] ?? Number.NaN))))
  assert.ok(worst <= limit, `off by ${worst}, allowed are ${limit}`)
}

for (const name of ['narrow', 'wide'])
  test(`the ${name} map and its table are the original's`, async () => {
    const { array, words, outside, own } = recorded(name)
    const map = await fitExpansion(outside, own)
    const { columns, rows, data } = map.weights
    // The original has the map turned: [outputs, inputs].
    const turned = Float64Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] ?? 0)
    near(turned, array('coef.f64.npy').data as Float64Array, F64)
    near(map.intercept, array('intercept.f64.npy').data as Float64Array, F64)
    const table: { word: string; row: Float32Array }[] = []
    for await (const entry of expandedTable(outside, map, own)) table.push(entry)
    assert.equal(
      table.map(({ word }) => word),
      words.table_words,
    )
    near(
      table.flatMap(({ row }) => [...row]),
      array('table.f64.npy').data as Float64Array,
      2 ** -23,
    )
  })

test('the table of an encoder alone has its words by id', () => {
  const { own } = recorded('narrow')
  const table = ownTable(own)
  assert.equal(
    table.slice(0, 3).map(({ word }) => word),
    ['<eos>', 'UNK', 'word00'],
  )
  assert.is(table.length, own.nWords)
  assert.equal(table[2]?.row, own.rows.subarray(2 * own.dim, 3 * own.dim))
})

test('a map that the words leave open is refused', () => {
  const random = new Random(3)
  const matrix = (rows: number, columns: number) => ({
    ...{ rows, columns },
    data: Float64Array.from({ length: rows * columns }, () => random.uniform()),
  })
  const refused = (inputs: ReturnType<typeof matrix>) =>
    assert.throws(
      () => leastSquares(inputs, matrix(inputs.rows, 2)),
      (error: Error) => error instanceof InputError && error.message.includes('too few, or too much alike'),
    )
  refused(matrix(5, 5))
  const alike = matrix(20, 3)
  for (let row = 0; row < 20; row++) alike.data[3 * row + 2] = 2 * (alike.data[3 * row] ?? 0) + 1
  refused(alike)
})

test.run()
