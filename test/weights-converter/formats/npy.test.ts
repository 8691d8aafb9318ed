// .npy files that others wrote: the recorded good and bad ones, every element type in either byte order and axis order, object
// arrays.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ByteSource } from '../../../lib/core/bytes.ts'
import { readNpyArray } from '../../../weights-converter/formats/npy.ts'
import { littleEndianBytes, transposed } from '../../../weights-converter/formats/source-array.ts'
import {
  goldenJson,
  goldenNames,
  goldenSource,
  joined,
  joinedFloats,
  memory,
  refused,
  sameFloats,
  wholeArray,
} from '../files.ts'
import { original } from '../originals.ts'

const outcomes = goldenJson('bad/outcomes.json')
const names = goldenNames('bad').filter(name => name.endsWith('.npy'))
const readable = names.filter(name => /^(good_|trailing)/.test(name))

test('good files give the recorded values', async () => {
  assert.is(readable.length, 13)
  for (const name of readable) {
    const { dtype, shape, fortran_order, values_c_order } = outcomes[name].loads
    const array = await readNpyArray(goldenSource(`bad/${name}`))
    assert.equal([array.dtype, array.shape, array.fortran], [dtype, shape, fortran_order], name)
    sameFloats(await wholeArray(array), values_c_order, name)
  }
})

test('damaged and wrong files are refused', async () => {
  const bad = names.filter(name => !readable.includes(name))
  assert.is(bad.length, 10)
  for (const name of bad) await refused(readNpyArray(goldenSource(`bad/${name}`)), new RegExp(`bad/${name}`))
})

/** The bytes of a .npy file with this header. */
function npyBytes(descr: string, shape: readonly number[], data: Uint8Array, fortran = false): Uint8Array {
  const axes = shape.map(d => `${d},`).join(' ')
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${axes}), }\n`
  return joined('\x93NUMPY\x01\x00', Uint8Array.of(header.length & 255, header.length >> 8), header, data)
}

type Set = (view: DataView, at: number, value: number, little: boolean) => void
/** Each type with its width, and values that it holds exactly, the extremes among them. */
const TYPES: Record<string, { width: number; set: Set; values: number[] }> = {
  i1: { width: 1, set: (v, at, x) => v.setInt8(at, x), values: [-128, -1, 0, 127] },
  u1: { width: 1, set: (v, at, x) => v.setUint8(at, x), values: [0, 1, 128, 255] },
  b1: { width: 1, set: (v, at, x) => v.setUint8(at, x), values: [0, 1, 1, 0] },
  i2: { width: 2, set: (v, at, x, little) => v.setInt16(at, x, little), values: [-32768, -2, 3, 32767] },
  u2: { width: 2, set: (v, at, x, little) => v.setUint16(at, x, little), values: [0, 258, 32769, 65535] },
  i4: { width: 4, set: (v, at, x, little) => v.setInt32(at, x, little), values: [-(2 ** 31), -70000, 5, 2 ** 24] },
  u4: { width: 4, set: (v, at, x, little) => v.setUint32(at, x, little), values: [0, 70000, 2 ** 31, 2 ** 24] },
  i8: {
    width: 8,
    set: (v, at, x, little) => v.setBigInt64(at, BigInt(x), little),
    values: [-(2 ** 40), -1, 7, 2 ** 62],
  },
  u8: { width: 8, set: (v, at, x, little) => v.setBigUint64(at, BigInt(x), little), values: [0, 2 ** 33, 9, 2 ** 63] },
  f4: {
    width: 4,
    set: (v, at, x, little) => v.setFloat32(at, x, little),
    values: [-0, 1.5, Number.POSITIVE_INFINITY, 2 ** -149],
  },
  f8: { width: 8, set: (v, at, x, little) => v.setFloat64(at, x, little), values: [-0, 0.1, Number.NaN, -1e-30] },
  f2: { width: 2, set: (v, at, x, little) => v.setUint16(at, x, little), values: [0x8000, 0x3c01, 0x7bff, 0x0001] },
}
const HALVES = [-0, 1 + 2 ** -10, 65504, 2 ** -24]

function elements(type: string, order: string, count: number): { bytes: Uint8Array; values: number[] } {
  const { width, set, values } = TYPES[type] ?? { width: 0, set: () => undefined, values: [] }
  const view = new DataView(new ArrayBuffer(count * width))
  const stored = Array.from({ length: count }, (_, i) => values[(i * 3 + (i >> 2)) % 4] ?? 0)
  for (const [i, value] of stored.entries()) set(view, i * width, value, order !== '>')
  const meant = type === 'f2' ? stored.map(half => HALVES[values.indexOf(half)] ?? 0) : stored
  return { bytes: new Uint8Array(view.buffer), values: meant }
}

test('every type of number, in either byte order', async () => {
  for (const type of Object.keys(TYPES))
    for (const order of type.endsWith('1') ? ['|'] : ['<', '>', '=']) {
      const { bytes, values } = elements(type, order, 8)
      const array = await readNpyArray(memory(npyBytes(`${order}${type}`, [8], bytes)))
      sameFloats(await wholeArray(array), values, `${order}${type}`)
    }
})

/** Elements in C order, picked from Fortran order one index at a time. */
function fromFortran(stored: readonly number[], [a = 1, b = 1, c = 1]: readonly number[]): number[] {
  const out: number[] = []
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++) for (let k = 0; k < c; k++) out.push(stored[i + a * (j + b * k)] ?? Number.NaN)
  return out
}

test('Fortran order, of matrices and of more axes, in every width', async () => {
  for (const shape of [[5, 7], [1, 6], [6, 1], [2, 3, 4], [4, 1, 3], [7]])
    for (const type of ['u1', 'i2', 'f4', 'f8']) {
      const order = type === 'u1' ? '|' : '>'
      const { bytes, values } = elements(
        type,
        order,
        shape.reduce((n, d) => n * d, 1),
      )
      const array = await readNpyArray(memory(npyBytes(order + type, shape, bytes, true)))
      sameFloats(await wholeArray(array), fromFortran(values, shape), `${type} [${shape}]`)
    }
})

test('transposes of either order', async () => {
  const { bytes, values } = elements('f4', '<', 35)
  const turned = async (fortran: boolean) => {
    const parts: Float32Array[] = []
    for await (const part of transposed(await readNpyArray(memory(npyBytes('<f4', [5, 7], bytes, fortran)))))
      parts.push(part)
    return joinedFloats(parts)
  }
  // The transpose of [5, 7] in C order is the same bytes read as [7, 5] in Fortran order, and the other way round.
  sameFloats(await turned(false), fromFortran(values, [7, 5]))
  sameFloats(await turned(true), values)
})

test('little-endian bytes in C order, whatever the file has', async () => {
  const stored = async (descr: string, bytes: Uint8Array, fortran: boolean) => {
    const parts: Uint8Array[] = []
    for await (const part of littleEndianBytes(await readNpyArray(memory(npyBytes(descr, [2, 2], bytes, fortran)))))
      parts.push(part.slice())
    return joined(...parts)
  }
  const bytes = Uint8Array.from({ length: 8 }, (_, i) => i)
  assert.equal(await stored('<u2', bytes, false), bytes)
  assert.equal(await stored('>u2', bytes, false), Uint8Array.of(1, 0, 3, 2, 5, 4, 7, 6))
  assert.equal(await stored('>u2', bytes, true), Uint8Array.of(1, 0, 5, 4, 3, 2, 7, 6))
})

/** A matrix of doubles in Fortran order that exists only as a formula of its bytes; it is never in memory as a whole. */
function formulaMatrix(rows: number, columns: number): ByteSource {
  const header = npyBytes('<f8', [rows, columns], new Uint8Array(), true)
  const pattern = new Uint8Array(251 + 2 ** 24).map((_, i) => i % 251)
  return {
    name: 'formula',
    size: header.length + 8 * rows * columns,
    async read(offset, length) {
      if (offset < header.length) return joined(header, new Uint8Array(length)).slice(offset, offset + length)
      const first = (offset - header.length) % 251
      return pattern.slice(first, first + length)
    },
    async close() {},
  }
}

test('a matrix that is turned in several blocks', async () => {
  const [rows, columns] = [5200, 5100]
  const array = await readNpyArray(formulaMatrix(rows, columns))
  let [at, blocks, wrong] = [0, 0, 0]
  for await (const bytes of littleEndianBytes(array)) {
    blocks++
    for (let i = 0; i < bytes.length; i += 97) {
      const element = Math.floor((at + i) / 8)
      const [row, column] = [Math.floor(element / columns), element % columns]
      if (bytes[i] !== (8 * (column * rows + row) + ((at + i) % 8)) % 251) wrong++
    }
    at += bytes.length
  }
  assert.equal([at, wrong, blocks > 1], [8 * rows * columns, 0, true])
})

test('what is no number is refused', async () => {
  for (const descr of ['<c8', '|S4', '<U2', '|V8', '<M8', '<f16', '<i3', '<x4'])
    await refused(readNpyArray(memory(npyBytes(descr, [1], new Uint8Array(16)))), /no numbers/, new RegExp(descr))
})

test('the header may claim nothing that the file does not hold', async () => {
  const header = (text: string) => joined('\x93NUMPY\x01\x00', Uint8Array.of(text.length, 0), text, new Uint8Array(16))
  const shaped = (shape: string) => header(`{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`)
  assert.equal((await readNpyArray(memory(shaped('(2, 2)')))).shape, [2, 2])
  for (const shape of ['(5,)', '(-4,)', '(4294967296, 4294967296)', '(1e1,)', '(2, __import__("os"))', '4', '(None,)'])
    await refused(readNpyArray(memory(shaped(shape))))
  await refused(readNpyArray(memory(header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }"))))
  const zero = await readNpyArray(memory(shaped('(0, 9007199254740991)')))
  assert.equal(await wholeArray(zero), new Float32Array())
})

test('an object array of rows is the plain table', async () => {
  for (const table of ['utable.npy', 'btable.npy']) {
    const array = await readNpyArray(goldenSource(`object-tables/${table}`))
    const plain = original(table)
    assert.equal([array.dtype, array.shape], ['<f4', plain.shape])
    sameFloats(await wholeArray(array), plain.data)
  }
})

/** An object array: a list pickled (protocol 2) behind a header of type O. */
const objects = (count: number, pickle: string): Uint8Array => npyBytes('|O', [count], joined(pickle))
const row = (values: number, shape = `K${String.fromCharCode(values)}\x85`, dtype = 'f4'): string =>
  'cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01' +
  `${shape}cnumpy\ndtype\nU\x02${dtype}K\x00K\x01\x87R\x89U${String.fromCharCode(4 * values)}${'\x01'.repeat(4 * values)}tb`

test('object arrays of anything else are refused', async () => {
  const read = (count: number, pickle: string) => readNpyArray(memory(objects(count, pickle)))
  assert.equal((await read(2, `\x80\x02](${row(3)}${row(3)}e.`)).shape, [2, 3])
  await refused(read(2, `\x80\x02](${row(3)}${row(2)}e.`), /row 1/)
  await refused(read(2, `\x80\x02](${row(3)}${row(3, undefined, 'i4')}e.`), /row 1/)
  await refused(read(3, `\x80\x02](${row(3)}${row(3)}e.`), /rows of numbers/)
  await refused(read(1, '\x80\x02](K\x01e.'), /rows of numbers/)
  await refused(read(1, `\x80\x02](${row(4, 'K\x02K\x02\x86')}e.`), /rows of numbers/)
  await refused(read(1, `\x80\x02](${row(3, 'K\x04\x85')}e.`), /12 bytes/)
  await refused(read(0, '\x80\x02].'), /rows of numbers/)
})

test.run()
