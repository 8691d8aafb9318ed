// Caffe models: both generations of layers, both ways to state a shape, float and double data; what is damaged or not packed is
// refused. The recorded ones hold the same numbers as the Lasagne pickle.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openContents } from '../../../weights-converter/contents.ts'
import { readCaffeModel } from '../../../weights-converter/formats/caffemodel.ts'
import { golden, goldenSource, joined, memory, raw, refused, sameFloats, wholeArray } from '../files.ts'
import { original, tinyManifest } from '../originals.ts'

const layers = [...new Set(tinyManifest.tensors.filter(t => t.file === 'vgg19.pkl').map(t => t.name.slice(0, -2)))]

for (const name of ['VGG_ILSVRC_19_layers.caffemodel', 'VGG_v1.caffemodel'])
  test(`${name} holds what vgg19.pkl holds`, async () => {
    const arrays = new Map((await readCaffeModel(goldenSource(`weights/${name}`))).map(array => [array.name, array]))
    assert.is(layers.length, 19)
    for (const layer of layers) {
      const [weight, bias] = [original('vgg19.pkl', `${layer}.W`), original('vgg19.pkl', `${layer}.b`)]
      const [ownWeight, ownBias] = [arrays.get(`${layer}[0]`), arrays.get(`${layer}[1]`)]
      assert.ok(ownWeight && ownBias, layer)
      if (!ownWeight || !ownBias) continue
      const isFull = layer.startsWith('fc')
      assert.equal(ownWeight.shape, isFull ? weight.shape.toReversed() : weight.shape, layer)
      assert.equal(ownBias.shape, bias.shape)
      sameFloats(await wholeArray(ownWeight), isFull ? transpose(weight.data, weight.shape) : weight.data, layer)
      sameFloats(await wholeArray(ownBias), bias.data, layer)
    }
  })

function transpose(data: Float32Array, [rows = 0, columns = 0]: readonly number[]): Float32Array {
  return data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)] ?? Number.NaN)
}

/** A varint. */
function varint(value: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; bytes.length === 0 || rest > 0; rest = Math.floor(rest / 128))
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0))
  return Uint8Array.from(bytes)
}
const message = (field: number, ...parts: (Uint8Array | string)[]): Uint8Array => {
  const content = joined(...parts)
  return joined(varint(field * 8 + 2), varint(content.length), content)
}
const number = (field: number, value: number): Uint8Array => joined(varint(field * 8), varint(value))
const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer)
const doubles = (...values: number[]): Uint8Array => new Uint8Array(Float64Array.from(values).buffer)

const V2 = { layer: 100, name: 1, blob: 7 }
const V1 = { layer: 2, name: 4, blob: 6 }
const model = (blob: Uint8Array, { layer, name, blob: field } = V2): Uint8Array =>
  joined(message(1, 'a net'), message(layer, message(name, 'fc'), message(field, blob)))
const read = async (bytes: Uint8Array) => (await readCaffeModel(memory(bytes)))[0]

test('shapes: stated, packed or not, or as four old axes', async () => {
  const data = message(5, floats(1, 2, 3, 4, 5, 6))
  const legacy = (...axes: number[]) => joined(...axes.map((axis, i) => number(i + 1, axis)), data)
  for (const kind of [V1, V2]) {
    assert.equal((await read(model(joined(message(7, message(1, varint(2), varint(3))), data), kind)))?.shape, [2, 3])
    assert.equal((await read(model(joined(message(7, number(1, 2), number(1, 3)), data), kind)))?.shape, [2, 3])
    assert.equal((await read(model(legacy(1, 1, 2, 3), kind)))?.shape, [2, 3])
    assert.equal((await read(model(legacy(1, 1, 1, 6), kind)))?.shape, [6])
    assert.equal((await read(model(legacy(1, 2, 3, 1), kind)))?.shape, [1, 2, 3, 1])
    assert.equal((await read(model(legacy(6, 1, 1, 1), kind)))?.shape, [6, 1, 1, 1])
  }
})

test('double data', async () => {
  const array = await read(model(joined(message(7, message(1, varint(2))), message(8, doubles(0.1, -2)))))
  assert.ok(array)
  if (array) {
    assert.is(array.dtype, '<f8')
    sameFloats(await wholeArray(array), [0.1, -2])
  }
})

test('fields of other kinds are passed over, wherever they are', async () => {
  const blob = joined(message(7, message(1, varint(1))), message(6, floats(9)), message(5, floats(3)))
  const noise = joined(number(5, 2 ** 40), varint(8 * 3 + 5), 'abcd', varint(8 * 3 + 1), '12345678', message(200, 'x'))
  const bytes = joined(noise, message(100, noise, message(1, 'fc'), message(7, blob), noise), noise)
  assert.equal(
    (await readCaffeModel(memory(bytes))).map(array => array.name),
    ['fc[0]'],
  )
})

test('damage and other kinds of files', async () => {
  const shape = message(7, message(1, varint(2)))
  const bad: Record<string, Uint8Array> = {
    'not packed in one piece': model(joined(shape, varint(8 * 5 + 5), floats(1), varint(8 * 5 + 5), floats(2))),
    'in one piece': model(joined(shape, message(5, floats(1)), message(5, floats(2)))),
    'has no numbers': model(shape),
    'makes 8 bytes': model(joined(shape, message(5, floats(1, 2, 3)))),
    'more than 32 axes': model(joined(message(7, message(1, ...Array(40).fill(varint(1)))), message(5, floats(1)))),
    'too large or cut short': joined(message(1, 'a net'), raw('\xff\xff\xff\xff\xff\xff\xff\xff\xff')),
    'without a single layer': message(1, 'a net'),
    'not a field': joined(message(1, 'a net'), raw('\x03')),
    'more than 4096 bytes': message(
      100,
      message(1, 'x'.repeat(5000)),
      message(7, joined(shape, message(5, floats(1, 2)))),
    ),
  }
  for (const [problem, bytes] of Object.entries(bad)) await refused(readCaffeModel(memory(bytes)), new RegExp(problem))
})

test('a file cut anywhere is refused', async () => {
  const whole = golden('weights/VGG_v1.caffemodel')
  const at = (share: number) => memory(whole.slice(0, Math.floor(whole.length * share)))
  for (const share of [0.001, 0.01, 0.1, 0.3, 0.5, 0.9, 0.99999]) await refused(readCaffeModel(at(share)))
})

test('models with and without a name are known by their first bytes', async () => {
  const blob = joined(message(7, message(1, varint(1))), message(5, floats(3)))
  const layer = (field: number, name: number, blobs: number) =>
    message(field, message(name, 'fc'), message(blobs, blob))
  for (const bytes of [model(blob), model(blob, V1), layer(100, 1, 7), layer(2, 4, 6)])
    assert.is((await openContents(memory(bytes))).format, 'caffemodel')
  const without = await openContents(memory(model(blob)))
  assert.equal([without.role, without.names], [undefined, ['fc[0]']])
  await refused(without.array('fc[1]'), /has no array/)
})

test.run()
