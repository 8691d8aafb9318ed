// Pickles as inert values: one, or all that a file holds one after the other.

import type { ByteSource } from '../../../lib/core/bytes.ts'
import { FileError } from '../../../lib/core/errors.ts'
import { bytesSource, part } from '../byte-sources.ts'
import { elementCount, elementWidth, type SourceArray, sourceArray } from '../source-array.ts'
import { PickleMachine, type PickleOptions } from './machine.ts'
import { FileBytes, PyArray, PyDict, PyList, PyRecord, PySet, PyTuple, type PyValue } from './values.ts'

const CURE = 'fetch the file again from where it was published'
const DEEPEST = 200

/** The pickle at `position`, and where it ends. @throws FileError for what is damaged, unknown or not allowed. */
export async function readPickle(
  source: ByteSource,
  position = 0,
  options: PickleOptions = {},
): Promise<{ value: PyValue; end: number }> {
  if (position >= source.size)
    throw new FileError(source.size === 0 ? 'the file is empty' : 'the file ends where a pickle should begin', {
      file: source.name,
      offset: position,
      cure: CURE,
    })
  const read = await new PickleMachine(source, position, options).run()
  checkDepth(read.value, source)
  return read
}

/** A file that begins as pickles of protocol 2 or later do, or as those of protocols 0 and 1 that weights come in. */
export const looksLikePickle = (head: Uint8Array): boolean =>
  (head[0] === 0x80 && (head[1] ?? 9) <= 5) || /^[\](}c][\s\S]/.test(String.fromCharCode(...head.subarray(0, 2)))

/** What is left after STOP is another pickle, or nothing that counts. */
export async function countPickles(source: ByteSource, end: number): Promise<number> {
  let count = 1
  for (let position = end; position < source.size; count++) {
    try {
      position = (await readPickle(source, position)).end
    } catch {
      return count
    }
  }
  return count
}

/** The bytes of an array that came in a pickle. `file` is named in errors. @throws FileError for arrays of objects. */
export function arrayBytes(array: PyArray, file: ByteSource): ByteSource {
  const { data } = array
  if (data instanceof PyList) throw new FileError('an array of objects', { file: file.name, cure: CURE })
  const bytes = data instanceof FileBytes ? part(data.source, data.offset, data.length) : bytesSource(file.name, data)
  const need = (elementWidth(array.dtype) ?? 0) * elementCount(array.shape)
  if (bytes.size === need) return bytes
  throw new FileError(`an array of ${array.dtype} (${array.shape.join(', ')}) with ${bytes.size} bytes`, {
    file: file.name,
    cure: CURE,
  })
}

/** An array that came in a pickle. */
export const toSourceArray = (array: PyArray, name: string, file: ByteSource): SourceArray =>
  sourceArray({
    name,
    dtype: array.dtype,
    shape: array.shape,
    fortran: array.fortran,
    bytes: arrayBytes(array, file),
  })

/** The values directly inside a value. */
export function children(value: PyValue): readonly PyValue[] {
  if (value instanceof PyList || value instanceof PyTuple || value instanceof PySet) return value.items
  if (value instanceof PyDict) return value.entries.flat()
  if (value instanceof PyRecord) return [...value.attributes.values()]
  return value instanceof PyArray && value.data instanceof PyList ? [value.data] : []
}

/** Refuses values that lie deeper in one another than any weight file's, or in themselves: what follows may recurse. */
function checkDepth(root: PyValue, source: ByteSource): void {
  const depths = new Map<PyValue, number>()
  const stack: { value: PyValue; next: number; inside: readonly PyValue[] }[] = []
  const enter = (value: PyValue): void => {
    const inside = children(value)
    if (inside.length === 0 || depths.has(value)) return
    if (stack.length >= DEEPEST || stack.some(frame => frame.value === value))
      throw new FileError(`values more than ${DEEPEST} deep, or inside themselves`, { file: source.name, cure: CURE })
    stack.push({ value, next: 0, inside })
  }
  for (enter(root); stack.length > 0; ) {
    const frame = stack.at(-1)
    if (frame === undefined) return
    const child = frame.inside[frame.next++]
    if (child !== undefined) enter(child)
    else {
      depths.set(frame.value, stack.length)
      stack.pop()
    }
  }
}
