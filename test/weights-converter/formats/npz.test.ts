// .npz files: the recorded good, damaged and hostile ones; names as keys only; bytes checked before they are used.

import { existsSync, readdirSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ByteSource } from '../../../lib/core/bytes.ts'
import { openNpz } from '../../../weights-converter/formats/npz.ts'
import { golden, goldenJson, goldenNames, goldenSource, memory, refused, sameFloats, wholeArray } from '../files.ts'
import { npz, original } from '../originals.ts'

const outcomes = goldenJson('bad/outcomes.json')
const names = goldenNames('bad').filter(name => name.endsWith('.npz'))

test('every array that the original reads is read, every other is refused', async () => {
  assert.is(names.length, 12)
  // Names of members are the original's without ".npy"; the directory of a cut archive is gone, and with it all arrays.
  for (const name of names.filter(name => name !== 'truncated.npz')) {
    const file = await openNpz(goldenSource(`bad/${name}`))
    const { arrays, names: recorded } = outcomes[name]
    assert.equal([...file.names].sort(), [...new Set(recorded)].sort(), name)
    for (const key of file.names) {
      const outcome = arrays[key]
      if (typeof outcome === 'string' || name === 'lying_size.npz') {
        await refused(file.array(key), new RegExp(`bad/${name}`))
        continue
      }
      const array = await file.array(key)
      assert.equal([array.dtype, array.shape, array.name], [outcome.dtype, outcome.shape, key], name)
      sameFloats(await wholeArray(array), outcome.values_c_order, `${name} ${key}`)
    }
    await file.close()
  }
  await refused(openNpz(goldenSource('bad/truncated.npz')), /not a whole zip archive/)
})

test('damage is told by its kind', async () => {
  const array = async (name: string, key: string) => (await openNpz(goldenSource(`bad/${name}`))).array(key)
  await refused(array('bad_crc.npz', 'W'), /checksum of W.npy is wrong/)
  await refused(array('bad_deflate.npz', 'W'), /W.npy cannot be inflated/)
  await refused(array('lying_size.npz', 'W'), /W.npy cannot be inflated .*size/)
  await refused(array('missing_tensor.npz', 'encoder_U'), /has no array encoder_U; it has/)
})

test('names are keys: no paths, no properties', async () => {
  const before = readdirSync('..')
  const slip = await openNpz(goldenSource('bad/zip_slip.npz'))
  assert.ok(slip.names.some(name => name.includes('..')))
  for (const name of slip.names) await slip.array(name)
  assert.equal(readdirSync('..'), before)
  assert.not(existsSync('../evil.npy'))
  const proto = await openNpz(goldenSource('bad/proto_names.npz'))
  assert.ok(proto.names.includes('__proto__'))
  const array = await proto.array('__proto__')
  assert.instance(array.bytes, Object)
  assert.is(Object.keys(Object.prototype).length, 0)
  await refused(proto.array('toString'), /has no array/)
})

test('a whole file of weights', async () => {
  for (const name of ['uni_skip.npz', 'bi_skip.npz', 'coco_embedding.npz', 'romance.npz', 'romance_doutput.npz']) {
    const file = await openNpz(goldenSource(`weights/${name}`))
    for (const key of file.names.filter(key => key !== 'history_errs')) {
      const { shape, data } = original(name, key)
      const array = await file.array(key)
      assert.equal(array.shape, shape)
      sameFloats(await wholeArray(array), data, `${name} ${key}`)
    }
    await file.close()
  }
})

test('an array is read and checked once, however often it is asked for', async () => {
  const bytes = npz({ W: original('uni_skip.npz', 'encoder_W') })
  let reads = 0
  const counted: ByteSource = {
    ...memory(bytes),
    read: (offset, length) => {
      reads++
      return memory(bytes).read(offset, length)
    },
  }
  const file = await openNpz(counted)
  const first = await file.array('W')
  const after = reads
  assert.is(await file.array('W'), first)
  assert.is(reads, after)
  await file.close()
})

test('an archive that lies about places', async () => {
  const bytes = golden('bad/good_stored.npz')
  const view = new DataView(bytes.buffer)
  const central = bytes.findIndex((_, i) => view.getUint32(i, true) === 0x02014b50)
  const changed = (offset: number, value: number) => {
    const copy = bytes.slice()
    new DataView(copy.buffer).setUint32(central + offset, value, true)
    return openNpz(memory(copy)).then(file => file.array('W'))
  }
  assert.ok(await changed(42, 0))
  await refused(changed(42, 7))
  await refused(changed(42, 0xfffffff0))
  await refused(changed(20, 1))
  await refused(changed(24, 0x7fffffff))
  await refused(changed(16, 1), /checksum/)
})

test.run()
