// Damage to bytes, as fast-check values that shrink: whatever the format, files break in these ways.

import * as fc from 'fast-check'
import { joined, raw } from '../weights-converter/files.ts'

const KINDS = ['flip', 'set', 'cut', 'end', 'double', 'insert', 'number', 'splice'] as const

interface Edit {
  readonly kind: (typeof KINDS)[number]
  /** Where, modulo the length. */
  readonly at: number
  readonly byte: number
  readonly length: number
}

/** What lengths, counts and offsets are broken with. */
const NUMBERS: readonly string[] = [
  '\0\0\0\0',
  '\xff\xff\xff\xff',
  '\xff\xff\xff\x7f',
  '\0\0\0\x80',
  '\xff\xff',
  '\xff\xff\xff\xff\xff\xff\xff\xff',
  '\xff\xff\xff\xff\xff\xff\xff\x7f',
  '\0\0\0\0\x01\0\0\0',
  '\x7f\xff\xff\xff',
  '\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01',
]

// Half of the damage is near the beginning, where heads and opcodes are.
const place = fc.oneof(fc.nat(300), fc.nat(1_000_000))
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom(...KINDS, 'flip', 'set'),
  at: place,
  byte: fc.nat(255),
  length: fc.integer({ min: 1, max: 16 }),
})

/** One to six edits of `bytes`, which may be the same again only by chance. */
export const edited = (bytes: fc.Arbitrary<Uint8Array>, most = 6): fc.Arbitrary<Uint8Array> =>
  fc.tuple(bytes, fc.array(edit, { minLength: 1, maxLength: most })).map(([seed, edits]) => edits.reduce(apply, seed))

function apply(bytes: Uint8Array, { kind, at, byte, length }: Edit): Uint8Array {
  if (bytes.length === 0) return bytes
  const index = at % bytes.length
  const [before, after] = [bytes.subarray(0, index), bytes.subarray(index)]
  switch (kind) {
    case 'flip':
      return replaced(bytes, index, [(bytes[index] ?? 0) ^ (1 << (byte % 8))])
    case 'set':
      return replaced(bytes, index, [byte])
    case 'number':
      return replaced(bytes, index, raw(NUMBERS[byte % NUMBERS.length] ?? ''))
    case 'cut':
      return joined(before, after.subarray(length))
    case 'end':
      return before.slice()
    case 'double':
      return joined(before, after.subarray(0, length), after)
    case 'insert':
      return joined(before, new Uint8Array(length).fill(byte), after)
    case 'splice': {
      const from = (at * 31 + byte) % bytes.length
      return joined(before, bytes.subarray(from, from + length), after.subarray(length))
    }
  }
}

function replaced(bytes: Uint8Array, index: number, by: ArrayLike<number>): Uint8Array {
  const out = bytes.slice()
  for (let i = 0; i < by.length && index + i < out.length; i++) out[index + i] = by[i] ?? 0
  return out
}
