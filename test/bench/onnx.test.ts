// The ONNX model that peers get, read back by a reader of protocol buffers written here: nodes, weights in their file, both ends.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { onnxModel } from '../../bench/harness/onnx.ts'

type Message = Map<number, (number | Uint8Array)[]>

/** Fields of a message by number: numbers, or bytes. */
function read(bytes: Uint8Array): Message {
  const fields: Message = new Map()
  let at = 0
  const varint = (): number => {
    let [value, scale] = [0, 1]
    for (;;) {
      const byte = bytes[at++] ?? 0
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }
  while (at < bytes.length) {
    const key = varint()
    const field = Math.floor(key / 8)
    const length = varint()
    const value = key % 8 === 0 ? length : bytes.subarray(at, at + length)
    if (key % 8 !== 0) at += length
    fields.set(field, [...(fields.get(field) ?? []), value])
  }
  return fields
}

const inside = (message: Message, field: number): Message[] =>
  (message.get(field) ?? []).map(value => read(value as Uint8Array))
const text = (message: Message, field: number): string[] =>
  (message.get(field) ?? []).map(value => new TextDecoder().decode(value as Uint8Array))

test('a model of two nodes over weights in a file', () => {
  const model = read(
    onnxModel(
      [
        { op: 'Gemm', inputs: ['x', 'W'], output: 'h', attributes: { transB: 1 } },
        { op: 'Relu', inputs: ['h'], output: 'y' },
      ],
      [{ name: 'W', shape: [300, 2], offset: 4096 }],
      { input: ['x', [1, 2]], output: ['y', [1, 300]] },
      'w.bin',
    ),
  )
  assert.equal(model.get(1), [8])
  const [graph] = inside(model, 7)
  if (graph === undefined) return assert.unreachable('no graph')
  assert.equal(
    inside(graph, 1).map(node => [text(node, 4)[0], text(node, 1), text(node, 2)]),
    [
      ['Gemm', ['x', 'W'], ['h']],
      ['Relu', ['h'], ['y']],
    ],
  )
  const [weight] = inside(graph, 5)
  if (weight === undefined) return assert.unreachable('no weight')
  assert.equal([weight.get(1), weight.get(2), weight.get(14)], [[300, 2], [1], [1]])
  assert.equal(
    inside(weight, 13).map(entry => [text(entry, 1)[0], text(entry, 2)[0]]),
    [
      ['location', 'w.bin'],
      ['offset', '4096'],
      ['length', '2400'],
    ],
  )
})

test.run()
