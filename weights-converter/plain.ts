// Python values and HDF5 attributes as JSON for people and programs to read: what `inspect` shows. Bounded, whatever a file holds.

import { FileError } from '../lib/core/errors.ts'
import type { AttributeValue } from './formats/hdf5/attributes.ts'
import type { Attributes } from './formats/hdf5/index.ts'
import {
  decodeText,
  FileBytes,
  PyArray,
  PyComplex,
  PyDict,
  PyDType,
  PyGlobal,
  PyList,
  PyRecord,
  PyScalar,
  PySet,
  PyTuple,
  type PyValue,
  textEntries,
  textOf,
} from './formats/pickle/values.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const MOST_VALUES = 2_000_000

/**
 * A value as JSON: strings as text, dicts with text keys as objects, other dicts as lists of pairs, arrays by their type and shape,
 * numbers that JSON lacks ("inf", "nan", large integers) as strings. @throws FileError where shared parts make it endless.
 */
export function toJson(value: PyValue, file: string): Json {
  let count = 0
  const plain = (item: PyValue): Json => {
    if (++count > MOST_VALUES)
      throw new FileError(`more than ${MOST_VALUES} values`, { file, cure: 'it is no file of weights or words' })
    if (item instanceof PyDict) return dict(item, plain)
    if (item instanceof PyList || item instanceof PyTuple || item instanceof PySet) return item.items.map(plain)
    if (item instanceof PyRecord) return { class: item.className, ...object(item.attributes, plain) }
    return single(item)
  }
  return plain(value)
}

/** Attributes as JSON: objects by path, in which the attributes stand by name. */
export function attributesToJson(attributes: Attributes): Json {
  const plain = (value: AttributeValue): Json => {
    if (Array.isArray(value)) return value.map(plain)
    return typeof value === 'number' ? number(value) : value
  }
  const entries = [...attributes].map(([path, own]) => {
    const values = [...own].map(([name, value]) => [name, plain(value)] as const)
    return [path, Object.fromEntries(values)] as const
  })
  return Object.fromEntries(entries)
}

function dict(value: PyDict, plain: (item: PyValue) => Json): Json {
  return value.entries.every(([key]) => textOf(key) !== undefined)
    ? object(textEntries(value), plain)
    : value.entries.map(([key, item]) => [plain(key), plain(item)])
}

/** Keys are data: "__proto__" is one like any other. */
function object(entries: ReadonlyMap<string, PyValue>, plain: (item: PyValue) => Json): { [key: string]: Json } {
  return Object.fromEntries([...entries].map(([key, item]) => [key, plain(item)]))
}

function single(value: PyValue): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return number(value)
  if (value instanceof Uint8Array) return decodeText(value)
  if (value instanceof FileBytes) return { bytes: value.length, offset: value.offset }
  if (value instanceof PyComplex) return { real: number(value.real), imaginary: number(value.imaginary) }
  if (value instanceof PyArray) return { dtype: value.dtype, shape: [...value.shape] }
  if (value instanceof PyScalar) return single(value.value)
  if (value instanceof PyDType) return value.code
  if (value instanceof PyGlobal) return value.name
  return null
}

function number(value: number): Json {
  if (Number.isNaN(value)) return 'nan'
  return Number.isFinite(value) ? value : value > 0 ? 'inf' : '-inf'
}
