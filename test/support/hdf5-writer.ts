// Writes HDF5 files for tests as h5py does by default: superblock 0, symbol tables, headers of version 1. Contiguous datasets are
// streamed, so that files may be large. (Files of the format's newer style are recorded in test/golden/hdf5.)

import { deflateSync } from 'node:zlib'

export interface Hdf5Dataset {
  readonly shape: readonly number[]
  /** "<f4" */
  readonly dtype: string
  /** The elements in C order; called once. */
  readonly data: () => Iterable<Uint8Array>
  /** Elements of a chunk; contiguous without. Of chunks only f4 is written. */
  readonly chunks?: readonly number[]
  readonly filters?: readonly ('shuffle' | 'deflate')[]
  readonly isCompact?: boolean
}

export type Hdf5Attribute = number | string | readonly string[] | { readonly variable: readonly string[] }

export interface Hdf5Group {
  readonly attributes?: Readonly<Record<string, Hdf5Attribute>>
  readonly children: Readonly<Record<string, Hdf5Group | Hdf5Dataset>>
}

/** The file's bytes, in order. */
export function* hdf5Parts(root: Hdf5Group): Generator<Uint8Array> {
  const { end } = new Heads(0).write(root)
  const { bytes, late } = new Heads(end).write(root)
  yield bytes
  for (const dataset of late) yield* dataset.data()
}

export const hdf5 = (root: Hdf5Group): Uint8Array => new Uint8Array(Buffer.concat([...hdf5Parts(root)]))

/** A dataset of f4 in memory. */
export const dataset = (
  shape: readonly number[],
  values: ArrayLike<number>,
  how: Pick<Hdf5Dataset, 'chunks' | 'filters' | 'isCompact'> = {},
): Hdf5Dataset => ({
  shape,
  dtype: '<f4',
  data: () => [new Uint8Array(Float32Array.from(values).buffer)],
  ...how,
})

type Field = readonly [width: number, value: number]
const u1 = (value: number): Field => [1, value]
const u2 = (value: number): Field => [2, value]
const u4 = (value: number): Field => [4, value]
const u8 = (value: number): Field => [8, value]
/** No address. */
const NONE: Field = [8, -1]

function pack(...fields: (Field | string | Uint8Array)[]): Uint8Array {
  const parts = fields.map(field => {
    if (typeof field === 'string') return Buffer.from(field, 'latin1')
    if (field instanceof Uint8Array) return field
    const [width, value] = field
    const bytes = Buffer.alloc(8)
    if (value < 0) bytes.fill(255)
    else bytes.writeBigUInt64LE(BigInt(value))
    return bytes.subarray(0, width)
  })
  return new Uint8Array(Buffer.concat(parts))
}

/** Filled with zeros up to a multiple of eight bytes. */
const padded = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]))
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

const FLOATS: Readonly<Record<number, readonly Field[]>> = {
  2: [u1(10), u1(5), u1(0), u1(10), u4(15)],
  4: [u1(23), u1(8), u1(0), u1(23), u4(127)],
  8: [u1(52), u1(11), u1(0), u1(52), u4(1023)],
}

function datatype(code: string): Uint8Array {
  const size = Number(code.slice(2))
  const big = code[0] === '>' ? 1 : 0
  if (code[1] === 'f')
    return pack(
      u1(0x11),
      u1(0x20 | big),
      u1(8 * size - 1),
      u1(0),
      u4(size),
      u2(0),
      u2(8 * size),
      ...(FLOATS[size] ?? []),
    )
  return pack(u1(0x10), u1((code[1] === 'i' ? 8 : 0) | big), u2(0), u4(size), u2(0), u2(8 * size))
}

const dataspace = (shape: readonly number[]): Uint8Array =>
  pack(u1(1), u1(shape.length), u1(0), u1(0), u4(0), ...shape.map(u8))

interface Message {
  readonly type: number
  readonly body: Uint8Array
}

const SUPERBLOCK = 96
/** Entries of a symbol table at most. */
const LEAF = 8

/** The heads of a file; its large data begin at `dataStart`. */
class Heads {
  readonly #parts: Uint8Array[] = []
  readonly #late: Hdf5Dataset[] = []
  /** What is in several groups is written once. */
  readonly #known = new Map<Hdf5Group | Hdf5Dataset, number>()
  #at = 0
  #dataAt: number

  constructor(dataStart: number) {
    this.#dataAt = dataStart
  }

  write(root: Hdf5Group): { bytes: Uint8Array; late: readonly Hdf5Dataset[]; end: number } {
    this.#at = SUPERBLOCK
    const address = this.#group(root)
    const superblock = this.#superblock(address)
    const bytes = new Uint8Array(Buffer.concat([superblock, ...this.#parts]))
    return { bytes, late: this.#late, end: bytes.length }
  }

  #superblock(root: number): Uint8Array {
    const signature = pack('\x89HDF\r\n\x1a\n')
    const end = u8(Math.max(this.#dataAt, this.#at))
    const versions = pack(u4(0), u1(0), u1(8), u1(8), u1(0), u2(LEAF / 2), u2(16), u4(0))
    return pack(signature, versions, u8(0), NONE, end, NONE, u8(0), u8(root), u4(0), u4(0), u8(0), u8(0))
  }

  /** Puts bytes at the next multiple of eight and gives their address. */
  #put(bytes: Uint8Array): number {
    const address = this.#at
    this.#parts.push(padded(bytes))
    this.#at += padded(bytes).length
    return address
  }

  #group({ children, attributes = {} }: Hdf5Group): number {
    const names = Object.keys(children).sort()
    const links = names.map(name => {
      const child = children[name]
      if (child === undefined) throw new Error(`no child ${name}`)
      const address = this.#known.get(child) ?? ('children' in child ? this.#group(child) : this.#dataset(child))
      this.#known.set(child, address)
      return { name, address }
    })
    const messages = Object.entries(attributes).map(([name, value]) => this.#attribute(name, value))
    return this.#header([this.#symbolTable(links), ...messages])
  }

  #symbolTable(links: readonly { name: string; address: number }[]): Message {
    let heap: Uint8Array = pack(u8(0))
    const entries = links.map(({ name, address }) => {
      const at = heap.length
      heap = pack(heap, padded(pack(text(name), u1(0))))
      return { at, bytes: pack(u8(at), u8(address), u4(0), u4(0), u8(0), u8(0)) }
    })
    const leaves: { last: number; address: number }[] = []
    for (let first = 0; first < entries.length || first === 0; first += LEAF) {
      const some = entries.slice(first, first + LEAF)
      const table = pack('SNOD', u1(1), u1(0), u2(some.length), ...some.map(({ bytes }) => bytes))
      const address = this.#put(pack(table, new Uint8Array(8 + 40 * LEAF - table.length)))
      leaves.push({ last: some.at(-1)?.at ?? 0, address })
    }
    const tree = this.#tree(
      0,
      leaves.map(({ last, address }) => ({ key: pack(u8(last)), address })),
      pack(u8(0)),
    )
    // The heap's free list is empty: it ends where its last name does.
    const names = this.#put(heap)
    const head = this.#put(pack('HEAP', u4(0), u8(heap.length), u8(1), u8(names)))
    return { type: 0x11, body: pack(u8(tree), u8(head)) }
  }

  /** A B-tree of one node. Keys of a group are the last names below each child; `first` comes before them. */
  #tree(kind: 0 | 1, children: readonly { key: Uint8Array; address: number }[], first: Uint8Array): number {
    const body = children.flatMap(({ key, address }) => (kind === 0 ? [u8(address), key] : [key, u8(address)]))
    const most = 2 * 32 * (first.length + 8) + first.length
    const inner = kind === 0 ? pack(first, ...body) : pack(...body, first)
    if (inner.length > most) throw new Error('more children than one node takes')
    const head = pack('TREE', u1(kind), u1(0), u2(children.length), NONE, NONE)
    return this.#put(pack(head, inner, new Uint8Array(most - inner.length)))
  }

  #dataset(dataset: Hdf5Dataset): number {
    const { shape, dtype, filters = [] } = dataset
    const messages = [
      { type: 1, body: dataspace(shape) },
      { type: 3, body: datatype(dtype) },
      // No value is set for what was never written.
      { type: 5, body: pack(u1(2), u1(2), u1(0), u1(0)) },
      { type: 8, body: this.#layout(dataset) },
    ]
    if (filters.length > 0) messages.push({ type: 0x0b, body: pipeline(filters) })
    return this.#header(messages)
  }

  #layout(dataset: Hdf5Dataset): Uint8Array {
    const size = dataset.shape.reduce((n, d) => n * d, Number(dataset.dtype.slice(2)))
    if (dataset.isCompact) return pack(u1(3), u1(0), u2(size), ...dataset.data())
    if (dataset.chunks !== undefined) return this.#chunked(dataset, dataset.chunks)
    const address = this.#dataAt
    this.#late.push(dataset)
    this.#dataAt += size
    return pack(u1(3), u1(1), u8(address), u8(size))
  }

  #chunked({ shape, data, filters = [] }: Hdf5Dataset, chunks: readonly number[]): Uint8Array {
    const values = new Float32Array(new Uint8Array(Buffer.concat([...data()])).buffer)
    const key = (size: number, origin: readonly number[]) => pack(u4(size), u4(0), ...origin.map(u8), u8(0))
    const children = tilesOf(shape, chunks).map(origin => {
      const stored = filtered(tile(values, shape, chunks, origin), filters)
      return { key: key(stored.length, origin), address: this.#put(stored) }
    })
    const beyond = shape.map((size, axis) => Math.ceil(size / (chunks[axis] ?? 1)) * (chunks[axis] ?? 1))
    const tree = this.#tree(1, children, key(0, beyond))
    return pack(u1(3), u1(2), u1(shape.length + 1), u8(tree), ...chunks.map(u4), u4(4))
  }

  #attribute(name: string, value: Hdf5Attribute): Message {
    const { type, shape, bytes } = this.#value(value)
    const [own, space] = [pack(text(name), u1(0)), dataspace(shape)]
    const head = pack(u1(1), u1(0), u2(own.length), u2(type.length), u2(space.length))
    return { type: 0x0c, body: pack(head, padded(own), padded(type), padded(space), bytes) }
  }

  #value(value: Hdf5Attribute): { type: Uint8Array; shape: readonly number[]; bytes: Uint8Array } {
    if (typeof value === 'number') {
      const bytes = new Uint8Array(Float64Array.of(value).buffer)
      return { type: datatype('<f8'), shape: [], bytes }
    }
    if (typeof value === 'object' && 'variable' in value) {
      const type = pack(u1(0x19), u1(1), u2(0), u4(16), u1(0x13), u1(0), u2(0), u4(1))
      return { type, shape: [value.variable.length], bytes: this.#variable(value.variable) }
    }
    const texts = typeof value === 'string' ? [value] : value
    const width = Math.max(1, ...texts.map(item => text(item).length))
    const bytes = pack(...texts.map(item => pack(text(item), new Uint8Array(width - text(item).length))))
    return {
      type: pack(u1(0x13), u1(1), u2(0), u4(width)),
      shape: typeof value === 'string' ? [] : [value.length],
      bytes,
    }
  }

  /** Texts in a collection of their own; where they are stands in the attribute. */
  #variable(texts: readonly string[]): Uint8Array {
    const objects = texts.map((item, i) => pack(u2(i + 1), u2(1), u4(0), u8(text(item).length), padded(text(item))))
    const used = objects.reduce((n, { length }) => n + length, 16)
    const size = Math.max(4096, used + 16)
    const free = pack(u2(0), u2(0), u4(0), u8(size - used), new Uint8Array(size - used - 16))
    const address = this.#put(pack('GCOL', u1(1), u1(0), u2(0), u8(size), ...objects, free))
    return pack(...texts.flatMap((item, i) => [u4(text(item).length), u8(address), u4(i + 1)]))
  }

  #header(messages: readonly Message[]): number {
    const all = messages.map(({ type, body }) => pack(u2(type), u2(padded(body).length), u4(0), padded(body)))
    const body = pack(...all)
    return this.#put(pack(u1(1), u1(0), u2(messages.length), u4(1), u4(body.length), u4(0), body))
  }
}

/** The filter's number, its name's length, that it may be left out, and its values: the level, the width of an element. */
const FILTERS = {
  deflate: pack(u2(1), u2(8), u2(1), u2(1), 'deflate\0', u4(4), u4(0)),
  shuffle: pack(u2(2), u2(8), u2(1), u2(1), 'shuffle\0', u4(4), u4(0)),
}

const pipeline = (filters: readonly ('shuffle' | 'deflate')[]): Uint8Array =>
  pack(u1(1), u1(filters.length), u2(0), u4(0), ...filters.map(filter => FILTERS[filter]))

function filtered(chunk: Uint8Array, filters: readonly ('shuffle' | 'deflate')[]): Uint8Array {
  let bytes = chunk
  for (const filter of filters) {
    const before = bytes
    const shuffled = () =>
      before.map((_, i) => before[4 * (i % (before.length / 4)) + Math.floor(i / (before.length / 4))] ?? 0)
    bytes = filter === 'deflate' ? new Uint8Array(deflateSync(before, { level: 4 })) : shuffled()
  }
  return bytes
}

/** The first element of each tile along each axis, in C order. */
function tilesOf(shape: readonly number[], chunks: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (origins, size, axis) => {
      const step = chunks[axis] ?? 1
      const places = Array.from({ length: Math.ceil(size / step) }, (_, i) => i * step)
      return origins.flatMap(origin => places.map(place => [...origin, place]))
    },
    [[]],
  )
}

/** One tile's elements, zero where it reaches beyond the shape. */
function tile(
  values: Float32Array,
  shape: readonly number[],
  chunks: readonly number[],
  origin: readonly number[],
): Uint8Array {
  const out = new Float32Array(chunks.reduce((n, d) => n * d, 1))
  for (let i = 0; i < out.length; i++) {
    let [rest, at, scale, isInside] = [i, 0, 1, true]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const place = (origin[axis] ?? 0) + (rest % (chunks[axis] ?? 1))
      rest = Math.floor(rest / (chunks[axis] ?? 1))
      isInside &&= place < (shape[axis] ?? 0)
      at += place * scale
      scale *= shape[axis] ?? 1
    }
    if (isInside) out[i] = values[at] ?? 0
  }
  return new Uint8Array(out.buffer)
}
