// What `inspect` says of a file: its kind, its arrays with the hash of their values, a pickle's values as JSON.

import { createHash } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inspectFile } from '../../weights-converter/inspect.ts'
import { golden, goldenJson, goldenNames, goldenSource, joined, memory, raw, refused } from './files.ts'
import { npz, type Original, original, tinyManifest } from './originals.ts'

const sha256 = (data: Float32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')
const shown = (name: string, { shape, data }: Original, dtype = '<f4') => ({ name, dtype, shape, sha256: sha256(data) })
const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)

test('.npz files', async () => {
  for (const file of ['uni_skip.npz', 'bi_skip.npz', 'coco_embedding.npz', 'romance.npz', 'romance_doutput.npz']) {
    const { kind, arrays, values } = await inspectFile(goldenSource(`weights/${file}`))
    assert.equal([kind, values], ['npz', undefined])
    const expected = tinyManifest.tensors
      .filter(t => t.file === file)
      .map(({ name }) => shown(name, original(file, name)))
    assert.equal(arrays.filter(({ name }) => name !== 'history_errs').sort(byName), expected.sort(byName))
  }
})

test('.npy files, plain and of pickled rows', async () => {
  for (const file of ['utable.npy', 'btable.npy', 'swift_style.npy'])
    assert.equal((await inspectFile(goldenSource(`weights/${file}`))).arrays, [shown('', original(file))])
  for (const file of ['utable.npy', 'btable.npy'])
    assert.equal((await inspectFile(goldenSource(`object-tables/${file}`))).arrays, [shown('', original(file))])
})

test('the hash is of values: byte order and axis order make no difference', async () => {
  const hash = async (name: string) => (await inspectFile(goldenSource(`bad/${name}`))).arrays[0]?.sha256
  const plain = await hash('good_f4.npy')
  const values: number[] = goldenJson('bad/outcomes.json')['good_f4.npy'].loads.values_c_order
  assert.is(plain, sha256(Float32Array.from(values)))
  for (const name of ['bigendian', 'fortran', 'v2', 'unpadded_header', 'long_shape'])
    assert.is(await hash(`good_${name}.npy`), plain, name)
  assert.is(await hash('good_bigendian_f8.npy'), await hash('good_f8.npy'))
  assert.is.not(await hash('good_f8.npy'), plain)
})

test('vgg19.pkl and the Caffe models', async () => {
  const names = tinyManifest.tensors.filter(t => t.file === 'vgg19.pkl').map(({ name }) => name)
  const expected = names.map((name, i) => shown(`param values[${i}]`, original('vgg19.pkl', name)))
  for (const file of ['vgg19.pkl', 'vgg19.p0.pkl']) {
    const { kind, role, arrays, values } = await inspectFile(goldenSource(`weights/${file}`))
    assert.equal([kind, role], ['pickle', 'vgg19'])
    const params = arrays.filter(({ name }) => name.startsWith('param'))
    assert.equal(params, expected)
    assert.equal(Object.keys(Object(values)).sort(), ['mean value', 'model name', 'param values', 'synset words'])
  }
  const { kind, arrays } = await inspectFile(goldenSource('weights/VGG_ILSVRC_19_layers.caffemodel'))
  assert.is(kind, 'caffemodel')
  const conv = arrays.filter(({ name }) => name.startsWith('conv'))
  assert.equal(
    conv.map(({ sha256 }) => sha256),
    expected.slice(0, 32).map(({ sha256 }) => sha256),
  )
})

test('options and dictionaries as JSON', async () => {
  const options = await inspectFile(goldenSource('weights/romance.npz.pkl'))
  assert.is(options.role, 'options')
  const { dim, doutput, dictionary, embeddings, grad_clip } = Object(options.values)
  assert.equal([dim, doutput, dictionary, embeddings, grad_clip], [22, false, 'romance_dictionary.pkl', null, 5])
  const words = Object((await inspectFile(goldenSource('weights/romance_dictionary.pkl'))).values)
  assert.equal([Object.keys(words).length, words[','], words.island], [98, 2, 99])
})

test('every kind of value as JSON, whatever the protocol', async () => {
  for (const name of goldenNames('pickles-py2').filter(name => /^misc\..*pkl$/.test(name))) {
    const values = Object((await inspectFile(goldenSource(`pickles-py2/${name}`))).values)
    assert.equal(values.floats.slice(0, 6), [0, -0, 1.5, 0.1, 1e300, 5e-324])
    assert.equal(values.floats.slice(6), ['inf', '-inf', 'nan'])
    assert.equal(values.longs.slice(0, 6), [0, 1, -1, 255, '18446744073709551616', '-18446744073709551616'])
    assert.equal(values.unicode.slice(2, 5), ['café', '☃', '😀'])
    assert.equal(values.complex, { real: 1, imaginary: 2 })
    assert.equal(values.odict, { z: 1, a: 2, u: 3 })
    assert.equal(values.nested, [[1, [[2, [[3, [4, [5, [[6, 7]]]]]]]]]])
    assert.equal([values.none, values.true, values.false], [null, true, false])
    assert.equal(values.sets[0].sort(), [1, 2, 3])
    assert.equal(values.bytes.slice(0, 3), ['', 'a', "it's"])
  }
})

test('names of arrays and keys are data', async () => {
  const { values } = await inspectFile(memory(raw("(dS'__proto__'\nI1\nsS'constructor'\nI2\ns.")))
  assert.is(JSON.stringify(values), '{"__proto__":1,"constructor":2}')
  assert.is(({} as Record<string, unknown>).constructor, Object)
  const file = await inspectFile(
    memory(npz({ ['__proto__']: original('swift_style.npy'), '../x': original('swift_style.npy') })),
  )
  assert.equal(
    file.arrays.map(({ name }) => name),
    ['__proto__', '../x'],
  )
})

test('texts', async () => {
  assert.equal(await inspectFile(goldenSource('weights/dictionary.txt')), {
    kind: 'text',
    role: 'word list',
    arrays: [],
  })
  assert.equal(await inspectFile(goldenSource('weights/coco_train_caps.txt')), {
    kind: 'text',
    role: 'captions',
    arrays: [],
  })
})

test('what is damaged, hostile or something else is refused', async () => {
  const bad = goldenNames('bad').filter(name => /\.(pkl|npy|npz)$/.test(name) && !/^(good_|trailing_)/.test(name))
  const readable = ['proto_names.npz', 'duplicate_names.npz', 'zip_slip.npz', 'missing_tensor.npz']
  for (const name of bad.filter(name => !readable.includes(name)))
    await refused(inspectFile(goldenSource(`bad/${name}`)), new RegExp(`bad/${name}`))
  for (const name of readable) assert.is((await inspectFile(goldenSource(`bad/${name}`))).kind, 'npz')
  for (const name of ['images/mill.png', 'images/mill.jpg', 'bad/image.gif'])
    await refused(inspectFile(goldenSource(name)), /a picture, not a file of weights/)
  await refused(inspectFile(memory(Uint8Array.from({ length: 64 }, (_, i) => i))), /unknown format/)
  await refused(inspectFile(memory(new Uint8Array())), /empty/)
})

test('damage in the last byte of the values is found', async () => {
  const bytes = npz({ W: original('swift_style.npy') })
  const last = Buffer.from(bytes).indexOf('PK\x01\x02', 0, 'latin1') - 1
  bytes[last] = (bytes[last] ?? 0) ^ 1
  await refused(inspectFile(memory(bytes)), /the checksum of W\.npy is wrong/)
  await refused(inspectFile(memory(joined(golden('weights/utable.npy').slice(0, -1)))), /3960 bytes/)
})

test.run()
