// .npy files of our own making, streams' headers, and users' vectors; damaged ones are refused by name.

import { readdirSync, readFileSync } from 'node:fs'
import ndarray from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError } from '../../lib/core/errors.ts'
import { decodeNpy, decodeVectors, encodeNpy, npyHeader, parseNpyHeader } from '../../lib/io/npy.ts'

const golden = new URL('../golden/tiny/', import.meta.url)
const bad = (name: string): Uint8Array => readFileSync(new URL(`bad/${name}`, golden))
const recorded = JSON.parse(readFileSync(new URL('bad/outcomes.json', golden), 'utf8'))

test('writes and reads arrays of every type', () => {
  const arrays = [
    ndarray(Float32Array.of(1, -2.5, 3, 4, 5, 6), [2, 3]),
    ndarray(Float64Array.of(Math.PI), [1, 1]),
    ndarray(Int32Array.of(-1, 2), [2]),
    ndarray(Uint32Array.of(0xffffffff), [1]),
    ndarray(Uint8Array.of(1, 2, 3, 4), [2, 1, 2]),
  ]
  for (const array of arrays) {
    const back = decodeNpy(encodeNpy(array), 'x.npy')
    assert.equal(back.shape, array.shape)
    assert.equal(back.data, array.data)
  }
})

test('a transposed view is written in C order', () => {
  const array = ndarray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]).transpose(1, 0)
  const back = decodeNpy(encodeNpy(array), 'x.npy')
  assert.equal(back.shape, [3, 2])
  assert.equal([...back.data], [1, 4, 2, 5, 3, 6])
})

test('a window of a larger array is written alone', () => {
  const array = ndarray(
    Float32Array.from({ length: 20 }, (_, i) => i),
    [4, 5],
  )
    .lo(1, 2)
    .hi(2, 2)
  assert.equal([...decodeNpy(encodeNpy(array), 'x.npy').data], [7, 8, 12, 13])
})

test('a size that is no number is told as it stands', () => {
  for (const [sizes, told] of [
    ['4LL, 6', '4LL, 6'],
    ['1 0\f2,', '1 0 2'],
  ] as const) {
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes}), }`
    const bytes = Uint8Array.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0, ...Buffer.from(header)])
    assert.throws(() => parseNpyHeader(bytes, 'x.npy'), `the shape (${told}) is impossible`)
  }
})

test("the streams' header reads back and is aligned", () => {
  for (const shape of [[7], [3, 4], [64, 3, 3, 3], [931331, 620]]) {
    const bytes = npyHeader('f32', shape)
    assert.is(bytes.length % 64, 0)
    const header = parseNpyHeader(bytes, 'x.npy')
    assert.equal(header, { descr: '<f4', fortranOrder: false, shape, dataOffset: bytes.length })
  }
  assert.is(parseNpyHeader(npyHeader('f16', [2]), 'x.npy').descr, '<f2')
})

test('all recorded arrays of the reference read', () => {
  const expected = new URL('expected/', golden)
  const names = readdirSync(expected).filter(n => n.endsWith('.npy'))
  assert.ok(names.length > 20)
  for (const name of names) assert.ok(decodeNpy(readFileSync(new URL(name, expected)), name).size > 0)
})

const GOOD = ['f4', 'f8', 'f2', 'bigendian', 'bigendian_f8', 'fortran', 'i8', 'v2', 'unpadded_header', 'long_shape']
for (const kind of GOOD)
  test(`vectors: good_${kind}.npy gives the recorded values`, () => {
    const { shape, values_c_order } = recorded[`good_${kind}.npy`].loads
    const vectors = decodeVectors(bad(`good_${kind}.npy`), kind)
    assert.equal(vectors.shape, shape)
    for (const [i, value] of values_c_order.entries())
      assert.ok(Math.abs((vectors.data[i] ?? Number.NaN) - value) <= 1e-6 * Math.max(1, Math.abs(value)))
  })

test('an array in Fortran order comes in C order', () => {
  const array = decodeNpy(bad('good_fortran.npy'), 'good_fortran.npy')
  const { shape, values_c_order } = recorded['good_fortran.npy'].loads
  assert.equal(array.shape, shape)
  for (const [i, value] of values_c_order.entries()) assert.ok(Math.abs(Number(array.data[i]) - value) <= 1e-6)
})

test('vectors: one vector is one row', () => {
  const style = readFileSync(new URL('weights/romance_style.npy', golden))
  assert.equal(decodeVectors(style, 'romance_style.npy').shape, [1, 32])
  assert.equal(decodeVectors(encodeNpy(ndarray(new Float32Array(6), [2, 1, 3])), 'x').shape, [2, 3])
  assert.equal(decodeVectors(encodeNpy(ndarray(new Float32Array(2), [2, 1])), 'x').shape, [2, 1])
})

const REFUSED = [
  'truncated.npy',
  'truncated_header.npy',
  'wrong_header_code.npy',
  'wrong_header_dict.npy',
  'wrong_magic.npy',
  'wrong_shape_negative.npy',
  'wrong_shape_overflow.npy',
  'wrong_shape_too_big.npy',
  'empty.npy',
  'evil_object_array.npy',
]
for (const name of REFUSED)
  test(`refused: ${name}`, () => {
    for (const read of [decodeNpy, decodeVectors])
      assert.throws(
        () => read(bad(name), name),
        (e: unknown) => e instanceof FileError && e.message.startsWith(name),
      )
  })

test('refused: no vectors, and values that are not finite', () => {
  const refuse = (array: ReturnType<typeof ndarray<Float32Array>>, part: RegExp) =>
    assert.throws(() => decodeVectors(encodeNpy(array), 'v.npy'), part)
  refuse(ndarray(new Float32Array(8), [2, 2, 2]), /shape \(2, 2, 2\)/)
  refuse(ndarray(new Float32Array(0), [0, 4]), /shape/)
  refuse(ndarray(Float32Array.of(1, Number.NaN), [1, 2]), /value 1 of row 0 is not a finite number/)
  assert.throws(() => decodeVectors(encodeNpy(ndarray(Float64Array.of(1e300), [1])), 'v.npy'), /not a finite/)
})

test.run()
