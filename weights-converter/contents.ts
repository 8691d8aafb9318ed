// What a file is, by its content: its format, and which part of the original program's set it can be. Names play no role here.

import type { ByteSource } from '../lib/core/bytes.ts'
import { FileError } from '../lib/core/errors.ts'
import { looksLikeCaffeModel, readCaffeModel } from './formats/caffemodel.ts'
import { isNpy, isObjectArray, readNpyArray, readNpyHeader } from './formats/npy.ts'
import { isZip, type NpzFile, openNpz } from './formats/npz.ts'
import { PUNKT_CLASSES } from './formats/pickle/globals.ts'
import { looksLikePickle, readPickle, toSourceArray } from './formats/pickle/index.ts'
import {
  PyArray,
  PyDict,
  PyList,
  PyRecord,
  PySet,
  PyTuple,
  type PyValue,
  textEntries,
  textOf,
} from './formats/pickle/values.ts'
import type { SourceArray } from './formats/source-array.ts'

export type Format = 'npy' | 'npz' | 'pickle' | 'caffemodel' | 'text' | 'picture' | 'unknown'

export const NETS = ['vgg19', 'uni-skip', 'bi-skip', 'embedding', 'decoder'] as const
export type NetName = (typeof NETS)[number]
export type Role = NetName | 'options' | 'dictionary' | 'word table' | 'style' | 'word list' | 'captions' | 'punkt'

/** A file that was looked into; close it when done. */
export interface Contents {
  readonly source: ByteSource
  readonly format: Format
  /** What it can be in a set of originals; undefined where it is something else. */
  readonly role: Role | undefined
  /** Names of its arrays. */
  readonly names: readonly string[]
  array(name: string): Promise<SourceArray>
  /** What a pickle holds. */
  readonly value?: PyValue
  close(): Promise<void>
}

const HEAD = 65536

/** Looks into a file. @throws FileError where it is damaged, or a pickle asks for what is not allowed. */
export async function openContents(source: ByteSource): Promise<Contents> {
  const head = await source.read(0, Math.min(HEAD, source.size))
  if (head.length === 0)
    throw new FileError('the file is empty', { file: source.name, cure: 'fetch it again from where it was published' })
  if (isNpy(head)) return npy(source)
  if (isZip(head)) return npz(source)
  if (looksLikePicture(head)) return without(source, 'picture')
  if (looksLikeText(head) && !looksLikePickleText(head)) return without(source, 'text', textRole(head))
  if (looksLikePickle(head)) return pickle(source)
  if (looksLikeCaffeModel(head)) return caffeModel(source)
  return without(source, 'unknown')
}

const without = (source: ByteSource, format: Format, role?: Role): Contents => ({
  source,
  format,
  role,
  names: [],
  array: name =>
    Promise.reject(new FileError(`has no array ${name}`, { file: source.name, cure: 'give another file' })),
  close: async () => undefined,
})

async function npy(source: ByteSource): Promise<Contents> {
  const header = await readNpyHeader(source)
  const isTable = header.shape.length === 2 || (header.shape.length === 1 && isObjectArray(header))
  const role = isTable ? 'word table' : header.shape.length === 1 ? 'style' : undefined
  const array = () => readNpyArray(source)
  return { ...without(source, 'npy', role), names: [''], array }
}

async function npz(source: ByteSource): Promise<Contents> {
  const file = await openNpz(source)
  const array = (name: string) => file.array(name)
  return { source, format: 'npz', role: netOf(file), names: file.names, array, close: () => file.close() }
}

/** Each net by an array that only it has. */
function netOf({ names }: NpzFile): NetName | undefined {
  if (names.includes('ff_state_W') || names.includes('ff_logit_W')) return 'decoder'
  if (names.includes('ff_image_W')) return 'embedding'
  if (names.includes('encoder_r_W')) return 'bi-skip'
  return names.includes('encoder_W') ? 'uni-skip' : undefined
}

async function caffeModel(source: ByteSource): Promise<Contents> {
  const arrays = new Map((await readCaffeModel(source)).map(array => [array.name, array]))
  const role = ['conv1_1[0]', 'conv5_4[0]', 'fc8[0]'].every(name => arrays.has(name)) ? 'vgg19' : undefined
  return { ...without(source, 'caffemodel', role), names: [...arrays.keys()], array: find(arrays, source) }
}

async function pickle(source: ByteSource): Promise<Contents> {
  const { value } = await readPickle(source, 0, { records: PUNKT_CLASSES })
  const arrays = new Map([...namedArrays(value, '')].map(([name, array]) => [name, array]))
  const load = async (name: string) => {
    const array = arrays.get(name)
    if (array !== undefined) return toSourceArray(array, name, source)
    throw new FileError(`has no array ${name}`, { file: source.name, cure: 'give another file' })
  }
  return { ...without(source, 'pickle', pickleRole(value)), names: [...arrays.keys()], array: load, value }
}

const find =
  (arrays: ReadonlyMap<string, SourceArray>, source: ByteSource) =>
  async (name: string): Promise<SourceArray> => {
    const array = arrays.get(name)
    if (array !== undefined) return array
    throw new FileError(`has no array ${name}`, { file: source.name, cure: 'give another file' })
  }

function pickleRole(value: PyValue): Role | undefined {
  if (value instanceof PyRecord) return 'punkt'
  if (!(value instanceof PyDict)) return undefined
  const entries = textEntries(value)
  if (entries.has('param values')) return 'vgg19'
  const values = [...entries.values()]
  if (values.length > 0 && values.every(id => typeof id === 'number')) return 'dictionary'
  return entries.has('dim') || entries.has('encoder') || entries.has('decoder') ? 'options' : undefined
}

/** Arrays by their place: "mean value", "param values[0]". */
export function* namedArrays(value: PyValue, place: string): Generator<[string, PyArray]> {
  if (value instanceof PyArray) yield [place, value]
  else if (value instanceof PyList || value instanceof PyTuple || value instanceof PySet)
    for (const [i, item] of value.items.entries()) yield* namedArrays(item, `${place}[${i}]`)
  else if (value instanceof PyDict)
    for (const [key, item] of value.entries) {
      const name = textOf(key) ?? String(key)
      yield* namedArrays(item, place === '' ? name : `${place}.${name}`)
    }
}

const PICTURES = [
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e, 0x47],
  [0x47, 0x49, 0x46, 0x38],
]
const looksLikePicture = (head: Uint8Array): boolean =>
  PICTURES.some(magic => magic.every((byte, i) => head[i] === byte))

/** No control characters but those of texts. */
const looksLikeText = (head: Uint8Array): boolean =>
  head.every(byte => byte >= 32 || byte === 9 || byte === 10 || byte === 13 || byte === 12)

/** Pickles of protocol 0 are text too: a mark, a global or an instance begins them, and a number or name follows. */
const looksLikePickleText = (head: Uint8Array): boolean =>
  /^(\([dlt](p\d+)?[\n(]|\((\(|[dlti]|S'|V|I)|c[\w.]+\n[\w.]+\n|[(\]}][qr.]|[IFLSV][-'"\d][^\n]*\n[.p])/.test(
    String.fromCharCode(...head.subarray(0, 200)),
  )

/** One word a line, or sentences. */
function textRole(head: Uint8Array): Role {
  const lines = new TextDecoder().decode(head).split('\n').slice(0, -1)
  const single = lines.filter(line => !/\S\s+\S/.test(line)).length
  return single >= 0.9 * Math.max(1, lines.length) ? 'word list' : 'captions'
}
