// .npy files from a grammar: heads whose parts fit together or do not, before too many or too few elements; and .npz archives of
// them, whose directory says what is true or what is not.

import { constants, crc32, deflateRawSync } from 'node:zlib'
import * as fc from 'fast-check'
import { joined, raw } from '../../weights-converter/files.ts'

const size = fc.oneof(fc.nat(6), fc.constantFrom(-1, 65536, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2))
const axis = fc.oneof(
  size.map(String),
  size.map(d => `${d}L`),
  fc.constantFrom('1e9', '0x10', ' 2 ', '', 'None'),
)
const DESCRS = [
  '<f4',
  '>f4',
  '<f8',
  '>f8',
  '<f2',
  '|u1',
  '|i1',
  '<i2',
  '<u2',
  '<i4',
  '<u4',
  '<i8',
  '<u8',
  '|b1',
  '=f4',
  'f4',
]
const ODD_DESCRS = ['<c8', '|S3', '<U9', '|V4', '|O', '<M8', '<f16', '<f3', '', '<f99999', "[('a', '<f4')]"]
const descr = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...DESCRS) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_DESCRS) },
)

const dictionary = fc
  .record({
    descr,
    fortran: fc.constantFrom('False', 'False', 'True', 'None', '1'),
    shape: fc.array(axis, { maxLength: 4 }),
    more: fc.constantFrom('', '', '', "'x': 1, ", "'descr': '|O', ", '__import__("os"), '),
    end: fc.constantFrom('}', '}', '} ', '}\n', '', '})', '}}'),
  })
  .map(
    ({ descr, fortran, shape, more, end }) =>
      `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape.join(', ')},), ${more}${end}`,
  )

/** Whole or nearly whole .npy files. */
export const npys: fc.Arbitrary<Uint8Array> = fc
  .record({
    magic: fc.constantFrom('\x93NUMPY', '\x93NUMPY', '\x93NUMPY', '\x93NUMPX'),
    version: fc.constantFrom(1, 1, 1, 2, 3, 0, 4, 255),
    text: dictionary,
    off: fc.constantFrom(0, 0, 0, 0, 1, -1, 40, 60000),
    data: fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom(0, 4, 96, 864).map(length => new Uint8Array(length).fill(1)),
    ),
  })
  .map(({ magic, version, text, off, data }) => {
    const length = Math.max(0, text.length + off)
    const low = String.fromCharCode(length & 255, (length >> 8) & 255)
    return joined(magic, String.fromCharCode(version, 0), version === 1 ? low : `${low}\0\0`, text, data)
  })

interface Member {
  readonly name: string
  readonly content: Uint8Array
  readonly deflated: boolean
  readonly flags: number
  readonly lie: 'none' | 'crc' | 'size' | 'packed' | 'offset' | 'method' | 'name' | 'descriptor'
  readonly amount: number
}

const NAMES = [
  'W.npy',
  'b.npy',
  'Wemb.npy',
  'encoder_W.npy',
  '../evil.npy',
  '/etc/evil.npy',
  '__proto__.npy',
  'a/b/',
  '',
  'W',
  'W.npy.npy',
  'é.npy',
  '\0.npy',
  'C:\\evil.npy',
]
const LIES = ['crc', 'size', 'packed', 'offset', 'method', 'name', 'descriptor'] as const
const member: fc.Arbitrary<Member> = fc.record({
  name: fc.constantFrom(...NAMES),
  content: fc.oneof(npys, fc.uint8Array({ maxLength: 40 })),
  deflated: fc.boolean(),
  flags: fc.constantFrom(0, 0, 0, 1, 8, 0x800, 0x40, 0xffff),
  lie: fc.oneof(
    { weight: 3, arbitrary: fc.constant('none' as const) },
    { weight: 1, arbitrary: fc.constantFrom(...LIES) },
  ),
  amount: fc.constantFrom(1, -1, 30, 2 ** 31, 0xffffffff, 0xfffffffe),
})

/** Archives, with lies in the directory or in its end. */
export const npzs: fc.Arbitrary<Uint8Array> = fc
  .record({
    before: fc.constantFrom('', '', '', 'MZ junk', '\0'),
    members: fc.array(member, { maxLength: 4 }),
    count: fc.constantFrom(0, 0, 0, 1, -1, 65535),
    start: fc.constantFrom(0, 0, 0, 1, -46, 2 ** 31, 0xffffffff),
    comment: fc.constantFrom('', '', 'a comment', 'PK\x05\x06', 'PK\x06\x07'),
  })
  .map(({ before, members, count, start, comment }) => archive(raw(before), members, count, start, comment))

function archive(
  before: Uint8Array,
  members: readonly Member[],
  count: number,
  start: number,
  comment: string,
): Uint8Array {
  const parts: Uint8Array[] = [before]
  const directory: Uint8Array[] = []
  let at = before.length
  for (const item of members) {
    const name = new TextEncoder().encode(item.name)
    const packed = item.deflated ? deflateRawSync(item.content) : item.content
    const lied = (kind: Member['lie']) => (item.lie === kind ? item.amount : 0)
    const shared = fields([
      [2, 20],
      [2, item.flags | (item.lie === 'descriptor' ? 8 : 0)],
      [2, item.lie === 'method' ? 99 : item.deflated ? 8 : 0],
      [4, 0x21_0000],
      [4, crc32(item.content) + lied('crc')],
      [4, packed.length + lied('packed')],
      [4, item.content.length + lied('size')],
      [2, name.length + lied('name')],
      [2, 0],
    ])
    parts.push(joined('PK\x03\x04', shared, name, packed))
    directory.push(
      joined(
        'PK\x01\x02\x14\0',
        shared,
        fields([
          [2, 0],
          [2, 0],
          [2, 0],
          [4, 0],
          [4, at + lied('offset')],
        ]),
        name,
      ),
    )
    at += 30 + name.length + packed.length
  }
  const listed = joined(...directory)
  const end = fields([
    [2, 0],
    [2, 0],
    [2, members.length + count],
    [2, members.length + count],
    [4, listed.length],
    [4, at + start],
    [2, comment.length],
  ])
  return joined(...parts, listed, 'PK\x05\x06', end, comment)
}

/** Little-endian numbers of given widths, modulo those. */
export function fields(list: readonly (readonly [width: number, value: number])[]): Uint8Array {
  return Uint8Array.from(
    list.flatMap(([width, value]) => Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** i) & 255)),
  )
}

const BLOCK = 2 ** 20

/** So many zeros, deflated: a block of them again and again, so that a bomb costs nothing to make. */
export function deflatedZeros(size: number): Uint8Array {
  const block = deflateRawSync(new Uint8Array(BLOCK), { finishFlush: constants.Z_FULL_FLUSH })
  const blocks = new Uint8Array(block.length * Math.floor(size / BLOCK))
  for (let at = 0; at < blocks.length; at += block.length) blocks.set(block, at)
  return joined(blocks, deflateRawSync(new Uint8Array(size % BLOCK)))
}
