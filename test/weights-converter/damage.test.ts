// Random damage to every kind of file: bytes flipped, overwritten, cut out, cut off. Whatever comes of it is a value or a FileError,
// never another exception and never an endless wait. A failing case prints the seed and path that run it again.

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError } from '../../lib/core/errors.ts'
import { inspectFile } from '../../weights-converter/inspect.ts'
import { dataset, hdf5 } from '../support/hdf5-writer.ts'
import { golden, joined, memory, raw } from './files.ts'
import { PYTHON3 } from './formats/pickle/python3-pickles.ts'

/** Some of the good files of each format; the larger ones cut to a size that runs a few hundred times. */
const FILES: Record<string, readonly Uint8Array[]> = {
  npy: ['good_f4', 'good_v2', 'good_fortran', 'good_bigendian_f8', 'good_scalar', 'good_long_shape'].map(name =>
    golden(`bad/${name}.npy`),
  ),
  'object npy': [golden('object-tables/utable.npy')],
  npz: ['stored', 'deflate', 'zip64', 'data_descriptor'].map(name => golden(`bad/good_${name}.npz`)),
  'pickle 0': ['misc.p0', 'arrays.p0', 'romance.npz.slow-p0'].map(name => golden(`pickles-py2/${name}.pkl`)),
  'pickle 1': ['misc.p1', 'arrays.slow-p1'].map(name => golden(`pickles-py2/${name}.pkl`)),
  'pickle 2': ['misc.p2', 'arrays.p2', 'romance_dictionary.p2'].map(name => golden(`pickles-py2/${name}.pkl`)),
  'pickle 3 to 5': ['protocol3', 'protocol4', 'protocol5'].map(name => PYTHON3.get(name) ?? raw('')),
  'options and words': [golden('weights/romance.npz.pkl'), golden('weights/coco_embedding.npz.dictionary.pkl')],
  // Its heads are near the beginning; the rest is numbers.
  caffemodel: [golden('weights/VGG_v1.caffemodel'), golden('weights/VGG_ILSVRC_19_layers.caffemodel')],
  hdf5: [
    golden('../hdf5/compact.h5'),
    golden('../hdf5/latest.h5'),
    hdf5({
      attributes: { layer_names: ['a', 'b'], version: { variable: ['2.0'] } },
      children: {
        a: {
          children: { 'W:0': dataset([3, 2], [1, 2, 3, 4, 5, 6]), 'b:0': dataset([2], [1, 2], { isCompact: true }) },
        },
        b: dataset([5, 3], Array(15).fill(1), { chunks: [2, 2], filters: ['shuffle', 'deflate'] }),
      },
    }),
  ],
  text: [golden('weights/dictionary.txt'), golden('bad/caps_crlf.txt')],
}

type Damage = { readonly at: number; readonly byte: number; readonly kind: 'flip' | 'set' | 'cut' | 'end' | 'double' }

function damaged(bytes: Uint8Array, damages: readonly Damage[]): Uint8Array {
  let out: Uint8Array = bytes.slice()
  for (const { at, byte, kind } of damages) {
    if (out.length === 0) break
    const index = at % out.length
    const length = 1 + (byte % 8)
    if (kind === 'flip') out[index] = (out[index] ?? 0) ^ (1 << (byte % 8))
    else if (kind === 'set') out[index] = byte
    else if (kind === 'cut') out = joined(out.slice(0, index), out.slice(index + length))
    else if (kind === 'double') out = joined(out.slice(0, index + length), out.slice(index))
    else out = out.slice(0, index)
  }
  return out
}

// Half of the damage is near the beginning, where heads and opcodes are.
const place = fc.oneof(fc.nat(300), fc.nat(1_000_000))
const damage = fc.record({
  at: place,
  byte: fc.nat(255),
  kind: fc.constantFrom<Damage['kind']>('flip', 'flip', 'set', 'set', 'cut', 'end', 'double'),
})

const LIMIT_MS = 20_000

/** Reads a file as `inspect` does. Rejects where anything but a FileError is thrown, or nothing happens for long. */
async function survives(bytes: Uint8Array): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it hangs')), LIMIT_MS)
  })
  try {
    const { arrays } = await Promise.race([inspectFile(memory(bytes)), hang])
    for (const { shape, sha256 } of arrays) assert.ok(shape.every(Number.isSafeInteger) && sha256.length === 64)
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    assert.ok(error.cure.length > 0 && error.message.length < 2000, error.message)
  } finally {
    clearTimeout(timer)
  }
}

for (const [format, files] of Object.entries(FILES))
  test(`${format}: damaged at random`, async () => {
    for (const bytes of files) await survives(bytes)
    const property = fc.asyncProperty(
      fc.nat(files.length - 1),
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      (file, damages) => survives(damaged(files[file] ?? raw(''), damages)),
    )
    await fc.assert(property, { seed: 2024, numRuns: format === 'caffemodel' ? 200 : 400 })
  })

test('bytes at random behind the beginnings of each format', async () => {
  const heads = [
    '\x93NUMPY\x01\0',
    "\x93NUMPY\x01\0\x76\0{'descr': '|O', 'fortran_order': False, 'shape': (",
    'PK\x03\x04',
    'PK\x05\x06',
    '\x80\x02',
    '\x80\x04\x95',
    '(dp1\n',
    'cnumpy\ndtype\n(',
    '\n\x05VGG19',
    '\x12',
    '\xa2\x06',
    '',
  ]
  const property = fc.asyncProperty(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 200 }), (head, rest) =>
    survives(joined(head, rest)),
  )
  await fc.assert(property, { seed: 7, numRuns: 1500 })
})

test('opcodes at random', async () => {
  const piece = fc.constantFrom(
    ...[
      '(',
      '.',
      '0',
      '1',
      '2',
      'N',
      'R',
      'a',
      'b',
      'd',
      'e',
      'l',
      's',
      't',
      'u',
      '}',
      ']',
      ')',
      '\x81',
      '\x85',
      '\x86',
      '\x87',
    ],
    ...[
      '\x88',
      '\x8f',
      '\x90',
      '\x91',
      '\x93',
      '\x94',
      'K\x01',
      'h\0',
      'q\0',
      'h\x01',
      'q\x01',
      'U\x01a',
      'X\x01\0\0\0a',
      'I5\n',
      "S'x'\n",
    ],
    ...[
      'cnumpy\nndarray\n',
      'cnumpy\ndtype\n',
      'cnumpy.core.multiarray\n_reconstruct\n',
      'ccollections\nOrderedDict\n',
      'U\x02f4',
    ],
    ...[
      'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR',
      'cnumpy\ndtype\n(U\x02f4tR',
      '(K\x01K\x01\x85',
    ],
    ...[
      'c__builtin__\nset\n',
      'c_codecs\nencode\n',
      'ccopy_reg\n_reconstructor\n',
      'cnltk.tokenize.punkt\nPunktParameters\n',
    ],
  )
  const property = fc.asyncProperty(fc.array(piece, { maxLength: 60 }), pieces =>
    survives(joined('\x80\x02', ...pieces, '.')),
  )
  await fc.assert(property, { seed: 99, numRuns: 3000 })
})

test.run()
