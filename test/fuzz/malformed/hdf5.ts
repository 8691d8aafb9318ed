// HDF5 files that point where nothing is, at themselves, or at more than there is.

import { dataset, type Hdf5Group, hdf5 } from '../../support/hdf5-writer.ts'
import { golden, joined, raw } from '../../weights-converter/files.ts'
import { fields } from '../grammar/arrays.ts'
import { casesOf, type Facts, type Malformed, READ } from './case.ts'

const values = (count: number) => Array.from({ length: count }, (_, i) => i / 8)
const SIMPLE = hdf5({ attributes: { x: 1 }, children: { g: { children: { w: dataset([4], values(4)) } } } })
const TEXTS = hdf5({ attributes: { names: { variable: ['one', 'two'] } }, children: {} })
const CHUNKED = hdf5({ children: { w: dataset([600], values(600), { chunks: [100], filters: ['deflate'] }) } })
const COMPACT = hdf5({ children: { w: dataset([4], values(4), { isCompact: true }) } })
const LATEST = golden('../hdf5/latest.h5')

/** The file with a number of `width` bytes at a distance from the `nth` of a text. */
function changed(bytes: Uint8Array, text: string, offset: number, value: number, width = 8, nth = 0): () => Uint8Array {
  return () => {
    let at = -1
    for (let i = 0; i <= nth; i++) at = Buffer.from(bytes).indexOf(text, at + 1, 'latin1')
    if (at < 0) throw new Error(`there is no ${text}`)
    const out = bytes.slice()
    out.set(fields([[width, value]]), at + offset)
    return out
  }
}

const MAGIC = '\x89HDF\r\n\x1a\n'
/** The dataspace of one axis of so many elements. */
const SPACE = (size: number) => `\x01\x01\0\0\0\0\0\0${String.fromCharCode(size & 255, size >> 8)}`

const doors = (floors: number): Hdf5Group => {
  let house: Hdf5Group = { children: {} }
  for (let i = 0; i < floors; i++) house = { children: { a: house, b: house } }
  return house
}

const FACTS: Facts = {
  'the signature alone': [MAGIC, /cut short/],
  'half the signature': ['\x89HDF\r\n', READ],
  'zeros behind the signature': [joined(MAGIC, new Uint8Array(200)), /addresses of 0|cut short|should stand/],
  'version 9': [changed(SIMPLE, MAGIC, 8, 9, 1), /version 9 of HDF5/],
  'addresses of three bytes': [changed(SIMPLE, MAGIC, 13, 3, 1), /addresses of 3 and 8 bytes/],
  'addresses of no bytes': [changed(SIMPLE, MAGIC, 13, 0, 1), /addresses of 0/],
  'lengths of sixteen bytes': [changed(SIMPLE, MAGIC, 14, 16, 1), /addresses of 8 and 16/],
  'a base elsewhere': [changed(SIMPLE, MAGIC, 24, 512), /base address of 512/],
  'an end beyond the file': [changed(SIMPLE, MAGIC, 40, 10 ** 9), /it ends early/],
  'an end of 2⁶³': [changed(SIMPLE, MAGIC, 40, 2 ** 63), /too large/],
  'a root beyond the file': [changed(SIMPLE, MAGIC, 64, 10 ** 9), /ends before|cut short/],
  'a root that is none': [changed(SIMPLE, MAGIC, 64, 2 ** 64 - 2048), /too large|none|ends before/],
  'a root in the signature': [changed(SIMPLE, MAGIC, 64, 0), /version \d+ of an object|not known/],
  'a root in the data': [changed(SIMPLE, MAGIC, 64, SIMPLE.length - 16), /version|not known|cut short|ends before/],
  'a file cut in its heads': [SIMPLE.slice(0, 300), /ends early/],
  'a file cut by a byte': [SIMPLE.slice(0, -1), /ends early/],
  'a tree of chunks for a group': [changed(SIMPLE, 'TREE', 4, 1, 1), /a tree of another kind/],
  'a tree with 65535 entries': [changed(SIMPLE, 'TREE', 6, 65535, 2), /ends before|cut short|none|heads|should stand/],
  'a tree that is elsewhere': [changed(SIMPLE, 'TREE', 0, 0x58585858, 4), /TREE should stand here/],
  'a tree whose leaf is the tree': [changed(SIMPLE, 'TREE', 32, 0), /should stand here/],
  'a tree a hundred levels high': [changed(SIMPLE, 'TREE', 5, 100, 1), /should stand here|leads back/],
  'a heap of a terabyte': [changed(SIMPLE, 'HEAP', 8, 2 ** 40), /ends before/],
  'a heap that is elsewhere': [changed(SIMPLE, 'HEAP', 24, 2 ** 40), /ends before/],
  'a heap of another version': [changed(SIMPLE, 'HEAP', 4, 9, 1), /version 9 of a heap/],
  'a table of 65535 names': [changed(SIMPLE, 'SNOD', 6, 65535, 2), /ends before|outside the heap|heads/],
  'a name outside the heap': [changed(SIMPLE, 'SNOD', 8, 2 ** 20), /a name outside the heap/],
  'an object beyond the file': [changed(SIMPLE, 'SNOD', 16, 2 ** 40), /ends before|cut short/],
  'an object in the superblock': [changed(SIMPLE, 'SNOD', 16, 0), /version \d+ of an object/],
  'two to the fifteenth groups': [() => hdf5(doors(14)), /more than 5000 objects/],
  'forty groups deep': [
    () => {
      let deep: Hdf5Group = { children: {} }
      for (let i = 0; i < 40; i++) deep = { children: { a: deep } }
      return hdf5(deep)
    },
    /more than 32 deep/,
  ],
  'no groups': [hdf5({ children: {} }), READ],
  'names that lead away': [hdf5({ children: { '..': { children: { '/etc/passwd': dataset([1], [1]) } } } }), READ],
  'names that JavaScript knows': [
    hdf5({ children: { ['__proto__']: dataset([1], [1]), constructor: dataset([1], [2]) } }),
    READ,
  ],
  'texts in a collection that is elsewhere': [changed(TEXTS, 'GCOL', 0, 0x58585858, 4), /GCOL should stand here/],
  'a collection of a terabyte': [changed(TEXTS, 'GCOL', 8, 2 ** 40), /ends before/],
  'a collection smaller than its head': [changed(TEXTS, 'GCOL', 8, 0), /nowhere/],
  'a text that is not in its collection': [changed(TEXTS, 'GCOL', 16, 9, 2), /nowhere/],
  'a text longer than its collection': [changed(TEXTS, 'GCOL', 24, 2 ** 40), /cut short|nowhere/],
  'more elements than bytes': [changed(SIMPLE, SPACE(4), 8, 5), /makes 20 bytes/],
  'fewer elements than bytes': [changed(SIMPLE, SPACE(4), 8, 3), /makes 12 bytes/],
  'a dataset of 2⁵⁰': [changed(SIMPLE, SPACE(4), 8, 2 ** 50), /makes|impossible/],
  'a dataset of 2⁶³': [changed(SIMPLE, SPACE(4), 8, 2 ** 63), /too large/],
  'forty axes': [changed(SIMPLE, SPACE(4), 1, 40, 1), /axes|cut short/],
  'a compact dataset of more': [changed(COMPACT, SPACE(4), 8, 400), /makes 1600 bytes/],
  'a chunk beyond the file': [changed(CHUNKED, 'TREE', 24, 2 ** 31, 4), /beyond the end/],
  'a chunk of three bytes': [changed(CHUNKED, 'TREE', 24, 3, 4), /a chunk is damaged/],
  'a chunk that was not filtered': [changed(CHUNKED, 'TREE', 28, 0xffffffff, 4), /a chunk is damaged/],
  'a chunk outside its dataset': [changed(CHUNKED, SPACE(600), 8, 500), /outside its dataset/],
  'chunks that are missing': [changed(CHUNKED, SPACE(600), 8, 601), /never written/],
  'chunks for a terabyte': [changed(CHUNKED, SPACE(600), 8, 2 ** 38), /too large or too many/],
  'chunks by a filter that is unknown': [
    changed(CHUNKED, 'deflate', -8, 32015, 2),
    /filter 32015, which is not known here/,
  ],
  'ten thousand filters': [changed(CHUNKED, 'deflate', -16, 255, 1), /filters|cut short|filter \d+/],
  'a new file without its heads': [LATEST.slice(0, 48), /ends early/],
  'a new file with a header that is none': [
    changed(LATEST, 'OHDR', 0, 0x58585858, 4),
    /OHDR should stand here|version|not known/,
  ],
  'a new file with a header of another version': [changed(LATEST, 'OHDR', 4, 7, 1), /version 7/],
  'a new file with a header of all flags': [
    changed(LATEST, 'OHDR', 5, 255, 1),
    /ends before|cut short|too large|header|version|heads/,
  ],
  'a new file with a heap of nothing': [changed(LATEST, 'FRHP', 4, 9, 1), /version 9 of a heap/],
  'a new file with an index of something else': [changed(LATEST, 'BTHD', 5, 8, 1), /an index of something else/],
  'a new file with an index of 2³² entries': [changed(LATEST, 'BTHD', 6, 0xffffffff, 4), /ends before/],
  'a text that begins like one': [raw(`${MAGIC}hello\n`), /version \d+ of HDF5|cut short/],
}

export const hdf5Files = (): Malformed[] => casesOf('hdf5', FACTS)
