// A table that was stored row by row is never in memory as a whole: its rows are places in the file, its memo is empty but for what
// is fetched, and reading it takes few and bounded reads.

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
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
import { raw, temporaryFolder } from './files.ts'

const [ROWS, COLUMNS] = [6000, 620]
const value = (i: number): number => Math.fround((i % 10_007) / 64)

const u2 = (n: number) => String.fromCharCode(n & 255, n >> 8)
const u4 = (n: number) => u2(n & 65535) + u2(n >>> 16)
const HEADER = `{'descr': '|O', 'fortran_order': False, 'shape': (${ROWS},), }\n`
const BEGIN =
  '\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\0\x85U\x01b\x87Rq\x03' +
  `(K\x01M${u2(ROWS)}\x85cnumpy\ndtype\nq\x04U\x02O8K\0K\x01\x87Rq\x05(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89]q\x06`
const FIRST_TYPE = 'h\x04U\x02f4K\0K\x01\x87Rq\x08(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb'

/** What numpy under Python 2 writes for an object array of rows, a thousand rows at a time. */
async function writeTable(path: string): Promise<void> {
  const file = createWriteStream(path)
  file.write(raw(`\x93NUMPY\x01\0${u2(HEADER.length)}${HEADER}${BEGIN}`))
  for (let row = 0; row < ROWS; row++) {
    const data = Float32Array.from({ length: COLUMNS }, (_, i) => value(row * COLUMNS + i))
    file.write(raw(row % 1000 === 0 ? '(' : ''))
    file.write(
      raw(
        `h\x01h\x02K\0\x85U\x01b\x87Rr${u4(row + 10)}(K\x01M${u2(COLUMNS)}\x85${row === 0 ? FIRST_TYPE : 'h\x08'}\x89T${u4(4 * COLUMNS)}`,
      ),
    )
    file.write(new Uint8Array(data.buffer))
    if (!file.write(raw(row % 1000 === 999 ? 'tbe' : 'tb'))) await once(file, 'drain')
  }
  file.end(raw('tb.'))
  await once(file, 'close')
}

test('an object array of long rows', async () => {
  const path = join(temporaryFolder(), 'utable.npy')
  await writeTable(path)
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
    const begin = 10 + HEADER.length
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
