// Texts and JSON: lines of any characters in any encoding; a good manifest with parts replaced by what does not belong there.

import * as fc from 'fast-check'
import { joined } from '../../weights-converter/files.ts'

const line = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    'a man on a beach .',
    '',
    ' ',
    '\t',
    'caf\u00e9',
    '\u00a0word\u00a0',
    '\ufeff',
    'UNK',
    '<eos>',
    '\u2028',
    'x'.repeat(2000),
  ),
)
const ending = fc.constantFrom('\n', '\r\n', '\r', '')

/** Word lists and captions. */
export const texts: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.array(line, { maxLength: 20 }),
    ending,
    fc.constantFrom('utf8', 'utf8', 'latin1', 'utf16le'),
    fc.constantFrom('', '', '\ufeff'),
  )
  .map(
    ([lines, end, encoding, mark]) =>
      new Uint8Array(Buffer.from(mark + lines.map(text => text + end).join(''), encoding as BufferEncoding)),
  )

const ODD: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.5,
  1e308,
  2 ** 53,
  '',
  '..',
  '../../evil',
  '/etc/passwd',
  'a\\b',
  'C:evil',
  '\0',
  'x'.repeat(600),
  [],
  {},
  [[]],
  [-1, 2],
  [1e9, 1e9],
  { file: '..' },
  '__proto__',
]

interface Change {
  readonly at: number
  readonly by: unknown
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(10_000),
  by: fc.oneof(fc.constantFrom(...ODD), fc.jsonValue({ maxDepth: 2 })),
})

/** JSON of a value some of whose parts were replaced. */
export const changedJson = (value: unknown): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '', '\ufeff', ' ', '[', '{"__proto__":{"polluted":1}}'),
    )
    .map(([changes, before]) => {
      const copy: unknown = structuredClone(value)
      // A copy each time: one that is put into itself could not be written.
      for (const { at, by } of changes) replaceAt(copy, at, structuredClone(by))
      return joined(new TextEncoder().encode(before + JSON.stringify(copy)))
    })

interface Place {
  readonly holder: Record<string, unknown>
  readonly key: string
}

function places(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found
  const holder = value as Record<string, unknown>
  for (const key of Object.keys(holder)) {
    found.push({ holder, key })
    places(holder[key], found)
  }
  return found
}

function replaceAt(value: unknown, at: number, by: unknown): void {
  const all = places(value)
  const place = all[at % Math.max(1, all.length)]
  if (place === undefined) return
  if (at % 7 === 0) delete place.holder[place.key]
  else place.holder[place.key] = by
}

/** Lists as `--feed` and vocabularies take them, nearly. */
export const lists: fc.Arbitrary<Uint8Array> = fc
  .oneof(
    fc.array(fc.oneof(fc.integer({ min: -2, max: 90 }), fc.constantFrom<unknown>(1.5, 1e99, '5', null, [], true)), {
      maxLength: 12,
    }),
    fc.array(
      fc.tuple(fc.string({ maxLength: 5 }), fc.oneof(fc.nat(20), fc.constantFrom<unknown>(-1, 0.5, 2 ** 60, null))),
      { maxLength: 8 },
    ),
    fc.jsonValue({ maxDepth: 3 }),
  )
  .map(value => new TextEncoder().encode(JSON.stringify(value)))
