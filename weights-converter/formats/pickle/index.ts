// Pickles as inert values: one, or all that a file holds one after the other.

import type { ByteSource } from '../../../lib/core/bytes.ts'
import { FileError } from '../../../lib/core/errors.ts'
import { elementsOf } from '../../../lib/io/manifest.ts'
import { bytesSource, part } from '../byte-sources.ts'
import { elementWidth, type SourceArray, sourceArray } from '../source-array.ts'
import { PickleMachine, type PickleOptions, type Unpickled } from './machine.ts'
import { FileBytes, PyArray, PyDict, PyList, PyRecord, PySet, PyTuple, type PyValue } from './values.ts'

const CURE = 'fetch the file again from where it was published'
const DEEPEST = 200

/** The pickle at `position`, and where it ends. @throws FileError for what is damaged, unknown or not allowed. */
export async function readPickle(source: ByteSource, position = 0, options: PickleOptions = {}): Promise<Unpickled> {
  if (position >= source.size)
    throw new FileError(source.size === 0 ? 'the file is empty' : 'the file ends where a pickle should begin', {
      file: source.name,
      offset: position,
      cure: CURE,
    })
  const read = await new PickleMachine(source, position, options).run()
  try {
    checkDepth(read.value, source)
    return read
  } catch (error) {
    await read.close()
    throw error
  }
}

/** The bytes of an array that came in a pickle. `file` is named in errors. @throws FileError for arrays of objects. */
export function arrayBytes(array: PyArray, file: ByteSource): ByteSource {
  const { data } = array
  if (data instanceof PyList) throw new FileError('an array of objects', { file: file.name, cure: CURE })
  const bytes = data instanceof FileBytes ? part(data.source, data.offset, data.length) : bytesSource(file.name, data)
  const need = (elementWidth(array.dtype) ?? 0) * elementsOf(array.shape)
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
function children(value: PyValue): readonly PyValue[] {
  if (value instanceof PyList || value instanceof PyTuple || value instanceof PySet) return value.items
  if (value instanceof PyDict) return value.entries.flat()
  if (value instanceof PyRecord) return [...value.attributes.values()]
  return value instanceof PyArray && value.data instanceof PyList ? [value.data] : []
}

interface Frame {
  readonly value: PyValue
  readonly inside: readonly PyValue[]
  next: number
  /** Of what was seen inside so far. */
  height: number
}

/**
 * Refuses values that lie deeper in one another than any weight file's, or in themselves: what follows may recurse. A value that
 * is shared is looked into once.
 */
function checkDepth(root: PyValue, source: ByteSource): void {
  const heights = new Map<PyValue, number>()
  const open = new Set<PyValue>()
  const stack: Frame[] = []
  const refuse = (problem: string) => new FileError(problem, { file: source.name, cure: CURE })
  const lift = (height: number): void => {
    const parent = stack.at(-1)
    if (parent !== undefined) parent.height = Math.max(parent.height, height + 1)
  }
  const enter = (value: PyValue): void => {
    const inside = children(value)
    const height = inside.length === 0 ? 0 : heights.get(value)
    if (height !== undefined) return lift(height)
    if (open.has(value)) throw refuse('a value that lies inside itself')
    open.add(value)
    stack.push({ value, inside, next: 0, height: 1 })
    if (stack.length > DEEPEST) throw refuse(`values more than ${DEEPEST} deep`)
  }
  enter(root)
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const child = frame.inside[frame.next++]
    if (child !== undefined) enter(child)
    else {
      if (frame.height > DEEPEST) throw refuse(`values more than ${DEEPEST} deep`)
      stack.pop()
      open.delete(frame.value)
      heights.set(frame.value, frame.height)
      lift(frame.height)
    }
  }
}
