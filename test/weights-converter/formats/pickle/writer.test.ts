// Pickles that this project writes, read by its own machine; and byte for byte what Python 2.7's cPickle loads.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../../../lib/core/errors.ts'
import { bytesSource } from '../../../../weights-converter/formats/byte-sources.ts'
import { readPickle } from '../../../../weights-converter/formats/pickle/index.ts'
import { PyDict, type PyValue, textEntries } from '../../../../weights-converter/formats/pickle/values.ts'
import { type Picklable, PyFloat, writePickle } from '../../../../weights-converter/formats/pickle/writer.ts'
import { toJson } from '../../../../weights-converter/plain.ts'

async function reread(value: Picklable): Promise<PyValue> {
  const read = await readPickle(bytesSource('test', writePickle(value)))
  await read.close()
  return read.value
}

test('options come back with their types', async () => {
  const options = { dim: 1600, n_words: 40000, big: 2 ** 31 - 1, small: -(2 ** 31), decay_c: 0.25, doutput: false }
  const more = { ...options, reload_: true, embeddings: null, decoder: 'gru', saveto: 'é'.repeat(200), grad_clip: 5 }
  const value = await reread({ ...more, grad_clip: new PyFloat(5), inner: { a: 1 } })
  assert.equal(toJson(value, 'test'), { ...more, inner: { a: 1 } })
})

test('a Map is an OrderedDict in its order, whatever its words are', async () => {
  const words = new Map([
    ['the', 2],
    ['__proto__', 3],
    ['naïve', 4],
    ['10', 5],
    ['1', 70000],
  ])
  const value = await reread(words)
  assert.ok(value instanceof PyDict)
  assert.is(value.ordered, true)
  assert.equal([...textEntries(value)], [...words])
})

test('several pickles lie one after the other', async () => {
  const both = new Uint8Array([...writePickle(new Map([['a', 2]])), ...writePickle(new Map([['a', 9]]))])
  const source = bytesSource('test', both)
  const first = await readPickle(source)
  const second = await readPickle(source, writePickle(new Map([['a', 2]])).length)
  assert.equal([toJson(first.value, 'test'), toJson(second.value, 'test')], [{ a: 2 }, { a: 9 }])
})

test('byte for byte', () => {
  const text = (value: Picklable) => Buffer.from(writePickle(value)).toString('latin1')
  assert.is(text({ a: 1, b: new PyFloat(5) }), '\x80\x02}(U\x01aK\x01U\x01bG@\x14\0\0\0\0\0\0u.')
  assert.is(text(new Map([['é', 300]])), '\x80\x02ccollections\nOrderedDict\n](](U\x02\xc3\xa9J\x2c\x01\0\0ee\x85R.')
  assert.is(text({ no: null, yes: true }), '\x80\x02}(U\x02noNU\x03yes\x88u.')
  assert.is(text({}), '\x80\x02}(u.')
})

test('whole numbers beyond 32 bits are refused', () => {
  for (const value of [2 ** 31, -(2 ** 31) - 1])
    assert.throws(
      () => writePickle({ value }),
      (e: Error) => e instanceof InputError,
    )
})

test.run()
