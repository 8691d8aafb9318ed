// Rows on demand: right values in the asked order, neighbours read together, few rows kept.

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../lib/core/errors.ts'
import { type RowTable, WordRows } from '../../lib/io/word-rows.ts'

const DIM = 3

/** A table whose element i is i, and the reads made of it. */
function table(rows: number): RowTable & { reads: [number, number][] } {
  const reads: [number, number][] = []
  return {
    name: 'word-tables/uni',
    shape: [rows, DIM],
    reads,
    readRange: async (start, count) => {
      reads.push([start / DIM, count / DIM])
      return Float32Array.from({ length: count }, (_, i) => start + i)
    },
  }
}

const expected = (ids: readonly number[]): number[] => ids.flatMap(id => [DIM * id, DIM * id + 1, DIM * id + 2])

test('rows come in the asked order, repeated ones too', async () => {
  const rows = new WordRows(table(100))
  assert.equal([...(await rows.read([5, 99, 0, 5]))], expected([5, 99, 0, 5]))
  assert.is((await rows.read([])).length, 0)
})

test('neighbours are read at once, distant rows apart, known rows not at all', async () => {
  const source = table(1000)
  const rows = new WordRows(source, { gapBytes: 2 * 4 * DIM })
  await rows.read([10, 12, 11, 15, 900, 10])
  assert.equal(source.reads, [
    [10, 6],
    [900, 1],
  ])
  await rows.read([15, 900, 10])
  assert.is(source.reads.length, 2)
})

test('only the rows used last are kept', async () => {
  const source = table(100)
  const rows = new WordRows(source, { cacheBytes: 2 * 4 * DIM, gapBytes: 0 })
  await rows.read([1])
  await rows.read([50])
  await rows.read([1])
  await rows.read([90])
  await rows.read([1])
  assert.is(source.reads.length, 3)
  await rows.read([50])
  assert.is(source.reads.length, 4)
})

test('any ids in any order, whatever cache and gap', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat(199), { maxLength: 40 }), { maxLength: 6 }),
      fc.nat(300),
      fc.nat(100),
      async (calls, cacheBytes, gapBytes) => {
        const rows = new WordRows(table(200), { cacheBytes, gapBytes })
        for (const ids of calls) assert.equal([...(await rows.read(ids))], expected(ids))
      },
    ),
    { seed: 7, numRuns: 50 },
  )
})

test('a row that there is not is refused', async () => {
  const rows = new WordRows(table(10))
  for (const id of [10, -1, 1.5, Number.NaN]) {
    const error = await rows.read([id]).catch((e: unknown) => e)
    assert.instance(error, InputError)
    assert.match((error as Error).message, /word-tables\/uni has rows 0 to 9/)
  }
})

test.run()
