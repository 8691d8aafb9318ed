// Pickles from a grammar: whole values in any protocol, and opcodes in any order with arguments that fit or do not.

import * as fc from 'fast-check'
import { joined, raw } from '../../weights-converter/files.ts'

const u4 = (n: number): string => String.fromCharCode(n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >>> 24) & 255)

const DTYPE = 'cnumpy\ndtype\n(U\x02f4K\0K\x01tR(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb'
const array = (rows: number, columns: number, data: string): string =>
  `cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85U\x01btR(K\x01K${String.fromCharCode(rows)}K${String.fromCharCode(columns)}\x86${DTYPE}\x89U${String.fromCharCode(data.length)}${data}tb`

const short = fc.string({ maxLength: 12 }).map(text => text.replaceAll(/[^ -~]/g, '?'))
const leaf = fc.oneof(
  fc.constantFrom(
    'N',
    '\x88',
    '\x89',
    'I00\n',
    'I01\n',
    'K\x07',
    'M\x01\x02',
    'J\xff\xff\xff\xff',
    'G\x3f\xf0\0\0\0\0\0\0',
  ),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(value => `L${value}L\n`),
  fc.double().map(value => `F${value}\n`),
  short.map(text => `U${String.fromCharCode(text.length)}${text}`),
  short.map(text => `X${u4(text.length)}${text}`),
  short.map(text => `S'${text.replaceAll(/['\\]/g, '')}'\n`),
  short.map(text => `V${text.replaceAll('\\', '')}\n`),
  fc.tuple(fc.nat(3), fc.nat(3)).map(([rows, columns]) => array(rows, columns, '\x01'.repeat(4 * rows * columns))),
)

/** A value as opcodes that leave it on the stack. */
const { value } = fc.letrec<{ value: string }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }).map(items => `](${items.join('')}e`),
    fc.array(tie('value'), { maxLength: 4 }).map(items => `(${items.join('')}t`),
    fc
      .array(fc.tuple(short, tie('value')), { maxLength: 4 })
      .map(items => `}(${items.map(([key, item]) => `U${String.fromCharCode(key.length)}${key}${item}`).join('')}u`),
    fc
      .array(fc.tuple(short, tie('value')), { maxLength: 3 })
      .map(
        items =>
          `ccollections\nOrderedDict\n((l${items.map(([key, item]) => `(lU${String.fromCharCode(key.length)}${key}a${item}aa`).join('')}tR`,
      ),
    fc.array(tie('value'), { maxLength: 3 }).map(items => `c__builtin__\nset\n](${items.join('')}e\x85R`),
    fc.tuple(tie('value'), fc.nat(3)).map(([item, key]) => `${item}q${String.fromCharCode(key)}`),
  ),
}))

const PIECES: readonly string[] = [
  ...'(.012NRabdelstu}])',
  ...[
    '\x81',
    '\x85',
    '\x86',
    '\x87',
    '\x88',
    '\x89',
    '\x8f',
    '\x90',
    '\x91',
    '\x92',
    '\x93',
    '\x94',
    '\x97',
    '\x98',
    'o',
    'Q',
  ],
  ...[
    'h\0',
    'q\0',
    'h\x01',
    'q\x01',
    'g0\n',
    'p0\n',
    'j\x02\0\0\0',
    'r\x02\0\0\0',
    'p999999999\n',
    'r\xff\xff\xff\xff',
  ],
  ...['\x82\x01', '\x83\x01\0', '\x84\x01\0\0\0', 'Pid\n', '\x80\x02', '\x80\x04', '\x95\x08\0\0\0\0\0\0\0'],
  ...[
    'cnumpy\nndarray\n',
    'cnumpy\ndtype\n',
    'cnumpy.core.multiarray\n_reconstruct\n',
    'cnumpy.core.multiarray\nscalar\n',
  ],
  ...[
    'ccollections\nOrderedDict\n',
    'ccollections\ndefaultdict\n',
    'c_codecs\nencode\n',
    'c__builtin__\nset\n',
    'c__builtin__\nbytes\n',
  ],
  ...['ccopy_reg\n_reconstructor\n', 'cnltk.tokenize.punkt\nPunktParameters\n', 'cnumpy.core.numeric\n_frombuffer\n'],
  ...['cos\nsystem\n', 'ios\nsystem\n', 'c__builtin__\neval\n', '\x8c\x02os\x8c\x06system\x93'],
  ...[
    DTYPE,
    array(1, 1, 'abcd'),
    '\x96\x04\0\0\0\0\0\0\0abcd',
    'U\x02f4',
    '(K\x01K\x01\x85',
    'C\x01\xff',
    'T\x04\0\0\0abcd',
  ],
]

const opcodes = fc.array(fc.oneof(fc.constantFrom(...PIECES), value), { maxLength: 40 }).map(pieces => pieces.join(''))

const start = fc.constantFrom('', '\x80\x02', '\x80\x03', '\x80\x04\x95\x20\0\0\0\0\0\0\0', '\x80\x05')

/** As the readers of weights see them. */
export const pickles: fc.Arbitrary<Uint8Array> = fc
  .tuple(start, fc.oneof(value, opcodes), fc.constantFrom('.', '.', '.', '', '..', '.garbage'))
  .map(([head, body, end]) => raw(`${head}${body}${end}`))

/** A pickle behind the head of an object array. */
export const objectArrays: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.constantFrom('|O', 'O', '|O8'), fc.constantFrom('(2,)', '()', '(1, 2)', '(1000000,)', '(-1,)'), pickles)
  .map(([descr, shape, pickle]) => {
    const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`
    return joined('\x93NUMPY\x01\0', String.fromCharCode(header.length, 0), header, pickle)
  })
