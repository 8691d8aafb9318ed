// Original weight files for the tests, by a route that shares nothing with the converter: the tensors of the tiny model
// recomputed from their hash, and small writers of .npy, .npz and pickles.

import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'

export const TINY = new URL('../golden/tiny/', import.meta.url)

interface Seeded {
  file: string
  name: string
  shape: number[]
  seed: number
  scale: number
  overrides: [number, number, number, number][]
}
export const tinyManifest: { tensors: Seeded[] } = JSON.parse(readFileSync(new URL('manifest.json', TINY), 'utf8'))

export interface Original {
  shape: number[]
  data: Float32Array
}

/** A tensor of the tiny model, made from its seed: what the original file holds. */
export function original(file: string, name = 'data'): Original {
  const tensor = tinyManifest.tensors.find(t => t.file === file && t.name === name)
  if (!tensor) throw new Error(`no ${file} ${name} in the tiny manifest`)
  const data = Float32Array.from({ length: tensor.shape.reduce((n, d) => n * d, 1) }, (_, i) => hashed(i, tensor))
  for (const [start, stop, step, value] of tensor.overrides) for (let i = start; i < stop; i += step) data[i] = value
  return { shape: tensor.shape, data }
}

function hashed(i: number, { seed, scale }: Seeded): number {
  let x = (Math.imul(i, 747796405) + Math.imul(seed, 2891336453)) >>> 0
  x ^= x >>> 16
  x = Math.imul(x, 0x7feb352d)
  x ^= x >>> 15
  x = Math.imul(x, 0x846ca68b)
  x ^= x >>> 16
  return Math.fround(((x >>> 8) * 2 ** -23 - 1) * Math.fround(scale))
}

const text = new TextEncoder()
const concat = (...parts: (Uint8Array | string)[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map(p => (typeof p === 'string' ? text.encode(p) : p))))

/** A .npy file of f32. */
export function npy(shape: readonly number[], data: Float32Array): Uint8Array {
  const axes = shape.map(d => `${d},`).join(' ')
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${axes}), }`
  const header = `${dictionary.padEnd(117)}\n`
  const start = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8)
  return concat(start, header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

/** A .npz file (stored) of f32 arrays. */
export function npz(arrays: Readonly<Record<string, Original>>): Uint8Array {
  const local: Uint8Array[] = []
  const central: Uint8Array[] = []
  let at = 0
  for (const [name, { shape, data }] of Object.entries(arrays)) {
    const file = text.encode(`${name}.npy`)
    const content = npy(shape, data)
    const common = new DataView(new ArrayBuffer(26))
    common.setUint16(0, 20, true)
    common.setUint16(6, 0, true)
    common.setUint16(8, 0x21, true)
    common.setUint32(10, crc32(content), true)
    common.setUint32(14, content.length, true)
    common.setUint32(18, content.length, true)
    common.setUint16(22, file.length, true)
    const shared = new Uint8Array(common.buffer)
    local.push(concat(Uint8Array.of(0x50, 0x4b, 3, 4), shared, file, content))
    const tail = new DataView(new ArrayBuffer(14))
    tail.setUint32(10, at, true)
    central.push(concat(Uint8Array.of(0x50, 0x4b, 1, 2, 20, 0), shared, new Uint8Array(tail.buffer), file))
    at += 30 + file.length + content.length
  }
  const directory = concat(...central)
  const end = new DataView(new ArrayBuffer(22))
  end.setUint32(0, 0x06054b50, true)
  end.setUint16(8, central.length, true)
  end.setUint16(10, central.length, true)
  end.setUint32(12, directory.length, true)
  end.setUint32(16, at, true)
  return concat(...local, directory, new Uint8Array(end.buffer))
}

type Value = string | number | boolean | null

/** A Python 2 pickle (protocol 0) of an options dict. */
export const optionsPickle = (options: Readonly<Record<string, Value>>): Uint8Array =>
  concat(
    `(dp1\n${Object.entries(options)
      .map(([key, value]) => `${quoted(key)}${scalar(value)}s`)
      .join('')}.`,
  )

/** A Python 2 pickle (protocol 0) of an OrderedDict of words; several give several pickles in one file. */
export const dictionaryPickle = (...dictionaries: (readonly (readonly [string, number])[])[]): Uint8Array =>
  concat(
    ...dictionaries.map(pairs => {
      const items = pairs.map(([word, id]) => `(l${quoted(word)}aI${id}\naa`).join('')
      return `ccollections\nOrderedDict\n((l${items}tR.`
    }),
  )

const quoted = (value: string): string => {
  const bytes = [...text.encode(value)]
  const escaped = bytes.map(b =>
    b < 32 || b > 126 || b === 39 || b === 92 ? `\\x${b.toString(16).padStart(2, '0')}` : String.fromCharCode(b),
  )
  return `S'${escaped.join('')}'\n`
}
function scalar(value: Value): string {
  if (value === null) return 'N'
  if (typeof value === 'boolean') return value ? 'I01\n' : 'I00\n'
  if (typeof value === 'string') return quoted(value)
  return Number.isInteger(value) ? `I${value}\n` : `F${value}\n`
}
