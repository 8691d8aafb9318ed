// The parts of a model, found in a folder of originals and checked against each other, before anything is written.

import { FileError } from '../lib/core/errors.ts'
import type { NetOptions } from '../lib/io/manifest.ts'
import { wordsById } from '../lib/io/vocabularies.ts'
import type { NetName } from './contents.ts'
import { checkSizes, type OptionValues, readDictionary, readOptions } from './dictionaries.ts'
import { textOf } from './formats/pickle/values.ts'
import { decoder } from './nets/decoder.ts'
import { type ArrayFile, asIs, type NetTensor } from './nets/net.ts'
import { biSkip, uniSkip } from './nets/skip-thoughts.ts'
import { caffeVgg19, kerasVgg19, lasagneVgg19 } from './nets/vgg19.ts'
import { visualSemantic } from './nets/visual-semantic.ts'
import { MissingFileError, type Original, type Originals } from './originals.ts'

/** What a part is made of. */
export interface Part {
  readonly tensors: readonly NetTensor[]
  readonly nets?: NetOptions
  readonly dictionary?: { readonly name: 'embedding' | 'decoder'; readonly words: [string, number][] }
  /** Files used, with what for. */
  readonly sources: readonly { readonly original: Original; readonly role: string }[]
}

const TOGETHER = 'take all files from one and the same training'

const arraysOf = ({ path, contents }: Original): ArrayFile => ({
  file: path,
  names: contents.names,
  array: name => contents.array(name),
})

/** A net's part. @throws FileError where arrays, options or dictionary are absent or do not go together. */
export async function netPart(name: NetName, original: Original, originals: Originals): Promise<Part> {
  const file = arraysOf(original)
  if (name === 'vgg19') return vgg19Part(original, file)
  const beside = optionsBeside(original, originals)
  const options = readOptions(beside.contents.value, beside.path)
  const sources = [
    { original, role: name },
    { original: beside, role: `options of ${name}` },
  ]
  if (name === 'uni-skip' || name === 'bi-skip') {
    const net = await (name === 'uni-skip' ? uniSkip(file) : biSkip(file))
    checkSizes(options, { dim: net.options.dim, dim_word: net.options.dimWord }, original.name)
    return { tensors: net.tensors, nets: { [name]: net.options }, sources }
  }
  const dictionary = dictionaryOf(name, original, options, originals)
  const words = readDictionary(dictionary.contents.value, dictionary.path)
  sources.push({ original: dictionary, role: `dictionary of ${name}` })
  if (name === 'embedding') {
    const net = await visualSemantic(file)
    const { dim, dimWord, dimImage, nWords } = net.options
    checkSizes(options, { dim, dim_word: dimWord, dim_image: dimImage, n_words: nWords }, original.name)
    checkEncoder(options, net.options.encoder, original)
    checkWords(dictionary, words, nWords, original)
    return { tensors: net.tensors, nets: { embedding: net.options }, dictionary: { name, words }, sources }
  }
  const net = await decoder(file, options)
  const { dim, dimWord, dimContext, nWords } = net.options
  checkSizes(options, { dim, dim_word: dimWord, dimctx: dimContext, n_words: nWords }, original.name)
  checkWords(dictionary, words, nWords, original)
  return { tensors: net.tensors, nets: { decoder: net.options }, dictionary: { name, words }, sources }
}

/** @throws FileError where the options name another encoder than the arrays are of. */
function checkEncoder({ file, values }: OptionValues, encoder: 'gru' | 'bow', { name }: Original): void {
  const stated = textOf(values.get('encoder') ?? null)
  if ((stated !== 'gru' && stated !== 'bow') || stated === encoder) return
  throw new FileError(`encoder is ${stated}, but the arrays of ${name} are those of ${encoder}`, {
    file,
    cure: TOGETHER,
  })
}

/** Every row, and every id that a decoder can choose, needs a word. */
function checkWords(dictionary: Original, words: [string, number][], nWords: number, { name }: Original): void {
  const known = wordsById(new Map(words))
  const without = Array.from({ length: nWords }, (_, id) => id).filter(id => !known.has(id))
  if (without.length === 0) return
  throw new FileError(
    `has ${words.length} words, but none for ${without.length} of the ${nWords} ids of ${name} (${without[0]} is the first)`,
    { file: dictionary.path, cure: 'take the dictionary that it was trained with' },
  )
}

async function vgg19Part(original: Original, file: ArrayFile): Promise<Part> {
  const { format } = original.contents
  const read = format === 'pickle' ? lasagneVgg19 : format === 'hdf5' ? kerasVgg19 : caffeVgg19
  const { options, tensors } = await read(file)
  return { tensors, nets: { vgg19: options }, sources: [{ original, role: 'vgg19' }] }
}

/** NAME.npz.pkl lies beside NAME.npz. */
function optionsBeside({ name, path }: Original, originals: Originals): Original {
  const beside = originals.named(`${name}.pkl`)
  if (beside !== undefined) return beside
  throw new MissingFileError(`its options file ${name}.pkl is missing`, {
    file: path,
    cure: 'put it beside the weights',
  })
}

/** By the name in the decoder's options, by its own name, or the only one that is left. */
function dictionaryOf(
  net: 'embedding' | 'decoder',
  { name, path }: Original,
  { values }: OptionValues,
  originals: Originals,
): Original {
  const stated = net === 'decoder' ? baseName(values.get('dictionary')) : undefined
  const wanted = net === 'embedding' ? [`${name}.dictionary.pkl`] : decoderDictionaries(name, stated)
  for (const file of wanted) {
    const found = originals.named(file)
    if (found !== undefined) return found
  }
  const others = originals.all('dictionary').filter(file => OF_EMBEDDING.test(file.name) === (net === 'embedding'))
  const [only, ...more] = others
  if (only !== undefined && more.length === 0) return only
  const place = { file: path, cure: `put the dictionary it was trained with beside it as ${wanted[0]}` }
  if (others.length === 0) throw new MissingFileError(`its dictionary (${wanted[0]}) is missing`, place)
  const names = others.map(file => file.name).join(', ')
  throw new FileError(`several dictionaries could be its own: ${names}`, place)
}

const OF_EMBEDDING = /\.npz\.dictionary\.pkl$/

/** As its options state it; NAME_dictionary.pkl for NAME.npz; and for NAME_doutput.npz, which shares one. */
function decoderDictionaries(npz: string, stated: string | undefined): string[] {
  const folder = npz.slice(0, npz.lastIndexOf('/') + 1)
  const own = npz.replace(/\.npz$/, '')
  const shared = own.replace(/_[^_/]*$/, '')
  const names = [own, shared].map(stem => `${stem}_dictionary.pkl`)
  return [...new Set(stated === undefined ? names : [`${folder}${stated}`, ...names])]
}

function baseName(value: unknown): string | undefined {
  const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : value
  return typeof text === 'string' ? text.split(/[/\\]/).at(-1) : undefined
}

/** A word table [rows, dimWord] of the encoder that reads it. @throws FileError where its words are of another width. */
export async function tablePart(
  table: 'uni' | 'bi',
  original: Original,
  dimWord: number | undefined,
): Promise<Part & { rows: number }> {
  const array = await original.contents.array('')
  const [rows = 0, width] = array.shape
  if (array.shape.length !== 2 || rows === 0 || (dimWord !== undefined && width !== dimWord))
    throw new FileError(
      `the table is [${array.shape.join(', ')}], but ${table}-skip reads words of ${dimWord ?? 'some'} numbers`,
      { file: original.path, cure: TOGETHER },
    )
  const sources = [{ original, role: `word table of ${table}-skip` }]
  return { tensors: [asIs(`word-tables/${table}`, 'word, in', array)], sources, rows }
}

/** A style's vector [dim]. */
export async function stylePart(name: string, original: Original, dim: number | undefined): Promise<Part> {
  const array = await original.contents.array('')
  const size = array.shape.at(-1) ?? 0
  if (size === 0 || (dim !== undefined && size !== dim))
    throw new FileError(`the style has ${size} numbers, but the decoder reads vectors of ${dim}`, {
      file: original.path,
      cure: TOGETHER,
    })
  const vector = { ...array, shape: [size] }
  return { tensors: [asIs(`styles/${name}`, 'dim', vector)], sources: [{ original, role: `style ${name}` }] }
}
