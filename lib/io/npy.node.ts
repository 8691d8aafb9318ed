// .npy files on disk: the same checks as in npy.ts, and the head is checked before the rest is read.

import type { NdArray } from 'ndarray'
import { FileError } from '../core/errors.ts'
import { openFile } from './bytes.node.ts'
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
  const source = await openFile(file)
  try {
    const { size } = source
    const { shape, dataOffset } = parseNpyHeader(await source.read(0, Math.min(size, LONGEST_HEAD)), file)
    if (size > LARGEST || elementsOf(shape) > size - dataOffset)
      throw new FileError(`${size} bytes cannot be an array (${shape.join(', ')}) that fits in memory`, {
        file,
        cure: 'write the array again with numpy.save, in smaller files',
      })
    return await source.read(0, size)
  } finally {
    await source.close()
  }
}
