// .npz files: .npy files in a zip archive (zip.ts). Of equal names the last counts, as in numpy.

import type { ByteSource } from '../../lib/core/bytes.ts'
import { FileError } from '../../lib/core/errors.ts'
import { readNpyArray } from './npy.ts'
import type { SourceArray } from './source-array.ts'
import { openZip } from './zip.ts'

/** An opened archive. */
export interface NpzFile {
  /** Names without ".npy", in the file's order. */
  readonly names: readonly string[]
  /** Names as they stand in the archive. */
  readonly members: readonly string[]
  /** The array of that name, checked. @throws FileError where it is damaged or absent. */
  array(name: string): Promise<SourceArray>
  close(): Promise<void>
}

/** Reads the directory of an archive. @throws FileError where there is none. */
export async function openNpz(source: ByteSource): Promise<NpzFile> {
  const zip = await openZip(source)
  const entries = new Map([...zip.sizes.keys()].map(entry => [entry.replace(/\.npy$/, ''), entry]))
  const opened: ByteSource[] = []
  const arrays = new Map<string, Promise<SourceArray>>()
  const open = async (name: string): Promise<SourceArray> => {
    const entry = entries.get(name)
    if (entry === undefined)
      throw new FileError(`has no array ${name}; it has ${[...entries.keys()].slice(0, 20).join(', ')}`, {
        file: source.name,
        cure: 'check that it is the file that was meant',
      })
    const bytes = await zip.bytes(entry)
    opened.push(bytes)
    const array = await readNpyArray(bytes, name)
    opened.push(array.bytes)
    return array
  }
  return {
    names: [...entries.keys()],
    members: [...entries.values()],
    array(name) {
      const array = arrays.get(name) ?? open(name)
      arrays.set(name, array)
      return array
    },
    async close() {
      await Promise.allSettled(arrays.values())
      for (const bytes of opened) await bytes.close()
      await zip.close()
    },
  }
}
