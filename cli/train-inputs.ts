// What trainings are given, from files: passages with the vectors of their sources, sentences, pictures with captions. Vectors that a
// model has to compute are kept beside the weights, so that the next run finds them.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { FileError } from '../lib/core/errors.ts'
import { loadTokenizer, Storyteller } from '../lib/index.ts'
import { openModel } from '../lib/open-model.node.ts'
import { cacheVectors, type OpenVectors, openVectors } from '../lib/train/vector-file.node.ts'
import { readLines } from './lines.ts'
import type { CommonOptions } from './options.ts'
import type { Output } from './output.ts'
import { loading } from './session.ts'

/** Words that end in a sign which a tokenised text would have apart, in this share of all words or more: the text is not tokenised. */
const GLUED = 0.02

/** Lines of a text that are not blank; with `tokenize` each as its words with a space between. */
export async function readPassages(file: string, tokenize: boolean, flags: CommonOptions, output: Output) {
  const lines = (await readLines(file)).filter(line => line.trim() !== '')
  if (!tokenize) {
    const words = lines.slice(0, 1000).flatMap(line => line.trim().split(/\s+/))
    const glued = words.filter(word => /\p{L}[.,;:!?]$/u.test(word)).length
    if (glued > GLUED * words.length)
      output.note(`${file} looks untokenised: "word," would be another word than "word"; --tokenize takes signs apart`)
    return lines
  }
  const tokens = await loadTokenizer(flags.model)
  return lines.map(line => tokens(line).join(' '))
}

/** One vector an item, one after the other. */
export type Compute = (teller: Storyteller, items: readonly string[]) => Promise<Float32Array>

export interface Vectors {
  /** NAME.npz, beside which they are kept. */
  readonly out: string
  readonly stage: string
  readonly items: readonly string[]
  readonly compute: Compute
}

/** Vectors by the model of the flags: computed once for the same items and model. */
export async function vectorsOf(
  { out, stage, items, compute }: Vectors,
  flags: CommonOptions,
  signal: AbortSignal,
  output: Output,
): Promise<OpenVectors> {
  const file = join(out.replace(/\.npz$/, '.run'), `${stage}-${(await keyOf(items, flags, stage)).slice(0, 16)}.npy`)
  if (existsSync(file)) {
    output.note(`${stage}: taken from ${file}`)
    return openVectors(file)
  }
  const teller = await Storyteller.load(flags.model, loading(flags, signal, output))
  try {
    for (const note of teller.notes) output.note(note)
    const [first = ''] = items
    const { length: dim } = await compute(teller, [first])
    await cacheVectors(file, [items.length, dim], async (from, to) => {
      signal.throwIfAborted()
      const vectors = await compute(teller, items.slice(from, to))
      output.progress({ stage, done: to, total: items.length })
      return vectors
    })
  } finally {
    output.close()
    await teller.dispose()
  }
  return openVectors(file)
}

/** Changes with the items, the model's files and how it reads. */
async function keyOf(items: readonly string[], flags: CommonOptions, stage: string): Promise<string> {
  const { bundle } = await openModel(flags.model)
  await bundle.close()
  const key = createHash('sha256').update(JSON.stringify([stage, flags.compat === true, bundle.manifest.tensors]))
  for (const item of items) key.update(`${item}\n`)
  return key.digest('hex')
}

export interface Captioned {
  readonly picture: string
  readonly captions: readonly string[]
}

/**
 * Pictures and their captions: a folder in which NAME.txt has the captions of NAME.jpg, one a line; or a file of JSON lines,
 * {"image": PATH, "captions": […]}, with paths from where the file lies.
 */
export async function readCaptioned(path: string, tokenize: boolean, flags: CommonOptions): Promise<Captioned[]> {
  const entries = await readdir(path).catch(() => undefined)
  const found = entries === undefined ? await fromJsonLines(path) : await fromFolder(path, entries)
  if (found.length === 0)
    throw new FileError('has no pictures with captions', {
      file: path,
      cure: 'give lines of {"image": PATH, "captions": […]}, or a folder with NAME.txt beside each NAME.jpg',
    })
  if (!tokenize) return found
  const tokens = await loadTokenizer(flags.model)
  return found.map(({ picture, captions }) => ({ picture, captions: captions.map(text => tokens(text).join(' ')) }))
}

const PICTURE = /^\.(jpe?g|png|gif|webp|tiff?|avif)$/i

async function fromFolder(folder: string, entries: readonly string[]): Promise<Captioned[]> {
  const pictures = entries.filter(name => PICTURE.test(extname(name))).sort()
  const found = pictures.map(async name => {
    const text = join(folder, `${name.slice(0, -extname(name).length)}.txt`)
    if (!existsSync(text)) return []
    const captions = (await readLines(text)).filter(line => line.trim() !== '')
    return captions.length === 0 ? [] : [{ picture: join(folder, name), captions }]
  })
  return (await Promise.all(found)).flat()
}

async function fromJsonLines(file: string): Promise<Captioned[]> {
  const lines = await readLines(file)
  return lines.flatMap((line, i) => (line.trim() === '' ? [] : [captionedOf(line, i, file)]))
}

function captionedOf(line: string, index: number, file: string): Captioned {
  const refuse = (cause?: unknown) =>
    new FileError(
      `line ${index + 1} is not {"image": PATH, "captions": […]}`,
      { file, cure: 'give one JSON object a line' },
      { cause },
    )
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw refuse(cause)
  }
  if (typeof value !== 'object' || value === null || !('image' in value) || typeof value.image !== 'string')
    throw refuse()
  const given = 'captions' in value ? value.captions : 'caption' in value ? [value.caption] : undefined
  const captions = Array.isArray(given) ? given.filter((text): text is string => typeof text === 'string') : []
  if (!Array.isArray(given) || captions.length !== given.length || captions.length === 0) throw refuse()
  return { picture: resolve(dirname(file), value.image), captions }
}
