// .npy files on disk: the same checks as in npy.ts, and the head is checked before the rest is read.

import { open } from 'node:fs/promises'
import type { NdArray } from 'ndarray'
import { FileError } from '../core/errors.ts'
import { elementsOf } from './manifest.ts'
import { decodeNpy, decodeVectors, type NpyData, parseNpyHeader } from './npy.ts'

export { encodeNpy } from './npy.ts'

/** More than any array that is held in memory at once here. */
const LARGEST = 2 ** 31
const LONGEST_HEAD = 12 + 65536

/** An array that this project or numpy wrote, C order, its own type; halves as f32. @throws FileError */
export const readNpy = async (file: string): Promise<NdArray<NpyData>> => decodeNpy(await readFile(file), file)

/** A user's vectors as f32 [rows, dim]. @throws FileError for anything that is not a list of finite numbers. */
export const readVectors = async (file: string): Promise<NdArray<Float32Array>> =>
  decodeVectors(await readFile(file), file)

async function readFile(file: string): Promise<Uint8Array> {
  const handle = await open(file).catch(cause => {
    throw new FileError('cannot be opened', { file, cure: 'check the path' }, { cause })
  })
  try {
    const { size } = await handle.stat()
    const head = new Uint8Array(Math.min(size, LONGEST_HEAD))
    await handle.read(head, 0, head.length, 0)
    const { shape, dataOffset } = parseNpyHeader(head, file)
    if (size > LARGEST || elementsOf(shape) > size - dataOffset)
      throw new FileError(`${size} bytes cannot be an array (${shape.join(', ')}) that fits in memory`, {
        file,
        cure: 'write the array again with numpy.save, in smaller files',
      })
    const bytes = new Uint8Array(size)
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(bytes, at, Math.min(2 ** 28, size - at), at)
      if (bytesRead === 0) throw new FileError('ends early', { file, offset: at, cure: 'try again' })
      at += bytesRead
    }
    return bytes
  } finally {
    await handle.close()
  }
}
