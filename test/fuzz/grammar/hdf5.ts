// HDF5 files from a grammar: good ones of every kind that our writer makes, with numbers near their signatures changed, also to the
// addresses of other structures: what lies where it should not, twice, or in itself.

import * as fc from 'fast-check'
import { dataset, type Hdf5Dataset, type Hdf5Group, hdf5 } from '../../support/hdf5-writer.ts'

const values = (count: number) => Array.from({ length: count }, (_, i) => i / 8)

const how = fc.constantFrom<Parameters<typeof dataset>[2]>(
  {},
  { isCompact: true },
  { chunks: [2, 2] },
  { chunks: [3, 1], filters: ['deflate'] },
  { chunks: [4, 4], filters: ['shuffle', 'deflate'] },
)
const arrays: fc.Arbitrary<Hdf5Dataset> = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), how)
  .map(([rows, columns, how]) => dataset([rows, columns], values(rows * columns), how))

const attributes = fc.dictionary(
  fc.constantFrom('layer_names', 'keras_version', 'x'),
  fc.oneof(fc.integer(), fc.constantFrom('text', ['a', 'bcd'], { variable: ['2.0', ''] })),
  { maxKeys: 2 },
)
const { group } = fc.letrec<{ group: Hdf5Group }>(tie => ({
  group: fc.record({
    attributes,
    children: fc.dictionary(
      fc.constantFrom('a', 'b', 'kernel:0'),
      fc.oneof({ depthSize: 'small' }, arrays, tie('group')),
      {
        maxKeys: 3,
      },
    ),
  }),
}))

const SIGNATURES = ['\x89HDF', 'TREE', 'SNOD', 'HEAP', 'GCOL', 'OHDR', 'FRHP', 'BTHD', 'FAHD', 'deflate']

/** Where structures begin. */
function placesIn(bytes: Uint8Array): number[] {
  const text = Buffer.from(bytes).toString('latin1')
  return SIGNATURES.flatMap(signature => [...text.matchAll(new RegExp(signature, 'g'))].map(match => match.index))
}

interface Patch {
  readonly place: number
  readonly offset: number
  readonly width: number
  readonly value: number | 'place'
}

const patch: fc.Arbitrary<Patch> = fc.record({
  place: fc.nat(1000),
  offset: fc.integer({ min: -40, max: 120 }),
  width: fc.constantFrom(1, 2, 4, 8),
  value: fc.oneof(
    fc.constant('place' as const),
    fc.nat(300),
    fc.constantFrom(2 ** 16 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 40, 2 ** 53, 2 ** 63),
  ),
})

function patched(bytes: Uint8Array, patches: readonly Patch[]): Uint8Array {
  const places = placesIn(bytes)
  const out = bytes.slice()
  for (const { place, offset, width, value } of patches) {
    const at = (places[place % Math.max(1, places.length)] ?? 0) + offset
    const number = value === 'place' ? (places[(place * 7 + offset + 40) % Math.max(1, places.length)] ?? 0) : value
    for (let i = 0; i < width; i++)
      if (at + i >= 0 && at + i < out.length) out[at + i] = Math.floor(number / 256 ** i) & 255
  }
  return out
}

/** Files of which some structures are broken. */
export const patchedHdf5 = (files: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc.tuple(files, fc.array(patch, { minLength: 1, maxLength: 3 })).map(([bytes, patches]) => patched(bytes, patches))

export const hdf5s: fc.Arbitrary<Uint8Array> = patchedHdf5(group.map(hdf5))

/** Whole files of the writer's style. */
export const writtenHdf5 = (): Uint8Array[] => [
  hdf5({ attributes: { layer_names: ['a'] }, children: { a: { children: { 'W:0': dataset([3, 4], values(12)) } } } }),
  hdf5({ children: { w: dataset([4, 4], values(16), { chunks: [2, 3], filters: ['shuffle', 'deflate'] }) } }),
  hdf5({
    attributes: { x: { variable: ['one', 'two'] } },
    children: { w: dataset([5], values(5), { isCompact: true }) },
  }),
]
