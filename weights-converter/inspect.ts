// What a weight file holds: its kind, its arrays with a hash of their values, and what else it says: a pickle's plain values, the attributes of an
// HDF5 file. Reads all of it, so that
// damage anywhere is found.

import { createHash } from 'node:crypto'
import type { ByteSource } from '../lib/core/bytes.ts'
import { FileError } from '../lib/core/errors.ts'
import { type Format, openContents, type Role } from './contents.ts'
import { littleEndianBytes } from './formats/source-array.ts'
import { attributesToJson, type Json, toJson } from './plain.ts'

export interface InspectedArray {
  readonly name: string
  /** numpy's code, with the byte order of the file. */
  readonly dtype: string
  readonly shape: readonly number[]
  /** Of the values in C order, little-endian. */
  readonly sha256: string
}

export interface Inspected {
  readonly kind: Format
  /** What the original program would use it as, where it fits. */
  readonly role?: Role | undefined
  readonly arrays: readonly InspectedArray[]
  readonly values?: Json
}

/** Reads a whole file. @throws FileError where it is damaged, hostile, or nothing that is known here. */
export async function inspectFile(source: ByteSource): Promise<Inspected> {
  const contents = await openContents(source)
  try {
    const { format, role, names, value, attributes } = contents
    if (format === 'unknown' || format === 'picture')
      throw new FileError(
        `${format === 'picture' ? 'a picture' : 'an unknown format'}, not a file of weights or words`,
        {
          file: source.name,
          offset: 0,
          cure: 'give a .npy, .npz, pickle, .caffemodel, .h5, dictionary or captions file',
        },
      )
    const arrays: InspectedArray[] = []
    for (const name of names) {
      const array = await contents.array(name)
      const hash = createHash('sha256')
      for await (const bytes of littleEndianBytes(array, 'shared')) hash.update(bytes)
      arrays.push({ name, dtype: array.dtype, shape: [...array.shape], sha256: hash.digest('hex') })
    }
    const values = value !== undefined ? toJson(value, source.name) : attributes && attributesToJson(attributes)
    return { kind: format, role, arrays, ...(values !== undefined && { values }) }
  } finally {
    await contents.close()
  }
}
