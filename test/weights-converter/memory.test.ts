// A table that was stored row by row is never in memory as a whole: its rows are places in the file, its memo is empty but for what
// is fetched, and reading it takes few and bounded reads.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ByteSource } from '../../lib/core/bytes.ts'
import { openFile } from '../../lib/io/bytes.node.ts'
import { readNpyArray } from '../../weights-converter/formats/npy.ts'
import { readPickle } from '../../weights-converter/formats/pickle/index.ts'
import { PickleInput } from '../../weights-converter/formats/pickle/input.ts'
import { usedMemo } from '../../weights-converter/formats/pickle/used-memo.ts'
import { FileBytes, PyArray, PyList } from '../../weights-converter/formats/pickle/values.ts'
import { floats } from '../../weights-converter/formats/source-array.ts'
import { objectTable } from '../support/object-table.ts'
import { joined, temporaryFolder } from './files.ts'

const [ROWS, COLUMNS] = [6000, 620]
const value = (i: number): number => Math.fround((i % 10_007) / 64)

const row = (index: number): Float32Array =>
  Float32Array.from({ length: COLUMNS }, (_, i) => value(index * COLUMNS + i))

test('an object array of long rows', async () => {
  const path = join(temporaryFolder(), 'utable.npy')
  const parts = [...objectTable(ROWS, COLUMNS, row)]
  writeFileSync(path, joined(...parts))
  const file = await openFile(path)
  let [reads, longest] = [0, 0]
  const counted: ByteSource = {
    ...file,
    read: (offset, length) => {
      reads++
      longest = Math.max(longest, length)
      return file.read(offset, length)
    },
  }
  try {
    const begin = parts[0]?.length ?? 0
    assert.equal([...(await usedMemo(new PickleInput(counted, begin)))].sort(), [1, 2, 4, 8])
    const { value: table } = await readPickle(counted, begin)
    const rows = table instanceof PyArray && table.data instanceof PyList ? table.data.items : []
    assert.is(rows.length, ROWS)
    for (const row of rows)
      assert.ok(row instanceof PyArray && row.data instanceof FileBytes && row.data.source === counted)

    const array = await readNpyArray(counted)
    assert.equal([array.dtype, array.shape], ['<f4', [ROWS, COLUMNS]])
    const before = reads
    let [at, wrong] = [0, 0]
    for await (const part of floats(array)) for (const number of part) if (number !== value(at++)) wrong++
    assert.equal([at, wrong], [ROWS * COLUMNS, 0])
    assert.ok(reads - before <= Math.ceil(file.size / 2 ** 21), `${reads - before} reads`)
    assert.ok(longest <= 2 ** 23, `a read of ${longest} bytes`)
  } finally {
    await file.close()
  }
})

test.run()
