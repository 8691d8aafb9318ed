// What a pickle can hold here. Everything is inert data: strings of bytes, containers, arrays. Long byte strings stay in the
// file: only where they are is remembered.

import type { ByteSource } from '../../../lib/core/bytes.ts'

/** A byte string that was left where it is. */
export class FileBytes {
  readonly source: ByteSource
  readonly offset: number
  readonly length: number
  constructor(source: ByteSource, offset: number, length: number) {
    this.source = source
    this.offset = offset
    this.length = length
  }
}

/** A byte string (str of Python 2, bytes of Python 3). */
export type PyBytes = Uint8Array | FileBytes

export class PyList {
  items: PyValue[]
  constructor(items: PyValue[] = []) {
    this.items = items
  }
}

export class PyTuple {
  readonly items: readonly PyValue[]
  constructor(items: readonly PyValue[]) {
    this.items = items
  }
}

export class PyDict {
  /** In the order they were set; of equal keys the last counts. */
  readonly entries: [PyValue, PyValue][] = []
  readonly ordered: boolean
  constructor(ordered = false) {
    this.ordered = ordered
  }
}

export class PySet {
  readonly items: PyValue[]
  readonly frozen: boolean
  constructor(items: PyValue[], frozen: boolean) {
    this.items = items
    this.frozen = frozen
  }
}

export class PyComplex {
  readonly real: number
  readonly imaginary: number
  constructor(real: number, imaginary: number) {
    this.real = real
    this.imaginary = imaginary
  }
}

/** A numpy dtype. */
export class PyDType {
  /** "<f4" */
  code: string
  constructor(code: string) {
    this.code = code
  }
}

/** A numpy scalar: one number with its type. */
export class PyScalar {
  readonly dtype: string
  readonly value: number | bigint | boolean
  constructor(dtype: string, value: number | bigint | boolean) {
    this.dtype = dtype
    this.value = value
  }
}

/** A numpy array; its state comes after it was made. Object arrays have a list of objects as data. */
export class PyArray {
  dtype = ''
  shape: readonly number[] = []
  fortran = false
  data: PyBytes | PyList = new Uint8Array()
}

/** An object of an allowed class, as a record of its attributes. */
export class PyRecord {
  readonly className: string
  readonly attributes = new Map<string, PyValue>()
  constructor(className: string) {
    this.className = className
  }
}

/** A name that the allow-list knows; never anything that could run. */
export class PyGlobal {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Python's integers come as numbers where they fit, else as bigints. */
export type PyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PyBytes
  | PyList
  | PyTuple
  | PyDict
  | PySet
  | PyComplex
  | PyDType
  | PyScalar
  | PyArray
  | PyRecord
  | PyGlobal

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const latin1 = (bytes: Uint8Array): string => Array.from(bytes, byte => String.fromCharCode(byte)).join('')

/** Bytes as text: UTF-8, or where they are none, one character a byte. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return latin1(bytes)
  }
}

/** A string of either kind as text; undefined for anything else. */
export function textOf(value: PyValue): string | undefined {
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? decodeText(value) : undefined
}

/** The entries of a dict whose keys are text. Of equal keys the first keeps its place and the last its value. */
export function textEntries(dict: PyDict): Map<string, PyValue> {
  const map = new Map<string, PyValue>()
  for (const [key, value] of dict.entries) {
    const text = textOf(key)
    if (text !== undefined) map.set(text, value)
  }
  return map
}
