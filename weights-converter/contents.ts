// What a file is, by its content: its format, and which part of the original program's set it can be. Names play no role here.

import type { ByteSource } from '../lib/core/bytes.ts'
import { FileError } from '../lib/core/errors.ts'
import type { NpyHeader } from '../lib/io/npy.ts'
import { refuseForeign, refuseForeignArchive } from './foreign.ts'
import { isCaffeModel, readCaffeModel } from './formats/caffemodel.ts'
import { type Attributes, isHdf5, openHdf5 } from './formats/hdf5/index.ts'
import { isNpy, isObjectArray, readNpyArray, readNpyHeader } from './formats/npy.ts'
import { type NpzFile, openNpz } from './formats/npz.ts'
import { PUNKT_CLASSES } from './formats/pickle/globals.ts'
import { readPickle, toSourceArray } from './formats/pickle/index.ts'
import { isPickle, isPickleText } from './formats/pickle/recognition.ts'
import {
  PyArray,
  PyDict,
  PyList,
  PyRecord,
  PyScalar,
  PySet,
  PyTuple,
  type PyValue,
  textEntries,
  textOf,
} from './formats/pickle/values.ts'
import type { SourceArray } from './formats/source-array.ts'
import { isZip } from './formats/zip.ts'
import { isKerasVgg19 } from './nets/vgg19.ts'

export type Format = 'npy' | 'npz' | 'pickle' | 'caffemodel' | 'hdf5' | 'text' | 'picture' | 'unknown'

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
  /** What an HDF5 file says of its groups and arrays. */
  readonly attributes?: Attributes
  close(): Promise<void>
}

const HEAD = 65536

/** Looks into a file. @throws FileError where it is damaged, of a kind that others use, or a pickle asks for what is not allowed. */
export async function openContents(source: ByteSource): Promise<Contents> {
  const head = await source.read(0, Math.min(HEAD, source.size))
  if (head.length === 0)
    throw new FileError('the file is empty', { file: source.name, cure: 'fetch it again from where it was published' })
  if (isNpy(head)) return npy(source)
  if (isZip(head)) return npz(source)
  if (isHdf5(head)) return hdf5(source)
  if (isPicture(head)) return without(source, 'picture')
  refuseForeign(source, head)
  const text = isText(head)
  if (text ? isPickleText(head) : isPickle(head)) return pickle(source)
  if (text) return without(source, 'text', textRole(head))
  if (isCaffeModel(head)) return caffeModel(source)
  return without(source, 'unknown')
}

/** A file of named arrays; without any, a file in which only its kind counts. */
const without = (source: ByteSource, format: Format, role?: Role): Contents => ({
  ...{ source, format, role },
  ...named(source, new Map(), async array => array),
  close: async () => undefined,
})

function named<T>(
  source: ByteSource,
  arrays: ReadonlyMap<string, T>,
  open: (array: T, name: string) => Promise<SourceArray>,
): Pick<Contents, 'names' | 'array'> {
  const array = async (name: string) => {
    const found = arrays.get(name)
    if (found !== undefined) return open(found, name)
    throw new FileError(`has no array ${name}`, { file: source.name, cure: 'give another file' })
  }
  return { names: [...arrays.keys()], array }
}

async function npy(source: ByteSource): Promise<Contents> {
  const header = await readNpyHeader(source)
  let array: Promise<SourceArray> | undefined
  const open = () => {
    array ??= readNpyArray(source)
    return array
  }
  const close = async () => (await array?.catch(() => undefined))?.bytes.close()
  return { ...without(source, 'npy', arrayRole(header)), names: [''], array: open, close }
}

/** A vector is a style, also as a matrix of one row; a matrix, or rows that were stored one by one, a word table. */
function arrayRole(header: NpyHeader): Role | undefined {
  const [rows, width] = header.shape
  if (width === undefined && rows !== undefined) return isObjectArray(header) ? 'word table' : 'style'
  if (header.shape.length !== 2) return undefined
  return rows === 1 ? 'style' : 'word table'
}

async function npz(source: ByteSource): Promise<Contents> {
  const file = await openNpz(source)
  refuseForeignArchive(source, file.members)
  const array = (name: string) => file.array(name)
  return { source, format: 'npz', role: netOf(file), names: file.names, array, close: () => file.close() }
}

/** Each net by an array that only it has. The encoders come with the decoders that they were trained with. */
function netOf({ names }: NpzFile): NetName | undefined {
  if (names.includes('ff_image_W')) return 'embedding'
  if (names.includes('encoder_r_W')) return 'bi-skip'
  if (names.includes('encoder_W')) return 'uni-skip'
  return names.includes('ff_state_W') || names.includes('decoder_W') ? 'decoder' : undefined
}

async function caffeModel(source: ByteSource): Promise<Contents> {
  const arrays = new Map((await readCaffeModel(source)).map(array => [array.name, array]))
  const role = ['conv1_1[0]', 'conv5_4[0]', 'fc8[0]'].every(name => arrays.has(name)) ? 'vgg19' : undefined
  return { ...without(source, 'caffemodel', role), ...named(source, arrays, async array => array) }
}

async function hdf5(source: ByteSource): Promise<Contents> {
  const file = await openHdf5(source)
  const role = isKerasVgg19(file.names) ? 'vgg19' : undefined
  return { source, format: 'hdf5', role, ...file }
}

async function pickle(source: ByteSource): Promise<Contents> {
  const { value, close } = await readPickle(source, 0, { records: PUNKT_CLASSES })
  try {
    const arrays = named(source, arraysIn(value, source), async (array, name) => toSourceArray(array, name, source))
    return { ...without(source, 'pickle', pickleRole(value)), ...arrays, value, close }
  } catch (error) {
    await close()
    throw error
  }
}

function pickleRole(value: PyValue): Role | undefined {
  if (value instanceof PyRecord) return 'punkt'
  if (!(value instanceof PyDict)) return undefined
  const entries = textEntries(value)
  if (entries.has('param values')) return 'vgg19'
  if (entries.has('dim_word') || entries.has('n_words')) return 'options'
  const ids = [...entries.values()]
  if (ids.length > 0 && ids.every(isNumber)) return 'dictionary'
  return entries.has('dim') || entries.has('encoder') || entries.has('decoder') ? 'options' : undefined
}

const isNumber = (value: PyValue): boolean =>
  typeof value === 'number' || (value instanceof PyScalar && typeof value.value === 'number')

const MOST_PLACES = 2_000_000

/** Arrays by their place: "mean value", "param values[0]". @throws FileError where shared parts make the places endless. */
function arraysIn(root: PyValue, { name: file }: ByteSource): Map<string, PyArray> {
  const arrays = new Map<string, PyArray>()
  let places = 0
  const visit = (value: PyValue, place: string): void => {
    if (++places > MOST_PLACES)
      throw new FileError(`more than ${MOST_PLACES} values`, { file, cure: 'it is no file of weights or words' })
    if (value instanceof PyArray) arrays.set(place, value)
    else if (value instanceof PyList || value instanceof PyTuple || value instanceof PySet)
      for (const [i, item] of value.items.entries()) visit(item, `${place}[${i}]`)
    else if (value instanceof PyDict)
      for (const [key, item] of value.entries) {
        const name = textOf(key) ?? String(key)
        visit(item, place === '' ? name : `${place}.${name}`)
      }
  }
  visit(root, '')
  return arrays
}

const PICTURES = [
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e, 0x47],
  [0x47, 0x49, 0x46, 0x38],
  [0x49, 0x49, 0x2a, 0],
  [0x4d, 0x4d, 0, 0x2a],
]
const isPicture = (head: Uint8Array): boolean =>
  PICTURES.some(magic => magic.every((byte, i) => head[i] === byte)) ||
  /^(RIFF[\s\S]{4}WEBP|[\s\S]{4}ftyp(avif|mif1|hei|hev))/.test(String.fromCharCode(...head.subarray(0, 12)))

/** No control characters but those of texts. */
const isText = (head: Uint8Array): boolean =>
  head.every(byte => byte >= 32 || byte === 9 || byte === 10 || byte === 13 || byte === 12)

/** One word a line, or sentences. */
function textRole(head: Uint8Array): Role {
  const lines = new TextDecoder().decode(head).split('\n').slice(0, -1)
  const single = lines.filter(line => !/\S\s+\S/.test(line)).length
  return single >= 0.9 * Math.max(1, lines.length) ? 'word list' : 'captions'
}
