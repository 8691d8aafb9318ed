// Archives that this project writes: read by its own reader, the same each time, and laid out as numpy lays them out.

import ndarray from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bytesSource } from '../../../weights-converter/formats/byte-sources.ts'
import { openNpz } from '../../../weights-converter/formats/npz.ts'
import { type NamedArrays, npzBytes } from '../../../weights-converter/formats/npz-writer.ts'
import { littleEndianBytes } from '../../../weights-converter/formats/source-array.ts'

const matrix = ndarray(
  Float32Array.from({ length: 35 }, (_, i) => i / 7),
  [5, 7],
)
const arrays: NamedArrays = [
  ['history_errs', ndarray(new Float64Array(), [0])],
  ['Wemb', matrix],
  ['turned', matrix.transpose(1, 0)],
  ['progress', ndarray(new TextEncoder().encode('{"step":3}'), [10])],
]

test('arrays come back with their types, shapes and bytes', async () => {
  const file = await openNpz(bytesSource('test', await npzBytes(arrays)))
  assert.equal(file.names, ['history_errs', 'Wemb', 'turned', 'progress'])
  const read = async (name: string) => {
    const array = await file.array(name)
    const parts: Uint8Array[] = []
    for await (const part of littleEndianBytes(array)) parts.push(part)
    return { dtype: array.dtype, shape: array.shape, bytes: Buffer.concat(parts) }
  }
  assert.equal(await read('history_errs'), { dtype: '<f8', shape: [0], bytes: Buffer.alloc(0) })
  assert.equal(await read('Wemb'), { dtype: '<f4', shape: [5, 7], bytes: Buffer.from(matrix.data.buffer) })
  const turned = Float32Array.from({ length: 35 }, (_, i) => matrix.get(i % 5, Math.floor(i / 5)))
  assert.equal(await read('turned'), { dtype: '<f4', shape: [7, 5], bytes: Buffer.from(turned.buffer) })
  assert.is((await read('progress')).bytes.toString(), '{"step":3}')
  await file.close()
})

test('the same arrays make the same bytes: stored, sizes in the local heads, no date', async () => {
  const [once, again] = [await npzBytes(arrays), await npzBytes(arrays)]
  assert.equal(once, again)
  const view = new DataView(once.buffer, once.byteOffset)
  assert.is(view.getUint32(0, true), 0x04034b50)
  assert.is(view.getUint16(6, true) & 0b1001, 0, 'neither encrypted nor with sizes after the data')
  assert.is(view.getUint16(8, true), 0, 'stored')
  assert.equal([view.getUint16(10, true), view.getUint16(12, true)], [0, 0x21])
})

test.run()
