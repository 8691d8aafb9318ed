// A .npy file of an object array of rows, as numpy under Python 2 pickled the published word tables: the .npy header, then protocol 2
// in batches of a thousand rows, each with its place in the memo.

const BATCH = 1000

const u2 = (n: number): string => String.fromCharCode(n & 255, n >> 8)
const u4 = (n: number): string => u2(n & 65535) + u2(n >>> 16)
const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

const FIRST_TYPE = 'h\x04U\x02f4K\0K\x01\x87Rq\x08(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb'

/** The file's bytes in order: its .npy header, the pickle's beginning, then each row; `row` gives its numbers. */
export function* objectTable(
  rows: number,
  columns: number,
  row: (index: number) => Float32Array,
): Generator<Uint8Array> {
  const header = `{'descr': '|O', 'fortran_order': False, 'shape': (${rows},), }\n`
  yield latin1(`\x93NUMPY\x01\0${u2(header.length)}${header}`)
  yield latin1(
    '\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\0\x85U\x01b\x87Rq\x03' +
      `(K\x01J${u4(rows)}\x85cnumpy\ndtype\nq\x04U\x02O8K\0K\x01\x87Rq\x05(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89]q\x06`,
  )
  for (let index = 0; index < rows; index++) {
    const data = row(index)
    const type = index === 0 ? FIRST_TYPE : 'h\x08'
    const shape = `(K\x01M${u2(columns)}\x85${type}\x89T${u4(4 * columns)}`
    yield latin1(`${index % BATCH === 0 ? '(' : ''}h\x01h\x02K\0\x85U\x01b\x87Rr${u4(index + 10)}${shape}`)
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    yield latin1(index % BATCH === BATCH - 1 || index === rows - 1 ? 'tbe' : 'tb')
  }
  yield latin1('tb.')
}
