// The original's files at the sizes they were published with, made up from a hash, a set of them at a time: the word tables as object
// arrays of 930,911 rows, encoders with the decoders they were trained with, a decoder of 40,000 words, 414,000 captions, and VGG-19 in
// each of its three forms. 4.7 GB, or 5.8 with all forms of VGG-19.

import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hash } from '../../lib/core/random.ts'
import {
  bytesOf,
  captions,
  dictionary,
  inventWords,
  type Manifest,
  options,
  type Seeded,
  writeFile,
  writeNpz,
  writeVgg,
} from '../full/originals.ts'
import { type Hdf5Dataset, hdf5Parts } from '../support/hdf5-writer.ts'
import { objectTable } from '../support/object-table.ts'

export const WORDS = 930_911
export const CAPTIONS = 414_000
const COLUMNS = 620
const DECODER_WORDS = 40_000
const SEED = 20_150

/** Arrays of other sizes than those of `npm run test:full`, and ones that only make the files as large as they were. */
const RESIZED: Readonly<Record<string, readonly number[]>> = {
  'romance.npz Wemb': [DECODER_WORDS, COLUMNS],
  'romance.npz ff_logit_W': [1600, DECODER_WORDS],
  'romance.npz ff_logit_b': [DECODER_WORDS],
}
const MORE: Readonly<Record<string, readonly number[]>> = {
  'uni_skip.npz': [6590, 20_000],
  'bi_skip.npz': [1910, 20_000],
}

/** Writes everything but VGG-19. */
export function writeSet(folder: string, { tensors }: Manifest, onFile: (name: string) => void): void {
  mkdirSync(folder, { recursive: true })
  onFile('utable.npy')
  writeFile(join(folder, 'utable.npy'), objectTable(WORDS, COLUMNS, tableRow()))
  // The same file under two names: what is read and written is the same, the disk holds it once.
  linkSync(join(folder, 'utable.npy'), join(folder, 'btable.npy'))
  for (const file of ['uni_skip.npz', 'bi_skip.npz', 'coco_embedding.npz', 'romance.npz']) {
    onFile(file)
    const arrays = tensors.filter(tensor => tensor.file === file).map(resized)
    const more = MORE[file]
    const filler = more && { file, name: 'ff_logit_W', shape: more, seed: 1, scale: 0.1, overrides: [] }
    writeNpz(join(folder, file), filler === undefined ? arrays : [...arrays, filler])
  }
  for (const style of tensors.filter(({ file }) => file.endsWith('_style.npy')))
    writeFile(join(folder, style.file), [npyVector(style.shape[0] ?? 0), ...bytesOf(style)])
  writeTexts(folder)
}

const resized = (tensor: Seeded): Seeded => ({
  ...tensor,
  shape: RESIZED[`${tensor.file} ${tensor.name}`] ?? tensor.shape,
})

/** Rows of a table: pieces of one stretch of random numbers. */
function tableRow(): (index: number) => Float32Array {
  const stretch = 2 ** 20
  const numbers = Float32Array.from({ length: stretch + COLUMNS }, (_, i) => (hash(i, SEED) >>> 8) * 2 ** -24 - 0.5)
  return index => {
    const start = (index * 7919) % stretch
    return numbers.subarray(start, start + COLUMNS)
  }
}

function npyVector(size: number): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${size},), }`
  return new Uint8Array(Buffer.from(`\x93NUMPY\x01\0\x76\0${header.padEnd(117)}\n`, 'latin1'))
}

function writeTexts(folder: string): void {
  const words = inventWords(60_000, SEED)
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  const table = ['<eos>', 'UNK', ...words, ...Array.from({ length: WORDS }, (_, i) => `w${i.toString(36)}`)]
  put('dictionary.txt', lines(table.slice(0, WORDS)))
  put('coco_train_caps.txt', lines(captions(words, SEED, CAPTIONS)))
  put('coco_embedding.npz.dictionary.pkl', dictionary(words.slice(0, 10_000)))
  put('romance_dictionary.pkl', dictionary(words.slice(0, DECODER_WORDS)))
  put('uni_skip.npz.pkl', options({ dim: 2400, dim_word: COLUMNS }))
  put('bi_skip.npz.pkl', options({ dim: 1200, dim_word: COLUMNS }))
  put('coco_embedding.npz.pkl', options({ dim: 1024, dim_word: 300, dim_image: 4096, n_words: 9002 }))
  const sizes = { dim: 1600, dim_word: COLUMNS, dimctx: 4800, n_words: DECODER_WORDS }
  put('romance.npz.pkl', options(sizes, "S'doutput'\nI00\ns"))
}

const lines = (all: readonly string[]): string => all.map(line => `${line}\n`).join('')

export const VGG_FORMS = ['vgg19.pkl', 'vgg19.caffemodel', 'vgg19.h5'] as const

/** VGG-19 in one of its forms. */
export function writeVggForm(path: string, form: (typeof VGG_FORMS)[number], { tensors }: Manifest): void {
  const layers = tensors.filter(({ file }) => file === 'vgg19.pkl')
  if (form === 'vgg19.pkl') writeVgg(path, layers)
  else writeFile(path, form === 'vgg19.h5' ? kerasParts(layers) : caffeParts(layers))
}

const bytesIn = ({ shape }: Seeded): number => shape.reduce((n, d) => n * d, 4)

/** A NetParameter of V1LayerParameters. */
function* caffeParts(tensors: readonly Seeded[]): Generator<Uint8Array> {
  yield message(1, 'VGG_ILSVRC_19_layers'.length, 'VGG_ILSVRC_19_layers')
  for (let i = 0; i < tensors.length; i += 2) {
    const blobs = tensors.slice(i, i + 2).map(tensor => ({ tensor, head: blobHead(tensor) }))
    const name = blobs[0]?.tensor.name.replace(/\.W$/, '') ?? ''
    const named = message(4, name.length, name)
    const sizes = blobs.map(({ tensor, head }) => head.length + bytesIn(tensor))
    const keys = sizes.map(size => message(6, size))
    const size = named.length + [...keys.map(key => key.length), ...sizes].reduce((n, d) => n + d, 0)
    yield message(2, size)
    yield named
    for (const [j, { tensor, head }] of blobs.entries()) {
      yield keys[j] ?? new Uint8Array()
      yield head
      yield* bytesOf(tensor)
    }
  }
}

/** Four old axes, a matrix as [1, 1, out, in]; then the key of the numbers. */
function blobHead(tensor: Seeded): Uint8Array {
  const shape = tensor.name.startsWith('fc') ? tensor.shape.toReversed() : tensor.shape
  const axes = [1, 1, 1, 1, ...shape].slice(-4)
  return Buffer.concat([...axes.map((size, i) => varints(8 * (i + 1), size)), message(5, bytesIn(tensor))])
}

const message = (field: number, length: number, text = ''): Uint8Array =>
  Buffer.concat([varints(8 * field + 2, length), Buffer.from(text)])

function varints(...values: number[]): Uint8Array {
  const bytes: number[] = []
  for (const value of values)
    for (let rest = value, isFirst = true; isFirst || rest > 0; rest = Math.floor(rest / 128), isFirst = false)
      bytes.push((rest % 128) + (rest >= 128 ? 128 : 0))
  return Uint8Array.from(bytes)
}

/** The layout of Keras 1; the numbers come as the hash has them, in Keras's order of axes. */
function kerasParts(tensors: readonly Seeded[]): Generator<Uint8Array> {
  const names = new Map([...'678'].map((n, i) => [`fc${n}`, ['fc1', 'fc2', 'predictions'][i] ?? '']))
  const layer = (name: string): string => names.get(name) ?? name.replace('conv', 'block').replace('_', '_conv')
  const groups = new Map<string, Record<string, Hdf5Dataset>>()
  for (const tensor of tensors) {
    const [name = '', kind = ''] = tensor.name.split('.')
    const shape = tensor.shape.length === 4 ? [3, 3, tensor.shape[1] ?? 0, tensor.shape[0] ?? 0] : tensor.shape
    const group = groups.get(layer(name)) ?? {}
    group[`${layer(name)}_${kind}_1:0`] = { shape, dtype: '<f4', data: () => bytesOf(tensor) }
    groups.set(layer(name), group)
  }
  const children = Object.fromEntries([...groups].map(([name, group]) => [name, { children: group }]))
  return hdf5Parts({ attributes: { layer_names: [...groups.keys()] }, children })
}
