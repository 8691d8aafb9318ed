// The manifest of a bundle: its types and the check of a manifest read from anywhere (disk, HTTP, a page's upload).
// Invariant: what parseManifest returns names only files inside the bundle and only sizes that fit in a safe integer.
// Knows nothing of how files are opened.

import * as v from 'valibot'
import { FileError } from '../core/errors.ts'

/** The version of the bundle's layout that this code writes, and the only one it reads. */
export const MANIFEST_FORMAT = 1
export const MANIFEST_FILE = 'manifest.json'
/** Bytes of a manifest at most. */
export const MANIFEST_LIMIT = 16 * 2 ** 20

const CURE = 'convert the original files again, or fetch the bundle anew'

// Path segments that every file system takes, joined by '/': no way out of the bundle's folder.
const isInside = (path: string): boolean =>
  path.length < 512 &&
  path
    .split('/')
    .every(s => s !== '' && s !== '.' && s !== '..' && ![...s].some(c => c < ' ' || c === '\\' || c === ':'))

const file = v.pipe(v.string(), v.check(isInside, 'is not a path inside the bundle'))
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hexadecimal'))

const shape = v.pipe(
  v.array(size),
  v.minLength(1),
  v.maxLength(4),
  v.check(s => Number.isSafeInteger(8 * s.reduce((n, d) => n * d, 1)), 'holds too many elements'),
)

const tensor = v.object({
  file,
  dtype: v.picklist(['f32', 'f16']),
  /** C order. */
  shape,
  /** The axes by name, "out, in" for a matrix: for readers of the file, not for programs. */
  layout: v.string(),
  /** Of the whole file, header included. */
  sha256,
})

const skip = v.object({ dim: size, dimWord: size })
const nets = v.object({
  /** Output channels of each block's convolutions, and the widths of fc6, fc7, fc8. */
  vgg19: v.optional(v.object({ convs: v.array(v.array(size)), fcs: v.array(size) })),
  'uni-skip': v.optional(skip),
  /** `dim` is one direction's. */
  'bi-skip': v.optional(skip),
  embedding: v.optional(
    v.object({ dim: size, dimWord: size, dimImage: size, nWords: size, encoder: v.picklist(['gru', 'bow']) }),
  ),
  decoder: v.optional(v.object({ dim: size, dimWord: size, dimContext: size, nWords: size, doutput: v.boolean() })),
})

/** A text file, with the hash of it where the converter wrote it. */
const text = v.object({ file, count, sha256: v.optional(sha256) })
const vocabularies = v.object({
  /** One word a line, the line's number is the row of the tables; a later equal word wins. */
  'skip-thoughts': v.optional(text),
  /** JSON: an array of [word, id]. */
  embedding: v.optional(text),
  decoder: v.optional(text),
})

const source = v.object({
  /** Name within the folder of originals. */
  file: v.string(),
  bytes: count,
  sha256,
  role: v.string(),
  licence: v.optional(v.string()),
})

const manifest = v.object({
  format: v.literal(MANIFEST_FORMAT),
  name: v.string(),
  tensors: v.record(v.string(), tensor),
  nets,
  vocabularies,
  captions: v.optional(v.object({ ...text.entries, embeddings: v.boolean() })),
  styles: v.array(v.string()),
  punkt: v.optional(file),
  sources: v.array(source),
  leftOut: v.array(v.object({ file: v.string(), why: v.string() })),
  /** What was asked of the converter: the storage type, the only net, and a key of the folder as it was. */
  made: v.optional(v.object({ dtype: v.picklist(['f32', 'f16']), only: v.optional(v.string()), key: v.string() })),
})

export type Manifest = v.InferOutput<typeof manifest>
export type TensorEntry = v.InferOutput<typeof tensor>
export type NetOptions = Manifest['nets']
export type SourceEntry = v.InferOutput<typeof source>
export type LeftOut = Manifest['leftOut'][number]
export type StoredDType = TensorEntry['dtype']

/** Number of elements of a shape. */
export const elementsOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)

/**
 * Checks the text of a manifest. `place` is the file as the user knows it.
 * @throws FileError where it is no JSON, of another format version, or breaks a rule of the layout.
 */
export function parseManifest(text: string, place: string): Manifest {
  const value = parseJson(text, place)
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined
  if (typeof format === 'number' && format !== MANIFEST_FORMAT)
    throw new FileError(`a bundle of format ${format}, this version reads format ${MANIFEST_FORMAT}`, {
      file: place,
      cure: format > MANIFEST_FORMAT ? 'update neural-storyteller' : 'convert the original files again',
    })
  const result = v.safeParse(manifest, value)
  if (!result.success) {
    const [issue] = result.issues
    const where = v.getDotPath(issue) ?? 'the manifest'
    const problem = issue.received === 'undefined' ? 'is missing' : issue.message
    throw new FileError(`${where}: ${problem}`, { file: place, cure: CURE })
  }
  checkStyles(result.output, place)
  return result.output
}

/** The manifest as the text of its file: stable, readable, shapes on one line. */
export const manifestText = (value: Manifest): string => {
  const text = JSON.stringify(value, null, 2)
  return `${text.replace(/\[\s+(\d+(?:,\s+\d+)*)\s+\]/g, (_, list: string) => `[${list.replace(/\s+/g, ' ')}]`)}\n`
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new FileError('not a bundle manifest (not JSON)', { file: place, cure: CURE }, { cause: error })
  }
}

function checkStyles({ styles, tensors }: Manifest, place: string): void {
  for (const name of styles)
    if (!Object.hasOwn(tensors, `styles/${name}`))
      throw new FileError(`style ${name} is listed but has no tensor`, { file: place, cure: CURE })
}
