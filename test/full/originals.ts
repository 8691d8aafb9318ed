// The original's files at their published sizes, from a hash: tensors by the manifest that was recorded with the outputs, words and
// captions made up by the same hash. About 1.2 GB, tensor by tensor.

import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { hash } from '../../lib/core/random.ts'

export interface Seeded {
  readonly file: string
  readonly name: string
  readonly shape: readonly number[]
  readonly seed: number
  readonly scale: number
  /** [start, stop, step, value] over the flat index. */
  readonly overrides: readonly (readonly [number, number, number, number])[]
}

export interface Manifest {
  readonly seed: number
  readonly tensors: readonly Seeded[]
}

const CAPTIONS = 10_000
const VGG = 'vgg19.pkl'

/** Writes all files into `folder`; `onFile` hears of each. */
export function writeOriginals(folder: string, { seed, tensors }: Manifest, onFile: (name: string) => void): void {
  mkdirSync(folder, { recursive: true })
  writeTexts(folder, seed)
  for (const file of new Set(tensors.map(t => t.file))) {
    onFile(file)
    const mine = tensors.filter(t => t.file === file)
    const path = join(folder, file)
    if (file === VGG) writeVgg(path, mine)
    else if (file.endsWith('.npz')) writeNpz(path, mine)
    else for (const tensor of mine) writeFile(path, [npyHeader(tensor.shape), ...bytesOf(tensor)])
  }
}

function fnv1a(text: string): number {
  let h = 2166136261
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 16777619) >>> 0
  return h
}

const PART = 2 ** 22

/** A tensor's values, a part at a time. */
export function* bytesOf({ shape, seed, scale, overrides }: Seeded): Generator<Uint8Array> {
  const total = shape.reduce((n, d) => n * d, 1)
  const single = Math.fround(scale)
  for (let first = 0; first < total; first += PART) {
    const data = new Float32Array(Math.min(PART, total - first))
    for (let i = 0; i < data.length; i++) data[i] = ((hash(first + i, seed) >>> 8) * 2 ** -23 - 1) * single
    for (const [start, stop, step, value] of overrides) {
      const skipped = Math.max(0, Math.ceil((first - start) / step))
      for (let at = start + skipped * step; at < Math.min(stop, first + data.length); at += step)
        data[at - first] = value
    }
    yield new Uint8Array(data.buffer)
  }
}

const utf8 = new TextEncoder()

function npyHeader(shape: readonly number[]): Uint8Array {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.map(d => `${d},`).join(' ')}), }`
  const text = `${dictionary.padEnd(117)}\n`
  return utf8.encode(`?NUMPY\x01\0${String.fromCharCode(text.length, 0)}${text}`).map((b, i) => (i === 0 ? 0x93 : b))
}

export function writeFile(path: string, parts: Iterable<Uint8Array>): void {
  const file = openSync(path, 'w')
  try {
    for (const part of parts) for (let at = 0; at < part.length; ) at += writeSync(file, part, at)
  } finally {
    closeSync(file)
  }
}

/** A zip of stored .npy files. Each checksum stands before its bytes, so every tensor is made twice. */
export function writeNpz(path: string, tensors: readonly Seeded[]): void {
  const entries = tensors.map(tensor => {
    const header = npyHeader(tensor.shape)
    let [crc, size] = [crc32(header), header.length]
    for (const part of bytesOf(tensor)) {
      crc = crc32(part, crc)
      size += part.length
    }
    return { tensor, header, name: utf8.encode(`${tensor.name}.npy`), crc, size }
  })
  function* parts(): Generator<Uint8Array> {
    const central: Uint8Array[] = []
    let at = 0
    for (const { tensor, header, name, crc, size } of entries) {
      const common = words16([20, 0, 0, 0, 0x21], [crc, size, size], [name.length, 0])
      central.push(words16([0x4b50, 0x0201, 20]), common, words16([0, 0, 0], [0, at]), name)
      yield* [words16([0x4b50, 0x0403]), common, name, header]
      yield* bytesOf(tensor)
      at += 30 + name.length + size
    }
    const directory = central.reduce((n, part) => n + part.length, 0)
    yield* central
    yield words16([0x4b50, 0x0605, 0, 0, entries.length, entries.length], [directory, at], [0])
  }
  writeFile(path, parts())
}

/** 16-bit words, then 32-bit words, then 16-bit words, little-endian. */
function words16(first: number[], second: number[] = [], third: number[] = []): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * first.length + 4 * second.length + 2 * third.length))
  for (const [i, word] of first.entries()) view.setUint16(2 * i, word, true)
  for (const [i, word] of second.entries()) view.setUint32(2 * first.length + 4 * i, word, true)
  for (const [i, word] of third.entries()) view.setUint16(2 * first.length + 4 * second.length + 2 * i, word, true)
  return new Uint8Array(view.buffer)
}

/** Lasagne's dict, protocol 2: {'param values': [arrays]}. */
export function writeVgg(path: string, tensors: readonly Seeded[]): void {
  function* parts(): Generator<Uint8Array> {
    yield bytes('\x80\x02}U\x0cparam values]')
    for (const tensor of tensors) {
      const length = 4 * tensor.shape.reduce((n, d) => n * d, 1)
      yield bytes('cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\x01b\x87R(K\x01(')
      for (const size of tensor.shape) yield bytes('J', words16([], [size]))
      yield bytes('tcnumpy\ndtype\nU\x02f4K\0K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89T')
      yield words16([], [length])
      yield* bytesOf(tensor)
      yield bytes('tba')
    }
    yield bytes('s.')
  }
  writeFile(path, parts())
}

const bytes = (latin1: string, more: Uint8Array = new Uint8Array()): Uint8Array =>
  Uint8Array.of(...Array.from(latin1, c => c.charCodeAt(0)), ...more)

/** Dictionaries, captions and options. */
function writeTexts(folder: string, seed: number): void {
  const words = inventWords(26_000, seed)
  const skip = ['<eos>', 'UNK', '.', ',', 'a', 'the', 'of', 'on', "n't", "''", '``', ...words.slice(0, 19_989)]
  const embedding = ['a', 'the', 'of', 'on', '.', ...words.slice(0, 9995)]
  const decoder = [',', '.', 'the', 'a', '``', "''", "n't", 'I', ...words.slice(2000, 21_992)]
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  put('dictionary.txt', skip.map(word => `${word}\n`).join(''))
  put(
    'coco_train_caps.txt',
    captions(words, seed, CAPTIONS)
      .map(caption => `${caption}\n`)
      .join(''),
  )
  put('coco_embedding.npz.dictionary.pkl', dictionary(embedding))
  put('romance_dictionary.pkl', dictionary(decoder))
  put('uni_skip.npz.pkl', options({ dim: 2400, dim_word: 620 }))
  put('bi_skip.npz.pkl', options({ dim: 1200, dim_word: 620 }))
  put('coco_embedding.npz.pkl', options({ dim: 1024, dim_word: 300, dim_image: 4096, n_words: 9002 }))
  const sizes = { dim: 1600, dim_word: 620, dimctx: 4800, n_words: 20_000 }
  put('romance.npz.pkl', options(sizes, "S'doutput'\nI00\nsS'dictionary'\nS'romance_dictionary.pkl'\ns"))
}

export const options = (sizes: Readonly<Record<string, number>>, more = ''): string =>
  `(d${Object.entries(sizes)
    .map(([name, size]) => `S'${name}'\nI${size}\ns`)
    .join('')}${more}.`

export const dictionary = (words: readonly string[]): string =>
  `ccollections\nOrderedDict\n((l${words.map((word, i) => `(lS"${word}"\naI${i + 2}\naa`).join('')}tR.`

const ONSETS = ',b,br,c,ch,d,dr,f,fl,g,gr,h,j,k,l,m,n,p,pl,r,s,sh,sl,st,t,tr,v,w,y,z'.split(',')
const VOWELS = 'a,e,i,o,u,ai,ea,oo,ou,ie'.split(',')
const CODAS = ',,,n,r,s,l,t,m,nd,ck,st'.split(',')

/** Distinct pronounceable words of up to four syllables. */
export function inventWords(count: number, seed: number): string[] {
  const words = new Set<string>()
  const stream = (fnv1a('words') ^ seed) >>> 0
  for (let i = 0; words.size < count; i++) {
    const h = (k: number): number => hash(i * 16 + k, stream)
    const pick = (list: readonly string[], k: number): string => list[h(k) % list.length] ?? ''
    const syllables = 1 + (h(0) % 3) + (words.size > 1500 ? 1 : 0)
    let word = ''
    // The onset list has its empty entry last.
    for (let k = 0; k < syllables; k++)
      word += (ONSETS[(h(1 + 3 * k) + 1) % ONSETS.length] ?? '') + pick(VOWELS, 2 + 3 * k) + pick(CODAS, 3 + 3 * k)
    if (word.length >= 2) words.add(word)
  }
  return [...words]
}

/** Skewed towards common words; some captions use words that a table lacks. */
export function captions(words: readonly string[], seed: number, count: number): string[] {
  const stream = (fnv1a('captions') ^ seed) >>> 0
  return Array.from({ length: count }, (_, i) => {
    const h = (k: number): number => hash(i * 32 + k, stream)
    const pick = (k: number): string => {
      const u = (h(k) >>> 8) * 2 ** -24
      return words[Math.floor(u * u * u * (h(k) % 7 === 0 ? 21_000 : 3000))] ?? ''
    }
    const pairs = Array.from({ length: 2 + (h(0) % 5) }, (_, k) => [
      ['of', 'on', 'a', 'the'][h(3 + k) & 3] ?? '',
      pick(9 + k),
    ])
    const all = [h(1) & 1 ? 'a' : 'the', pick(2), ...pairs.flat(), pick(20), ...(h(21) & 1 ? ['.'] : [])]
    return all.join(' ')
  })
}
