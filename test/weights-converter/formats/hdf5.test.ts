// HDF5: what h5py wrote in each of the format's styles; what our own small writer makes; damage, lies and loops are refused.

import { createHash } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openHdf5 } from '../../../weights-converter/formats/hdf5/index.ts'
import { littleEndianBytes, type SourceArray } from '../../../weights-converter/formats/source-array.ts'
import { inspectFile } from '../../../weights-converter/inspect.ts'
import { dataset, type Hdf5Group, hdf5 } from '../../support/hdf5-writer.ts'
import { golden, goldenJson, joined, memory, raw, refused, sameFloats, wholeArray } from '../files.ts'

const recorded = (name: string) => memory(golden(`../hdf5/${name}.h5`), `${name}.h5`)

async function sha256(array: SourceArray): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of littleEndianBytes(array)) hash.update(bytes)
  return hash.digest('hex')
}

const expected: Record<string, Record<string, [string, number[], string]>> = goldenJson('../hdf5/expected.json')
for (const [name, arrays] of Object.entries(expected))
  test(`h5py's ${name}.h5: every dataset of numbers, and no link out of the file`, async () => {
    const file = await openHdf5(recorded(name))
    assert.equal([...file.names].sort(), Object.keys(arrays).sort())
    for (const [path, is] of Object.entries(arrays)) {
      const array = await file.array(path)
      assert.equal([array.dtype, array.shape, await sha256(array)], is, path)
    }
    await file.close()
  })

for (const name of ['old', 'latest', 'track-order'])
  test(`h5py's ${name}.h5: attributes`, async () => {
    const file = await openHdf5(recorded(name))
    assert.equal(Object.fromEntries(file.attributes.get('') ?? []), {
      fixed: ['block1_conv1', 'fc1'],
      variable: ['one', 'two', 'drei'],
      text: 'héllo',
      integer: 42,
      float: 1.5,
      row: [0, 1, 2, 3],
    })
  })

const waves = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i))

test('chunks of every kind, compact and contiguous datasets', async () => {
  const values = waves(7 * 5 * 3)
  const children = {
    contiguous: dataset([7, 5, 3], values),
    compact: dataset([7, 5, 3], values, { isCompact: true }),
    chunked: dataset([7, 5, 3], values, { chunks: [3, 2, 3] }),
    deflated: dataset([7, 5, 3], values, { chunks: [2, 5, 2], filters: ['deflate'] }),
    both: dataset([7, 5, 3], values, { chunks: [7, 4, 1], filters: ['shuffle', 'deflate'] }),
    larger: dataset([7, 5, 3], values, { chunks: [8, 8, 8], filters: ['shuffle'] }),
  }
  const file = await openHdf5(memory(hdf5({ children })))
  assert.equal([...file.names], Object.keys(children).sort())
  for (const name of file.names) sameFloats(await wholeArray(await file.array(name)), values, name)
  await file.close()
  await refused(
    openHdf5(memory(hdf5({ children }))).then(again => again.array('another')),
    /no dataset another/,
  )
})

test('inspect: kind, arrays, and the attributes as values', async () => {
  const bytes = hdf5({
    attributes: { layer_names: ['a', 'bcd'], version: { variable: ['2.0'] }, nothing: Number.NaN },
    children: { a: { attributes: { weight_names: ['a/W:0'] }, children: { 'W:0': dataset([2], [1, 2]) } } },
  })
  const { kind, role, arrays, values } = await inspectFile(memory(bytes))
  assert.equal([kind, role], ['hdf5', undefined])
  assert.equal(
    arrays.map(({ name, dtype, shape }) => [name, dtype, shape]),
    [['a/W:0', '<f4', [2]]],
  )
  assert.equal(values, {
    '': { layer_names: ['a', 'bcd'], version: ['2.0'], nothing: 'nan' },
    a: { weight_names: ['a/W:0'] },
  })
})

/** All that a file has, read. */
async function readAll(bytes: Uint8Array): Promise<void> {
  await inspectFile(memory(bytes))
}

const SIMPLE: Hdf5Group = { children: { group: { children: { w: dataset([4], [1, 2, 3, 4]) } } } }

/** Where a text stands in bytes, the `nth` time. */
const find = (bytes: Uint8Array, text: string, nth = 0): number => {
  let at = -1
  for (let i = 0; i <= nth; i++) at = Buffer.from(bytes).indexOf(text, at + 1, 'latin1')
  if (at < 0) throw new Error(`there is no ${text}`)
  return at
}

/** A number of eight bytes put at a place. */
function patched(bytes: Uint8Array, at: number, value: number, width = 8): Uint8Array {
  const out = bytes.slice()
  const number = Buffer.alloc(8)
  number.writeBigUInt64LE(BigInt(value))
  out.set(number.subarray(0, width), at)
  return out
}

test('groups and trees that lead back to themselves', async () => {
  const bytes = hdf5(SIMPLE)
  const view = Buffer.from(bytes)
  const root = Number(view.readBigUInt64LE(64))
  // The only entry of the root's table is the group; now it is the root.
  const tables = [0, 1].map(nth => find(bytes, 'SNOD', nth))
  const [table = 0] = tables.filter(at => Number(view.readBigUInt64LE(at + 16)) < root).slice(-1)
  await refused(readAll(patched(bytes, table + 16, root)), /lies inside itself/)
  const tree = find(bytes, 'TREE', 1)
  const looped = patched(patched(bytes, tree + 5, 1, 1), tree + 32, tree)
  await refused(readAll(looped), /leads back to itself/)
})

test('a header that continues in itself', async () => {
  const bytes = hdf5({ attributes: { a: 1 }, children: {} })
  const root = Number(Buffer.from(bytes).readBigUInt64LE(64))
  // Its second message becomes a continuation, at the header's own first block.
  const second = root + 16 + 8 + 16
  const looped = patched(patched(patched(bytes, second, 0x10, 2), second + 8, root + 16), second + 16, 24 + 16)
  await refused(readAll(looped), /continues in itself/)
})

test('many groups of the same children', async () => {
  // Fifteen floors of two doors to the same floor below: 2^15 ways to the bottom.
  const floor = (below: Hdf5Group): Hdf5Group => ({ children: { a: below, b: below } })
  let house: Hdf5Group = { children: {} }
  for (let i = 0; i < 14; i++) house = floor(house)
  await refused(readAll(hdf5(house)), /more than 5000 objects/)
  let deep: Hdf5Group = { children: {} }
  for (let i = 0; i < 40; i++) deep = { children: { a: deep } }
  await refused(readAll(hdf5(deep)), /more than 32 deep/)
})

test('lengths and addresses that lie', async () => {
  const bytes = hdf5(SIMPLE)
  const end = bytes.length
  const bad: [RegExp, Uint8Array][] = [
    [/it ends early/, patched(bytes, 40, end + 1)],
    [/addresses of 3/, patched(bytes, 13, 3, 1)],
    [/version 9 of HDF5’s superblock/, patched(bytes, 8, 9, 1)],
    [/file ends before|should stand here|not known here/, patched(bytes, 64, end - 1)],
    [/file ends before/, patched(bytes, find(bytes, 'HEAP') + 8, 2 ** 40)],
    [/outside the heap/, patched(bytes, find(bytes, 'SNOD') + 8, 2 ** 20)],
    [/another kind/, patched(bytes, find(bytes, 'TREE') + 4, 1, 1)],
  ]
  for (const [pattern, damaged] of bad) await refused(readAll(damaged), pattern)
})

test('datasets that are not what their headers say', async () => {
  const one = (how: Parameters<typeof dataset>[2]) => hdf5({ children: { w: dataset([600], waves(600), how) } })
  const shape = (bytes: Uint8Array) => find(bytes, '\x01\x01\0\0\0\0\0\0\x58\x02') + 8
  const contiguous = one({})
  await refused(readAll(patched(contiguous, shape(contiguous), 601)), /makes 2404 bytes/)
  await refused(readAll(patched(contiguous, shape(contiguous), 2 ** 50)), /makes|impossible/)
  const chunked = one({ chunks: [100], filters: ['deflate'] })
  await refused(readAll(patched(chunked, shape(chunked), 601)), /never written/)
  await refused(readAll(patched(chunked, shape(chunked), 500)), /outside/)
  await refused(readAll(patched(chunked, shape(chunked), 2 ** 40)), /too large or too many/)
  const tree = find(chunked, 'TREE')
  await refused(readAll(patched(chunked, tree + 24, 2 ** 31, 4)), /beyond the end/)
  await refused(readAll(patched(chunked, tree + 24, 3, 4)), /damaged/)
  await refused(readAll(patched(chunked, find(chunked, 'deflate') - 8, 32015, 2)), /filter 32015/)
})

test('a small chunk that inflates without end', async () => {
  // Stated: 25,000 elements a chunk; the stream inflates to more than that, as patched into a file of smaller ones.
  const zeros = new Float32Array(25_000)
  const bytes = hdf5({ children: { w: dataset([25_000], zeros, { chunks: [25_000], filters: ['deflate'] }) } })
  const sizes = find(bytes, '\xa8\x61\0\0\x04\0\0\0')
  const shape = find(bytes, '\x01\x01\0\0\0\0\0\0\xa8\x61') + 8
  const smaller = patched(patched(bytes, sizes, 250, 4), shape, 250)
  await refused(readAll(smaller), /damaged|another kind|outside/)
  // And the other way round: a file that promises 2^24 elements from a hundred bytes.
  const larger = patched(patched(bytes, sizes, 2 ** 24, 4), shape, 2 ** 24)
  await refused(readAll(larger), /too small to hold it|too large/)
})

test('a file cut anywhere is refused', async () => {
  for (const name of ['old', 'latest']) {
    const whole = golden(`../hdf5/${name}.h5`)
    for (const share of [0.0001, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99999])
      await refused(openHdf5(memory(whole.slice(0, Math.floor(whole.length * share)))))
  }
  await refused(openHdf5(memory(raw('\x89HDF\r\n\x1a\n'))))
  await refused(openHdf5(memory(joined('\x89HDF\r\n\x1a\n', new Uint8Array(200)))))
})

test.run()
