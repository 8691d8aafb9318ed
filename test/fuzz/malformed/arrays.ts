// Arrays whose heads lie, archives whose directories do, Caffe models whose lengths do; vectors that are none.

import { crc32, deflateRawSync } from 'node:zlib'
import { golden, joined, raw } from '../../weights-converter/files.ts'
import { npz, original } from '../../weights-converter/originals.ts'
import { deflatedZeros, fields } from '../grammar/arrays.ts'
import { casesOf, type Facts, type Malformed, READ } from './case.ts'

/** A .npy file: version 1 unless `version` says otherwise; `claims` is the header's length as stated. */
function npy(
  dictionary: string,
  data: string | Uint8Array = '',
  { version = 1, claims = dictionary.length } = {},
): Uint8Array {
  const length = fields([[version === 1 ? 2 : 4, claims]])
  return joined('\x93NUMPY', String.fromCharCode(version, 0), length, dictionary, data)
}
const head = (shape: string, descr = "'<f4'", order = 'False') =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`
const DATA = 'abcdefgh'

const heads: Facts = {
  'the magic alone': ['\x93NUMPY', /not a \.npy file/],
  'half the magic': ['\x93NUM', READ],
  'version 0': [npy(head('(2,)'), DATA, { version: 0 }), /version 0 is unknown/],
  'version 4': [npy(head('(2,)'), DATA, { version: 4 }), /version 4 is unknown/],
  'version 255': [npy(head('(2,)'), DATA, { version: 255 }), /version 255/],
  'a header longer than the file': [npy(head('(2,)'), '', { claims: 5000 }), /header is cut short/],
  'a header of 4 GB': [npy(head('(2,)'), DATA, { version: 2, claims: 0xffffffff }), /claims 4294967295 bytes/],
  'a header of nothing': [npy('', DATA), /not one of a plain array/],
  'a header that ends in the middle': [npy(head('(2,)'), DATA, { claims: 20 }), /not one of a plain array/],
  'a header that runs into the data': [
    npy(head('(2,)'), DATA, { claims: head('(2,)').length + 4 }),
    /more than type, order and shape/,
  ],
  'no type': [npy("{'fortran_order': False, 'shape': (2,), }\n", DATA), /not one of a plain array/],
  'no shape': [npy("{'descr': '<f4', 'fortran_order': False, }\n", DATA), /not one of a plain array/],
  'no order': [npy("{'descr': '<f4', 'shape': (2,), }\n", DATA), /not one of a plain array/],
  'a key more': [npy(`{'x': 1, ${head('(2,)').slice(1)}`, DATA), /more than type, order and shape/],
  'two shapes': [npy(`{'shape': (1,), ${head('(2,)').slice(1)}`, DATA), /more than type, order and shape/],
  'code for a shape': [npy(head("(__import__('os').system('id'),)"), DATA), /not one of a plain array/],
  'code for a type': [npy(head('(2,)', "__import__('os')"), DATA), /not one of a plain array/],
  'code after the dictionary': [npy(`${head('(2,)').trim()} or 1\n`, DATA), /more than type/],
  'a list, not a dictionary': [npy("['<f4', False, (2,)]\n", DATA), /not one of a plain array/],
  'a negative size': [npy(head('(-2,)'), DATA), /not one of a plain array/],
  'a size in hexadecimal': [npy(head('(0x2,)'), DATA), /not one of a plain array/],
  'a size with an exponent': [npy(head('(2e0,)'), DATA), /not one of a plain array/],
  'a size of nothing': [npy(head('(None,)'), DATA), /not one of a plain array/],
  'a size of 2⁵³': [npy(head('(9007199254740992,)'), DATA), /impossible/],
  'a size of a hundred digits': [npy(head(`(${'9'.repeat(100)},)`), DATA), /impossible/],
  'sizes whose product overflows': [npy(head('(4294967296, 4294967296)'), DATA), /impossible/],
  'sizes that overflow to zero elsewhere': [npy(head('(4294967296, 4294967296, 0)'), DATA), READ],
  '33 axes': [npy(head(`(${'1, '.repeat(33)})`), DATA), /impossible/],
  'more elements than bytes': [npy(head('(3,)'), DATA), /needs 12 bytes, but 8 follow/],
  'a terabyte in 8 bytes': [npy(head('(250000000000,)'), DATA), /needs 1000000000000 bytes, but 8 follow/],
  'a byte too few': [npy(head('(2,)'), 'abcdefg'), /needs 8 bytes, but 7 follow/],
  'bytes too many': [npy(head('(2,)'), 'abcdefghij'), READ],
  'complex numbers': [npy(head('(1,)', "'<c8'"), DATA), /type <c8, which are no numbers/],
  strings: [npy(head('(1,)', "'|S8'"), DATA), /\|S8, which are no numbers/],
  texts: [npy(head('(1,)', "'<U2'"), DATA), /<U2, which are no numbers/],
  'raw bytes': [npy(head('(1,)', "'|V8'"), DATA), /\|V8, which are no numbers/],
  dates: [npy(head('(1,)', "'<M8'"), DATA), /<M8, which are no numbers/],
  'long doubles': [npy(head('(1,)', "'<f16'"), DATA), /<f16, which are no numbers/],
  'floats of three bytes': [npy(head('(1,)', "'<f3'"), DATA), /<f3, which are no numbers/],
  'a structured type': [npy(head('(1,)', "[('a', '<f4'), ('b', '<f4')]"), DATA), /not one of a plain array/],
  'an order that is neither': [npy(head('(2,)', "'<f4'", 'Maybe'), DATA), /not one of a plain array/],
  'an object array without a pickle': [npy(head('(1,)', "'|O'")), /ends where a pickle should begin/],
  'an object array of a number': [npy(head('(1,)', "'|O'"), '\x80\x02K\x01.'), /something other than rows/],
  'an object array of nothing': [npy(head('(0,)', "'|O'"), '\x80\x02].'), /something other than rows/],
  'an object array of too few rows': [
    () =>
      golden('object-tables/utable.npy').map((byte, i, all) =>
        i === Buffer.from(all).indexOf('(90') + 1 ? 0x38 : byte,
      ),
    /something other than rows/,
  ],
  'an object array of two axes': [npy(head('(1, 1)', "'|O'"), '\x80\x02]Na.'), /something other than rows/],
  'an object array cut off': [() => golden('object-tables/utable.npy').slice(0, 1500), /ends in the middle|announced/],
  'nothing but the end of a line': ['\x93NUMPY\x01\0\x01\0\n', /not a \.npy|not one of a plain/],
}

const GOOD = npz({ W: original('swift_style.npy') })
const changed = (bytes: Uint8Array, at: number, ...by: number[]) => bytes.map((byte, i) => by[i - at] ?? byte)
const where = (text: string) => Buffer.from(GOOD).indexOf(text, 0, 'latin1')
const [CENTRAL, END] = [where('PK\x01\x02'), where('PK\x05\x06')]
const STYLE = golden('weights/swift_style.npy')

interface Entry {
  readonly name?: string
  readonly method?: number
  readonly packed: Uint8Array
  readonly size?: number
  readonly crc?: number
  readonly at?: number
}

/** An archive whose directory says what it is told to. */
function archive(entries: readonly Entry[], declared = entries.length): Uint8Array {
  const parts: Uint8Array[] = []
  const listed: Uint8Array[] = []
  let at = 0
  for (const {
    name = 'W.npy',
    method = 0,
    packed,
    size = packed.length,
    crc = crc32(packed),
    at: stated = at,
  } of entries) {
    const shared = fields([
      [2, 20],
      [2, 0],
      [2, method],
      [4, 0],
      [4, crc],
      [4, packed.length],
      [4, size],
      [2, name.length],
      [2, 0],
    ])
    parts.push(joined('PK\x03\x04', shared, name, packed))
    listed.push(
      joined(
        'PK\x01\x02\x14\0',
        shared,
        fields([
          [2, 0],
          [2, 0],
          [2, 0],
          [4, 0],
          [4, stated],
        ]),
        name,
      ),
    )
    at += 30 + name.length + packed.length
  }
  const directory = joined(...listed)
  return joined(
    ...parts,
    directory,
    'PK\x05\x06\0\0\0\0',
    fields([
      [2, declared],
      [2, declared],
      [4, directory.length],
      [4, at],
      [2, 0],
    ]),
  )
}

/** A member that is nothing but zeros. */
const zeros = (size: number, crc = 0) => ({ packed: deflatedZeros(size), size, crc, method: 8 })

const archives: Facts = {
  'the end of a directory alone': ['PK\x05\x06', /not a whole zip/],
  'an empty archive': [archive([]), READ],
  'a directory that is not there': [GOOD.slice(0, CENTRAL), /not a whole zip/],
  'an end that is cut': [GOOD.slice(0, -4), /not a whole zip/],
  'the beginning alone': [GOOD.slice(0, 200), /not a whole zip/],
  'the end alone': [GOOD.slice(CENTRAL), /unknown format/],
  'a directory beyond the file': [changed(GOOD, END + 16, 255, 255, 255, 127), READ],
  'a directory of 2 GB': [changed(GOOD, END + 12, 255, 255, 255, 127), READ],
  'more entries than there are': [changed(GOOD, END + 8, 9, 0, 9, 0), /not a whole zip/],
  'an archive in two parts': [changed(GOOD, END + 4, 1, 0), /not a whole zip/],
  'an entry beyond the file': [changed(GOOD, CENTRAL + 42, 255, 255, 0, 0), /not where the directory says/],
  'an entry in the middle of another': [changed(GOOD, CENTRAL + 42, 7), /not where the directory says/],
  'an entry of an unknown method': [changed(GOOD, CENTRAL + 10, 99), /cannot be inflated/],
  'an entry of LZMA': [changed(GOOD, CENTRAL + 10, 14), /cannot be inflated/],
  'an entry that is encrypted': [changed(GOOD, CENTRAL + 8, 1), /encrypted/],
  'a checksum that is wrong': [changed(GOOD, CENTRAL + 16, 1, 2, 3, 4), /checksum of W\.npy is wrong/],
  'a value that is wrong': [changed(GOOD, CENTRAL - 5, 77), /checksum of W\.npy is wrong/],
  'a stored size that differs from the packed one': [changed(GOOD, CENTRAL + 24, 9), /is said to have/],
  'a size of 4 GB': [changed(GOOD, CENTRAL + 24, 255, 255, 255, 127), /which no weights do|is said to have/],
  'a packed size of 2 GB': [changed(GOOD, CENTRAL + 20, 255, 255, 255, 127), /more bytes than the archive/],
  'a name of 64 KB': [changed(GOOD, CENTRAL + 28, 255, 255), READ],
  'an extra field of 64 KB': [changed(GOOD, CENTRAL + 30, 255, 255), READ],
  'a zip64 size without its field': [
    changed(GOOD, CENTRAL + 24, 255, 255, 255, 255),
    /not a whole zip|which no weights do|cannot be|is said/,
  ],
  'a member that is no array': [archive([{ packed: raw('no array') }]), /not a \.npy file/],
  'a member without content': [archive([{ packed: new Uint8Array() }]), /not a \.npy file/],
  'a deflated member that is not deflated': [archive([{ packed: STYLE, method: 8, size: 999 }]), /cannot be inflated/],
  'a deflated member that ends early': [
    archive([{ packed: deflateRawSync(STYLE).slice(0, 40), method: 8, size: STYLE.length, crc: crc32(STYLE) }]),
    /cannot be inflated/,
  ],
  'a deflated member of another size': [
    archive([{ packed: deflateRawSync(STYLE), method: 8, size: STYLE.length - 4, crc: crc32(STYLE) }]),
    /cannot be inflated/,
  ],
  'a bomb of 100 MB': [() => archive([zeros(100_000_000)]), /inflate to 100000000 bytes, which no weights do/],
  'a bomb that says it is small': [() => archive([{ ...zeros(100_000_000), size: 1000 }]), /cannot be inflated/],
  'a bomb of many entries in one place': [
    () => {
      const bomb = zeros(1_000_000)
      return archive(Array.from({ length: 1000 }, (_, i) => ({ ...bomb, name: `W${i}.npy`, at: 0 })))
    },
    /inflate to 1000000000 bytes, which no weights do/,
  ],
  'overlapping entries': [
    archive([
      { packed: STYLE, name: 'a.npy' },
      { packed: STYLE, name: 'b.npy', at: 0 },
    ]),
    READ,
  ],
  'twenty thousand entries': [
    () => archive(Array.from({ length: 20_000 }, (_, i) => ({ packed: new Uint8Array(), name: `${i}` }))),
    /more than 10000 entries/,
  ],
  'folders alone': [archive([{ packed: new Uint8Array(), name: 'a/' }]), READ],
  'a zip of the original files': [
    archive([{ packed: GOOD, name: 'neural_storyteller/romance.npz' }]),
    /zip archive of other files \(neural_storyteller\/romance\.npz\); give the folder that it lies in: /,
  ],
  'a document': [archive([{ packed: raw('<xml/>'), name: '[Content_Types].xml' }]), /zip archive of other files/],
  'names that lead away': [
    archive([
      { packed: STYLE, name: '../../../../evil.npy' },
      { packed: STYLE, name: '/etc/evil.npy' },
      { packed: STYLE, name: 'C:\\evil.npy' },
    ]),
    READ,
  ],
  'names that JavaScript knows': [
    archive([
      { packed: STYLE, name: '__proto__.npy' },
      { packed: STYLE, name: 'constructor.npy' },
    ]),
    READ,
  ],
  'a name of nothing': [archive([{ packed: STYLE, name: '' }]), READ],
  'the same name twice': [archive([{ packed: raw('x') }, { packed: STYLE }]), READ],
}

const varint = (value: number): string =>
  value < 128 ? String.fromCharCode(value) : String.fromCharCode((value % 128) + 128) + varint(Math.floor(value / 128))
const message = (field: number, ...parts: (string | Uint8Array)[]): Uint8Array => {
  const content = joined(...parts)
  return joined(varint(field * 8 + 2), varint(content.length), content)
}
const model = (blob: string | Uint8Array, layerName = 'fc8') =>
  joined(message(1, 'VGG'), message(100, message(1, layerName), message(7, blob)))
const numbers = message(5, 'abcdefgh')

const models: Facts = {
  'a name alone': ['\n\x05VGG19', /without a single layer/],
  'a name that is cut': ['\n\x50VGG19\xff\0', /unknown format|not a field/],
  'a layer without weights': [joined(message(1, 'VGG'), message(100, message(1, 'relu'))), /without a single layer/],
  'a layer longer than the file': [joined(message(1, 'VGG'), '\xa2\x06\xff\x7f'), /not a field/],
  'a layer of 2⁵⁰ bytes': [joined(message(1, 'VGG'), '\xa2\x06', varint(2 ** 50)), /not a field/],
  'a length of 2⁷⁰': [joined(message(1, 'VGG'), '\xa2\x06', '\xff'.repeat(10), '\x01'), /too large or cut short/],
  'a length that is cut': [joined(message(1, 'VGG'), '\xa2\x06\xff'), /too large or cut short/],
  'a key that is cut': [joined(message(1, 'VGG'), '\xa2'), /too large or cut short/],
  'field 0': [joined(message(1, 'VGG'), '\x02\x01x'), /not a field/],
  'a group': [joined(message(1, 'VGG'), '\x0b'), /not a field/],
  'wire type 7': [joined(message(1, 'VGG'), '\x0f'), /not a field/],
  'a fixed number that is cut': [joined(message(1, 'VGG'), '\x09abc'), /not a field/],
  'a blob without numbers': [model(message(7, message(1, '\x02'))), /fc8\[0\] has no numbers/],
  'numbers one by one': [model('\x2dabcd\x2dabcd'), /not packed in one piece/],
  'numbers twice': [model(joined(numbers, numbers)), /not packed in one piece/],
  'numbers of seven bytes': [
    model(joined(message(7, message(1, '\x02')), message(5, 'abcdefg'))),
    /makes 8 bytes, but there are 7/,
  ],
  'a shape of more': [model(joined(message(7, message(1, '\x03')), numbers)), /makes 12 bytes, but there are 8/],
  'a shape of less': [model(joined(message(7, message(1, '\x01')), numbers)), /makes 4 bytes, but there are 8/],
  'a shape of 2⁵²': [model(joined(message(7, message(1, varint(2 ** 52))), numbers)), /impossible|makes/],
  'a shape of 40 axes': [model(joined(message(7, message(1, '\x01'.repeat(40))), numbers)), /more than 32 axes/],
  'a shape that is cut': [model(joined(message(7, message(1, '\xff')), numbers)), /too large or cut short/],
  'no shape': [model(numbers), /makes 4 bytes, but there are 8/],
  'old axes of zero': [model(joined('\x08\0\x10\0\x18\0\x20\0', numbers)), /makes 0 bytes/],
  'a name of 5000 characters': [
    model(joined(message(7, message(1, '\x02')), numbers), 'x'.repeat(5000)),
    /more than 4096 bytes/,
  ],
  'a good model cut in a blob': [() => golden('weights/VGG_v1.caffemodel').slice(0, 9000), /not a field/],
  'a good model cut in the last blob': [() => golden('weights/VGG_v1.caffemodel').slice(0, -1), /not a field/],
}

const vectors: Facts = {
  'no vectors': [npy(head('(0, 32)')), /not that of vectors/],
  'vectors of nothing': [npy(head('(3, 0)')), /not that of vectors/],
  'a number alone': [npy(head('()'), 'abcd'), /not that of vectors/],
  'three axes': [npy(head('(2, 2, 2)'), new Uint8Array(32)), /not that of vectors/],
  'a NaN': [npy(head('(2,)'), '\0\0\0\0\0\0\xc0\x7f'), /value 1 of row 0 is not a finite number/],
  'an infinity': [npy(head('(1, 2)'), '\0\0\x80\x7f\0\0\0\0'), /value 0 of row 0/],
  'a double beyond floats': [npy(head('(1,)', "'<f8'"), '\0\0\0\0\0\0\xf0\x7e'), /value 0 of row 0/],
  'truth values': [npy(head('(2,)', "'|b1'"), 'ab'), /are no numbers/],
  objects: [npy(head('(2,)', "'|O'"), EVIL()), /are no numbers/],
  'a byte too few': [npy(head('(2,)'), 'abcdefg'), /make \d+/],
  'an archive': [GOOD, /not a \.npy file/],
  nothing: ['', /not a \.npy file/],
  'a text': ['0.5 0.5 0.5\n', /not a \.npy file/],
}

function EVIL(): string {
  return "cos\nsystem\n(S'touch PWNED'\ntR."
}

export const arrays = (): Malformed[] => [
  ...casesOf('npy', heads),
  ...casesOf('npz', archives),
  ...casesOf('caffemodel', models),
  ...casesOf('vectors', vectors),
]
