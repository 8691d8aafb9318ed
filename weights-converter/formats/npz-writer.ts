// .npz files as numpy.savez writes them: one stored .npy file for each array. The bytes go where the caller says, an array at a
// time; the same arrays make the same bytes.

import { Uint8ArrayReader, ZipWriter } from '@zip.js/zip.js'
import type { NdArray } from 'ndarray'
import { encodeNpy, type NpyData } from '../../lib/io/npy.ts'

export type NamedArrays = Iterable<readonly [name: string, array: NdArray<NpyData>]>

/** The date that numpy gives its entries. */
const NO_DATE = new Date(1980, 0, 1)

/** Writes the arrays in their order. `write` is called with one part after the other, each once the one before is done. */
export async function writeNpz(arrays: NamedArrays, write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const zip = new ZipWriter(new WritableStream<Uint8Array>({ write }), {
    ...{ level: 0, useWebWorkers: false, dataDescriptor: false },
    ...{ lastModDate: NO_DATE, extendedTimestamp: false, msDosCompatible: true },
  })
  for (const [name, array] of arrays) await zip.add(`${name}.npy`, new Uint8ArrayReader(encodeNpy(array)))
  await zip.close()
}

/** The same in memory. */
export async function npzBytes(arrays: NamedArrays): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  // The writer may use its memory again.
  await writeNpz(arrays, async bytes => void parts.push(bytes.slice()))
  return Buffer.concat(parts)
}
