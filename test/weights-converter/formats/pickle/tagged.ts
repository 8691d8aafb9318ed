// Values of pickles as plain text that can be compared: the recorded ones, type-tagged JSON, and the ones that were read.

import { toSourceArray } from '../../../../weights-converter/formats/pickle/index.ts'
import {
  decodeText,
  FileBytes,
  PyArray,
  PyComplex,
  PyDict,
  PyList,
  PyScalar,
  PySet,
  PyTuple,
  type PyValue,
} from '../../../../weights-converter/formats/pickle/values.ts'
import { memory, wholeArray } from '../../files.ts'

/** As the recorded JSON has it. */
export type Tagged = null | boolean | { readonly [type: string]: unknown }

/** Recorded values, in the same text as `told`. Python 2's int and long are one kind here. */
export function expected(tagged: Tagged): string {
  if (tagged === null || typeof tagged === 'boolean') return String(tagged)
  const [[type, value] = ['', undefined]] = Object.entries(tagged)
  const list = () => (value as Tagged[]).map(expected)
  const pairs = () => (value as [Tagged, Tagged][]).map(([key, item]) => `${expected(key)}: ${expected(item)}`)
  switch (type) {
    case 'int':
    case 'long':
      return `int ${value}`
    case 'float':
      return float(number(String(value)))
    case 'complex':
      return `complex ${(value as string[]).map(part => float(number(part)))}`
    case 'str':
      return `bytes ${JSON.stringify(value)}`
    case 'str_hex':
      return `bytes ${JSON.stringify(decodeText(Uint8Array.from(Buffer.from(String(value), 'hex'))))}`
    case 'unicode':
      return `text ${JSON.stringify(value)}`
    case 'list':
    case 'tuple':
      return `${type} [${list()}]`
    case 'set':
    case 'frozenset':
      return `${type} [${list().sort()}]`
    case 'dict':
      return `dict {${pairs().sort()}}`
    case 'odict':
      return `odict {${pairs()}}`
    case 'scalar':
      return `scalar ${value}`
    case 'ndarray': {
      const { dtype, fortran, shape, values } = value as {
        dtype: string
        fortran: boolean
        shape: number[]
        values: string[]
      }
      return `array ${dtype} [${shape}] ${fortran} [${values.map(v => float(Math.fround(number(v))))}]`
    }
    default:
      throw new Error(`a recorded value of unknown type ${type}`)
  }
}

/** A value that was read, in the same text as `expected`. */
export async function told(value: PyValue): Promise<string> {
  const list = (items: readonly PyValue[]) => Promise.all(items.map(told))
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint') return `int ${value}`
  // What Python wrote as 1.0 and as 1 is one number here.
  if (typeof value === 'number') return Number.isInteger(value) && !Object.is(value, -0) ? `int ${value}` : float(value)
  if (typeof value === 'string') return `text ${JSON.stringify(value)}`
  if (value instanceof Uint8Array) return `bytes ${JSON.stringify(decodeText(value))}`
  if (value instanceof FileBytes)
    return `bytes ${JSON.stringify(decodeText(await value.source.read(value.offset, value.length)))}`
  if (value instanceof PyComplex) return `complex ${[float(value.real), float(value.imaginary)]}`
  if (value instanceof PyList) return `list [${await list(value.items)}]`
  if (value instanceof PyTuple) return `tuple [${await list(value.items)}]`
  if (value instanceof PySet) return `${value.frozen ? 'frozenset' : 'set'} [${(await list(value.items)).sort()}]`
  if (value instanceof PyDict) {
    const pairs = await Promise.all(value.entries.map(async ([key, item]) => `${await told(key)}: ${await told(item)}`))
    return value.ordered ? `odict {${pairs}}` : `dict {${pairs.sort()}}`
  }
  // numpy's float64 is a float of Python's, and its int64 an int of Python 2's: recorded as such.
  if (value instanceof PyScalar)
    return /[fi]8$/.test(value.dtype) ? told(value.value) : `scalar ${[value.dtype, value.value]}`
  if (value instanceof PyArray) {
    const values = await wholeArray(toSourceArray(value, 'array', memory(new Uint8Array())))
    return `array ${value.dtype} [${value.shape}] ${value.fortran} [${Array.from(values, float)}]`
  }
  throw new Error(`a value of unknown kind: ${String(value)}`)
}

function number(text: string): number {
  if (text === 'True' || text === 'False') return Number(text === 'True')
  return Number(text.replace(/^(-?)inf$/, '$1Infinity').replace(/^nan$/, 'NaN'))
}

const float = (value: number): string =>
  Number.isInteger(value) && !Object.is(value, -0) ? `int ${value}` : `float ${Object.is(value, -0) ? '-0' : value}`
