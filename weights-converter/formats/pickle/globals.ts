// The exact list of names that a pickle may use, and what each stands for here. Nothing is looked up, imported or called: a name
// picks a case below, and a name that is not in the list is refused before anything is done with it.

import { expandFloat16 } from '../../../lib/core/float16.ts'
import { smallest } from './text.ts'
import {
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
  textOf,
} from './values.ts'

/** Python 2 and 3, and numpy 1 and 2, have different names for the same thing. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['numpy._core.multiarray _reconstruct', 'numpy.core.multiarray _reconstruct'],
  ['numpy._core.multiarray scalar', 'numpy.core.multiarray scalar'],
  ['numpy._core.numeric _frombuffer', 'numpy.core.numeric _frombuffer'],
  ['builtins set', '__builtin__ set'],
  ['builtins frozenset', '__builtin__ frozenset'],
  ['builtins complex', '__builtin__ complex'],
  ['builtins object', '__builtin__ object'],
  ['builtins int', '__builtin__ int'],
  ['builtins bytes', '__builtin__ bytes'],
  ['copyreg _reconstructor', 'copy_reg _reconstructor'],
])

type Make = (args: readonly PyValue[]) => PyValue

/** Names that may be called, with what they give. @throws RangeError for arguments that do not fit. */
const CALLS: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['collections OrderedDict', ([pairs]) => orderedDict(pairs)],
  ['collections defaultdict', () => new PyDict()],
  [
    'numpy.core.multiarray _reconstruct',
    ([type]) => (isNamed(type, 'numpy ndarray') ? new PyArray() : fail('_reconstruct')),
  ],
  ['numpy.core.multiarray scalar', ([dtype, bytes]) => scalar(dtype, bytes)],
  ['numpy.core.numeric _frombuffer', args => fromBuffer(args)],
  ['numpy dtype', ([code]) => new PyDType(typeCode(code))],
  ['__builtin__ set', ([items]) => new PySet([...itemsOf(items, 'set')], false)],
  ['__builtin__ frozenset', ([items]) => new PySet([...itemsOf(items, 'frozenset')], true)],
  [
    '__builtin__ complex',
    ([re, im]) => (typeof re === 'number' && typeof im === 'number' ? new PyComplex(re, im) : fail('complex')),
  ],
  ['_codecs encode', ([text, encoding]) => encode(text, encoding)],
  // How Python 3 writes no bytes at all in old protocols.
  ['__builtin__ bytes', args => (args.length === 0 ? new Uint8Array() : fail('bytes'))],
  ['copy_reg _reconstructor', ([type]) => newRecord(type)],
])

/** Names that may be mentioned, as types, but not called. */
const TYPES: ReadonlySet<string> = new Set([
  'numpy ndarray',
  '__builtin__ object',
  '__builtin__ int',
  '__builtin__ long',
])

/** Classes of NLTK's sentence splitter: records of their attributes, where a trained splitter is what is asked for. */
export const PUNKT_CLASSES: ReadonlySet<string> = new Set(
  ['PunktSentenceTokenizer', 'PunktTrainer', 'PunktParameters', 'PunktLanguageVars', 'PunktToken'].map(
    name => `nltk.tokenize.punkt ${name}`,
  ),
)

const GLOBALS = new Map<string, PyGlobal>()

/** The name if the list has it. `records`: classes whose objects are read as records. */
export function findGlobal(module: string, name: string, records: ReadonlySet<string>): PyGlobal | undefined {
  const given = `${module} ${name}`
  const full = ALIASES.get(given) ?? given
  if (!CALLS.has(full) && !TYPES.has(full) && !records.has(full)) return undefined
  const known = GLOBALS.get(full) ?? new PyGlobal(full)
  GLOBALS.set(full, known)
  return known
}

/** What calling an allowed name gives. @throws RangeError where it may not be called, or not with these. */
export function call(callee: PyValue, args: PyValue): PyValue {
  const make = callee instanceof PyGlobal ? CALLS.get(callee.name) : undefined
  if (make === undefined || !(args instanceof PyTuple))
    throw new RangeError('a call of something that may not be called')
  return make(args.items)
}

/** A new object of an allowed class, without its attributes. @throws RangeError */
export function newRecord(type: PyValue | undefined): PyRecord {
  if (type instanceof PyGlobal && PUNKT_CLASSES.has(type.name)) return new PyRecord(type.name.split(' ')[1] ?? '')
  throw new RangeError('an object of a class that is not allowed')
}

/** Gives an object its state. @throws RangeError where it cannot have one, or not this. */
export function build(target: PyValue, state: PyValue): void {
  if (target instanceof PyArray && state instanceof PyTuple) setArray(target, state.items)
  else if (target instanceof PyDType && state instanceof PyTuple) setByteOrder(target, state.items)
  else if (target instanceof PyRecord && state instanceof PyDict)
    for (const [key, value] of state.entries) target.attributes.set(textOf(key) ?? fail('attributes'), value)
  // PunktLanguageVars has no state of its own, and writes 1.
  else if (!(target instanceof PyRecord && state === 1))
    throw new RangeError('a state for something that can have none')
}

function fail(what: string): never {
  throw new RangeError(`arguments of ${what} that do not fit`)
}

const isNamed = (value: PyValue | undefined, name: string): boolean => value instanceof PyGlobal && value.name === name

function itemsOf(value: PyValue | undefined, what: string): readonly PyValue[] {
  return value instanceof PyList || value instanceof PyTuple ? value.items : fail(what)
}

function orderedDict(pairs: PyValue | undefined): PyDict {
  const dict = new PyDict(true)
  for (const pair of pairs === undefined ? [] : itemsOf(pairs, 'OrderedDict')) {
    const [key, value, ...rest] = itemsOf(pair, 'OrderedDict')
    if (key === undefined || value === undefined || rest.length > 0) fail('OrderedDict')
    dict.entries.push([key, value])
  }
  return dict
}

/** 'f4' until a byte order is set; one-byte and object types have none. */
function typeCode(value: PyValue | undefined): string {
  const code = value === undefined ? undefined : textOf(value)
  if (code === undefined || !/^[<>|=]?[a-zA-Z]\d{0,9}$/.test(code)) return fail('dtype')
  return /^[<>|=]/.test(code) ? code : withByteOrder(code, '<')
}

const withByteOrder = (code: string, order: string): string =>
  (/^([iub]1|O8?|[SVa]\d*)$/.test(code) ? '|' : order) + code

function setByteOrder(dtype: PyDType, [, order, subtype, names, fields]: readonly PyValue[]): void {
  const sign = order === undefined ? undefined : textOf(order)
  const isPlain = [subtype, names, fields].every(part => part === null)
  if (sign === undefined || !['<', '>', '|', '='].includes(sign) || !isPlain) fail('a structured dtype')
  dtype.code = withByteOrder(dtype.code.replace(/^[<>|=]/, ''), sign === '>' ? '>' : '<')
}

function setArray(array: PyArray, [, shape, dtype, fortran, data]: readonly PyValue[]): void {
  if (!(shape instanceof PyTuple) || !(dtype instanceof PyDType)) return fail('ndarray')
  if (!shape.items.every(d => typeof d === 'number' && d >= 0)) return fail('ndarray')
  if (!(data instanceof PyList || data instanceof Uint8Array || data instanceof FileBytes)) return fail('ndarray')
  Object.assign(array, { shape: shape.items, dtype: dtype.code, fortran: fortran === true || fortran === 1, data })
}

function fromBuffer([data, dtype, shape, order]: readonly PyValue[]): PyArray {
  const array = new PyArray()
  setArray(array, [1, shape ?? null, dtype ?? null, order !== undefined && textOf(order) === 'F', data ?? null])
  return array
}

type ReadScalar = (view: DataView, little: boolean) => number | bigint | boolean
const SCALARS: ReadonlyMap<string, ReadScalar> = new Map<string, ReadScalar>([
  ['f2', (v, little) => expandFloat16(Uint16Array.of(v.getUint16(0, little)))[0] ?? 0],
  ['f4', (v, little) => v.getFloat32(0, little)],
  ['f8', (v, little) => v.getFloat64(0, little)],
  ['i1', v => v.getInt8(0)],
  ['i2', (v, little) => v.getInt16(0, little)],
  ['i4', (v, little) => v.getInt32(0, little)],
  ['i8', (v, little) => smallest(v.getBigInt64(0, little))],
  ['u1', v => v.getUint8(0)],
  ['u2', (v, little) => v.getUint16(0, little)],
  ['u4', (v, little) => v.getUint32(0, little)],
  ['u8', (v, little) => smallest(v.getBigUint64(0, little))],
  ['b1', v => v.getUint8(0) !== 0],
])

function scalar(dtype: PyValue | undefined, bytes: PyValue | undefined): PyScalar {
  if (!(dtype instanceof PyDType) || !(bytes instanceof Uint8Array)) return fail('scalar')
  const { code } = dtype
  const read = SCALARS.get(code.slice(1))
  if (read === undefined || Number(code.slice(2)) !== bytes.length) return fail('scalar')
  return new PyScalar(code, read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), code[0] !== '>'))
}

/** Python 3 writes bytes in old protocols as text that is to be encoded. */
function encode(text: PyValue | undefined, encoding: PyValue | undefined): Uint8Array {
  const known = encoding !== undefined && /^latin-?1$/.test(textOf(encoding) ?? '')
  if (typeof text !== 'string' || !known) return fail('encode')
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 255) fail('encode')
    bytes[i] = code
  }
  return bytes
}
