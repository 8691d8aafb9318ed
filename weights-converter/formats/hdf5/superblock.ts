// The first bytes of an HDF5 file: how wide its addresses are and where its root group is. Versions 0 to 3.

import type { ByteSource } from '../../../lib/core/bytes.ts'
import { Metadata } from './metadata.ts'

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
const LONGEST = 128

export const isHdf5 = (head: Uint8Array): boolean => SIGNATURE.every((byte, i) => head[i] === byte)

export interface Opened {
  readonly file: Metadata
  /** Address of the root group's header. */
  readonly root: number
}

/** @throws FileError where the version is unknown or the file is shorter than it says. */
export async function readSuperblock(source: ByteSource): Promise<Opened> {
  const head = await new Metadata(source, { address: 8, length: 8 }).upTo(0, LONGEST)
  head.skip(SIGNATURE.length)
  const version = head.version([0, 1, 2, 3], 'HDF5’s superblock')
  const isOld = version < 2
  if (isOld) head.skip(4)
  const widths = { address: head.u1(), length: head.u1() }
  for (const width of [widths.address, widths.length])
    if (![2, 4, 8].includes(width)) throw head.error(`addresses of ${widths.address} and ${widths.length} bytes`)
  head.skip(isOld ? 9 : 1)
  if (version === 1) head.skip(4)
  const file = new Metadata(source, widths)
  const cursor = await file.upTo(head.position, LONGEST)
  const base = cursor.place()
  cursor.address()
  const end = cursor.place()
  if (isOld) {
    cursor.address()
    cursor.skip(widths.address)
  }
  const root = cursor.place()
  if (base !== 0) throw cursor.error(`a base address of ${base}; only files that begin at 0 are read`)
  if (end > source.size) throw file.error(`the file says that it has ${end} bytes; it ends early`, source.size)
  return { file, root }
}
