// Pickles as Python 2's cPickle writes and loads them (protocol 2): numbers, texts, dicts and OrderedDicts, which is all that the
// original programs keep beside their weights. Texts become byte strings of UTF-8, as the original has them.

import { InputError } from '../../../lib/core/errors.ts'

/** A number that Python is to have as a float, though it is whole. */
export class PyFloat {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** A plain object becomes a dict, a Map an OrderedDict. Whole numbers become ints, all others floats. */
export type Picklable =
  | null
  | boolean
  | number
  | string
  | PyFloat
  | { readonly [key: string]: Picklable }
  | ReadonlyMap<string, Picklable>

/** The bytes of a value's pickle. */
export function writePickle(value: Picklable): Uint8Array {
  const out = new Bytes()
  out.push(op('\x80'), 2)
  write(value, out)
  out.push(op('.'))
  return out.whole()
}

const op = (character: string): number => character.charCodeAt(0)
const ops = (characters: string): number[] => Array.from(characters, op)
const utf8 = new TextEncoder()

function write(value: Picklable, out: Bytes): void {
  if (value === null) out.push(op('N'))
  else if (typeof value === 'boolean') out.push(op(value ? '\x88' : '\x89'))
  else if (typeof value === 'string') writeText(value, out)
  else if (value instanceof PyFloat) writeFloat(value.value, out)
  else if (typeof value === 'number') writeNumber(value, out)
  else if (value instanceof Map) writeOrderedDict(value, out)
  else {
    out.push(...ops('}('))
    for (const [key, item] of Object.entries(value)) {
      writeText(key, out)
      write(item, out)
    }
    out.push(op('u'))
  }
}

/** As Python 2.7 does: the class called with a list of [key, value] lists. */
function writeOrderedDict(entries: ReadonlyMap<string, Picklable>, out: Bytes): void {
  out.push(...ops('ccollections\nOrderedDict\n]('))
  for (const [key, item] of entries) {
    out.push(...ops(']('))
    writeText(key, out)
    write(item, out)
    out.push(op('e'))
  }
  out.push(...ops('e\x85R'))
}

function writeText(text: string, out: Bytes): void {
  const bytes = utf8.encode(text)
  if (bytes.length < 256) out.push(op('U'), bytes.length)
  else out.append(numberBytes('T', 4, view => view.setInt32(1, bytes.length, true)))
  out.append(bytes)
}

function writeNumber(value: number, out: Bytes): void {
  if (!Number.isInteger(value)) writeFloat(value, out)
  else if (value >= 0 && value < 2 ** 8) out.push(op('K'), value)
  else if (value >= -(2 ** 31) && value < 2 ** 31)
    out.append(numberBytes('J', 4, view => view.setInt32(1, value, true)))
  else throw new InputError(`${value} is beyond the integers that a file of options holds; take one below 2147483648`)
}

const writeFloat = (value: number, out: Bytes): void =>
  out.append(numberBytes('G', 8, view => view.setFloat64(1, value)))

function numberBytes(code: string, width: number, set: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(1 + width)
  bytes[0] = op(code)
  set(new DataView(bytes.buffer))
  return bytes
}

/** Bytes that grow. */
class Bytes {
  #bytes = new Uint8Array(1024)
  #size = 0

  push(...bytes: number[]): void {
    this.append(bytes)
  }
  append(bytes: ArrayLike<number>): void {
    if (this.#size + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#size + bytes.length, 2 * this.#bytes.length))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(bytes, this.#size)
    this.#size += bytes.length
  }
  whole(): Uint8Array {
    return this.#bytes.slice(0, this.#size)
  }
}
