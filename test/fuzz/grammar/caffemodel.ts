// Caffe models from a grammar: messages within messages, of the known fields and of others, with lengths that are true or not.

import * as fc from 'fast-check'
import { joined } from '../../weights-converter/files.ts'

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; bytes.length === 0 || rest >= 1; rest = Math.floor(rest / 128))
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0))
  return Uint8Array.from(bytes)
}

const count = fc.oneof(fc.nat(5), fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 60))
const FIELDS = [1, 2, 3, 4, 5, 6, 7, 8, 100, 0, 2 ** 29]

const { message } = fc.letrec<{ message: Uint8Array }>(tie => ({
  message: fc
    .array(
      fc.oneof(
        { depthSize: 'small' },
        fc.tuple(fc.constantFrom(...FIELDS), count).map(([field, value]) => joined(varint(field * 8), varint(value))),
        fc
          .tuple(fc.constantFrom(...FIELDS), fc.constantFrom(1, 5, 3, 4, 6, 7), fc.uint8Array({ maxLength: 8 }))
          .map(([field, wire, rest]) => joined(varint(field * 8 + wire), rest)),
        bytesField(fc.uint8Array({ maxLength: 24 })),
        bytesField(fc.constantFrom('conv1_1', 'fc8', '', '\xff', 'x'.repeat(5000)).map(text => joined(text))),
        bytesField(tie('message')),
      ),
      { maxLength: 5 },
    )
    .map(parts => joined(...parts)),
}))

function bytesField(content: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom(...FIELDS), content, fc.constantFrom(0, 0, 0, 0, 0, 1, -1, 2 ** 31, 2 ** 53))
    .map(([field, bytes, off]) => joined(varint(field * 8 + 2), varint(Math.max(0, bytes.length + off)), bytes))
}

/** What is taken for a Caffe model by its first bytes. */
export const caffemodels: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.constantFrom('\n\x05VGG19', '\n\0', ''), message)
  .map(([head, body]) => joined(head, body))
