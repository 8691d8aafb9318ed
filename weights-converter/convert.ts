// A folder of original files → a bundle. Everything is found and checked first, then streamed; the bundle takes its name only
// when it is whole. Knows no GPU: the captions' embeddings are computed by who asked for the bundle.

import { basename, resolve } from 'node:path'
import { AbortError, FileError, InputError } from '../lib/core/errors.ts'
import type { BundleJournal } from '../lib/io/bundle-journal.node.ts'
import { BundleWriter } from '../lib/io/bundle-writer.node.ts'
import { sourceKey } from '../lib/io/cache.node.ts'
import { elementsOf, type Manifest, type NetOptions, type SourceEntry } from '../lib/io/manifest.ts'
import { sha256Of } from '../lib/io/sha256.node.ts'
import type { TrainedPunkt } from '../lib/io/vocabularies.ts'
import { NETS, type NetName } from './contents.ts'
import { readPunkt } from './dictionaries.ts'
import type { NetTensor } from './nets/net.ts'
import { closeOriginal, MissingFileError, type Original, Originals, openOriginal } from './originals.ts'
import { netPart, type Part, stylePart, tablePart } from './parts.ts'
import { gapList, gapsOf, withPublishedSize } from './pile.ts'
import { readCaptions, readWords, textBytes } from './texts.ts'

export interface ConvertTask {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: { stage: string; done: number; total: number }) => void) | undefined
}

export interface ConvertOptions extends ConvertTask {
  /** The folder of original files. */
  readonly source: string
  /** The bundle's folder; it must not exist, or be empty. */
  readonly out: string
  /** How matrices are stored; vectors stay f32. */
  readonly dtype?: 'f32' | 'f16' | undefined
  /** Take VGG-19 from this file. */
  readonly vgg?: string | undefined
  /** A trained Punkt file. */
  readonly punkt?: string | undefined
  /** One net only, with its words. */
  readonly only?: string | undefined
  /** The bundle's name; the source's if undefined. */
  readonly name?: string | undefined
}

/** Converts and gives the bundle's manifest. @throws FileError, InputError; then nothing is left at `out`. */
export async function convert(options: ConvertOptions): Promise<Manifest> {
  const { source, only, vgg, punkt, signal } = options
  if (only !== undefined && !NETS.some(net => net === only))
    throw new InputError(`there is no net "${only}"; --only takes one of ${NETS.join(', ')}`)
  if (vgg !== undefined && only !== undefined && only !== 'vgg19')
    throw new InputError(`--vgg ${vgg} has no place in a bundle of ${only} only`)
  const originals = await Originals.open(source, { signal })
  const extra: Original[] = []
  const openExtra = async (path: string, role: 'vgg19' | 'punkt') => {
    const original = await openOriginal(path, basename(path), signal)
    extra.push(original)
    return checkRole(original, role)
  }
  try {
    const chosenVgg = vgg === undefined ? undefined : await openExtra(vgg, 'vgg19')
    const trained = punkt === undefined ? undefined : await openExtra(punkt, 'punkt')
    const model = await collect(originals, only, chosenVgg)
    return await write(model, originals, options, trained)
  } catch (error) {
    throw await withHelp(error, originals, only)
  } finally {
    for (const original of extra) await closeOriginal(original)
    await originals.close()
  }
}

/** An error of a file that is missing or cut short, with all that a story lacks, and how to get it. */
async function withHelp(error: unknown, originals: Originals, only: string | undefined): Promise<unknown> {
  if (!(error instanceof MissingFileError) || only !== undefined) return withPublishedSize(error)
  const { file, cure, message } = error
  const problem = message.slice(file.length + 2, -cure.length - 2)
  const more = `${cure}; for a story there is missing ${gapList(originals.folder, await gapsOf(originals))}`
  return new MissingFileError(problem, { file, cure: more }, { cause: error })
}

function checkRole(original: Original, role: 'vgg19' | 'punkt'): Original {
  if (original.role === role) return original
  const cure =
    role === 'vgg19'
      ? 'give a vgg19.pkl, a VGG-19 .caffemodel or a Keras VGG-19 .h5'
      : 'give the english.pickle of NLTK’s punkt'
  const what = role === 'vgg19' ? 'VGG-19' : 'a trained sentence splitter'
  throw new FileError(`does not hold ${what}`, { file: original.path, cure })
}

interface Model {
  readonly parts: Part[]
  readonly styles: string[]
  readonly words?: string[]
  readonly captions?: Original
}

/** Finds every part and checks it; nothing is written yet. */
async function collect(originals: Originals, only: string | undefined, vgg: Original | undefined): Promise<Model> {
  const parts: Part[] = []
  const nets: NetOptions = {}
  for (const net of NETS.filter(name => only === undefined || name === only)) {
    const original = net === 'vgg19' && vgg !== undefined ? vgg : originals.first(net)
    if (original === undefined) continue
    const part = await netPart(net, original, originals)
    Object.assign(nets, part.nets)
    parts.push(part)
  }
  if (parts.length === 0) {
    const cure = 'give the folder with uni_skip.npz, romance.npz, vgg19.pkl and the others'
    const problem = `holds no weights of ${only ?? 'the original program'}`
    throw new MissingFileError(problem, { file: originals.folder, cure })
  }
  checkTogether(nets, parts)
  const words = await collectTables(originals, nets, parts)
  const styles = only === undefined || only === 'decoder' ? await collectStyles(originals, nets, parts) : []
  const captions = nets.embedding === undefined ? undefined : originals.first('captions')
  return { parts, styles, ...(words && { words }), ...(captions && { captions }) }
}

/** Sizes that must agree between nets. @throws FileError */
function checkTogether(nets: NetOptions, parts: readonly Part[]): void {
  const file = (net: NetName) => parts.find(part => part.nets?.[net] !== undefined)?.sources[0]?.original
  const refuse = (reader: NetName, problem: string) => {
    const cure = 'take files that were trained for each other'
    throw new FileError(problem, { file: file(reader)?.path ?? reader, cure })
  }
  const { vgg19, embedding, decoder } = nets
  const feature = vgg19?.fcs[1]
  if (feature !== undefined && embedding !== undefined && feature !== embedding.dimImage)
    refuse(
      'embedding',
      `reads features of ${embedding.dimImage} numbers, but fc7 of ${file('vgg19')?.name} gives ${feature}`,
    )
  const [uni, bi] = [nets['uni-skip'], nets['bi-skip']]
  if (uni === undefined || bi === undefined || decoder === undefined) return
  const dim = uni.dim + 2 * bi.dim
  const encoders = `${file('uni-skip')?.name} and ${file('bi-skip')?.name}`
  if (dim !== decoder.dimContext)
    refuse(
      'decoder',
      `reads vectors of ${decoder.dimContext} numbers, but ${encoders} give ${uni.dim} + 2 · ${bi.dim} = ${dim}`,
    )
}

/** The word tables of the encoders that are there, and the words of their rows. */
async function collectTables(originals: Originals, nets: NetOptions, parts: Part[]): Promise<string[] | undefined> {
  const wanted = (['uni', 'bi'] as const).filter(table => nets[`${table}-skip`] !== undefined)
  if (wanted.length === 0) return undefined
  let rows = Number.POSITIVE_INFINITY
  for (const table of wanted) {
    const tables = originals.all('word table')
    const original = tables.find(({ name }) => basename(name).startsWith(table[0] ?? ''))
    if (original === undefined) throw missing(originals, `${table[0]}table.npy`, `the word table of ${table}-skip`)
    const part = await tablePart(table, original, nets[`${table}-skip`]?.dimWord)
    rows = Math.min(rows, part.rows)
    parts.push(part)
  }
  const list = originals.first('word list')
  if (list === undefined) throw missing(originals, 'dictionary.txt', 'the words of the tables')
  const words = await readWords(list.contents.source, rows)
  if (!words.includes('UNK'))
    throw new FileError('has no word UNK, which stands for unknown words', {
      file: list.path,
      cure: 'fetch the dictionary of the word tables again',
    })
  parts.push({ tensors: [], sources: [{ original: list, role: 'words of the tables' }] })
  return words
}

const missing = ({ folder }: Originals, file: string, what: string): FileError =>
  new MissingFileError(`${file} is missing: ${what}`, {
    file: folder,
    cure: 'put it beside the others, or use --only NET',
  })

/** NAME_style.npy is the style NAME; vectors with other names keep them, where they fit. */
async function collectStyles(originals: Originals, nets: NetOptions, parts: Part[]): Promise<string[]> {
  const styles: string[] = []
  for (const original of originals.all('style')) {
    const stem = basename(original.name).replace(/\.[^.]*$/, '')
    const name = stem.replace(/_style$/, '')
    if (styles.includes(name)) originals.leaveOut(original.name, `another style ${name}`)
    else if (!/^[\p{L}\p{N}_.-]{1,100}$/u.test(name)) originals.leaveOut(original.name, 'its name cannot be a style’s')
    else {
      const part = await stylePart(name, original, nets.decoder?.dimContext).catch(error => {
        if (name !== stem || !(error instanceof FileError)) throw error
        originals.leaveOut(original.name, error.message)
      })
      if (part === undefined) continue
      parts.push(part)
      styles.push(name)
    }
  }
  return styles
}

async function write(
  { parts, styles, words, captions }: Model,
  originals: Originals,
  { source, out, dtype = 'f32', only, name = basename(resolve(source)), vgg, signal, onProgress }: ConvertOptions,
  punkt: Original | undefined,
): Promise<Manifest> {
  const used = parts.flatMap(part => [...part.sources])
  if (captions !== undefined) used.push({ original: captions, role: 'captions' })
  if (punkt !== undefined) used.push({ original: punkt, role: 'sentence splitter' })
  const trained = punkt && readPunkt(punkt.contents.value, punkt.path)
  const progress = new Progress(parts, used, { signal, onProgress })
  const files = [source, ...(vgg === undefined ? [] : [vgg])]
  const key = await sourceKey(files)
  const all = [...files, ...(punkt === undefined ? [] : [punkt.path])]
  const writer = await BundleWriter.create(out, await sourceKey(all, { dtype, only: only ?? '' }), signal)
  try {
    for (const part of parts) for (const tensor of part.tensors) await writeTensor(writer, tensor, dtype, progress)
    const written = captions && (await writeCaptions(writer, captions))
    const sources: SourceEntry[] = []
    for (const entry of used) sources.push(await sourceEntry(entry, writer.journal, progress))
    return await writer.finish({
      name,
      nets: Object.assign({}, ...parts.map(part => part.nets)),
      vocabularies: await writeWords(writer, parts, words),
      ...(written && { captions: { ...written, embeddings: false } }),
      styles,
      ...(trained && { punkt: await writePunkt(writer, trained) }),
      sources,
      leftOut: originals.leftOut(used.map(({ original }) => original)),
      made: { dtype, ...(only && { only }), key },
    })
  } finally {
    await writer.abandon()
  }
}

async function writeTensor(
  writer: BundleWriter,
  { name, shape, layout, parts }: NetTensor,
  dtype: 'f32' | 'f16',
  progress: Progress,
): Promise<void> {
  const stored = shape.length > 1 ? dtype : 'f32'
  const isDone = await writer.tensor({ name, shape, layout, dtype: stored, parts: progress.count(parts()) })
  if (isDone) progress.add(4 * elementsOf(shape))
}

/** A text file of the bundle, as the manifest lists it. */
type Text = NonNullable<Manifest['vocabularies']['decoder']>

async function writeCaptions(writer: BundleWriter, { contents }: Original): Promise<Text> {
  let count = 0
  async function* counted(): AsyncGenerator<string> {
    for await (const caption of readCaptions(contents.source)) {
      count++
      yield caption
    }
  }
  const file = 'captions.txt'
  const { sha256 } = await writer.file(file, textBytes(counted()))
  return { file, count, sha256 }
}

async function writeWords(
  writer: BundleWriter,
  parts: readonly Part[],
  words: readonly string[] | undefined,
): Promise<Manifest['vocabularies']> {
  const vocabularies: Manifest['vocabularies'] = {}
  if (words !== undefined) {
    const file = 'vocabularies/skip-thoughts.txt'
    const { sha256 } = await writer.file(file, textBytes(words))
    vocabularies['skip-thoughts'] = { file, count: words.length, sha256 }
  }
  for (const { dictionary } of parts) {
    if (dictionary === undefined) continue
    const file = `vocabularies/${dictionary.name}.json`
    const { sha256 } = await writer.file(file, textBytes([JSON.stringify(dictionary.words)]))
    vocabularies[dictionary.name] = { file, count: dictionary.words.length, sha256 }
  }
  return vocabularies
}

async function writePunkt(writer: BundleWriter, trained: TrainedPunkt): Promise<string> {
  await writer.file('punkt.json', textBytes([JSON.stringify(trained)]))
  return 'punkt.json'
}

async function sourceEntry(
  { original, role }: Part['sources'][number],
  journal: BundleJournal,
  progress: Progress,
): Promise<SourceEntry> {
  const { source } = original.contents
  const known = journal.source(original.path)
  if (known !== undefined) progress.add(source.size)
  const sha256 = known ?? (await sha256Of(source, bytes => progress.add(bytes)))
  if (known === undefined) await journal.addSource(original.path, sha256)
  return { file: original.name, bytes: source.size, sha256, role }
}

/** Counts bytes written and hashed, of all there are. */
class Progress {
  readonly #task: ConvertTask
  readonly #total: number
  #done = 0

  constructor(parts: readonly Part[], used: Part['sources'], task: ConvertTask) {
    const written = parts.flatMap(part => [...part.tensors]).reduce((n, { shape }) => n + 4 * elementsOf(shape), 0)
    this.#total = written + used.reduce((n, { original }) => n + original.contents.source.size, 0)
    this.#task = task
  }

  async *count(parts: AsyncIterable<Float32Array>): AsyncGenerator<Float32Array> {
    for await (const part of parts) {
      yield part
      this.add(part.byteLength)
    }
  }

  add(bytes: number): void {
    this.#done += bytes
    this.#task.onProgress?.({ stage: 'converting', done: this.#done, total: this.#total })
    if (this.#task.signal?.aborted) throw new AbortError()
  }
}
