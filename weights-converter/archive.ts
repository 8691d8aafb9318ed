// A zip archive with files of the original in it, such as neural_storyteller.zip, read as if it were a folder. Nothing is unpacked
// into the file system: files are read in place, or inflated into nameless temporary files; their names are never paths.

import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import type { ByteSource } from '../lib/core/bytes.ts'
import { FileError } from '../lib/core/errors.ts'
import { isZip, openZip } from './formats/zip.ts'

export interface Archive {
  /** Paths of its files. */
  readonly names: readonly string[]
  /** The file of that name, checked; close it when done. @throws FileError where it is damaged. */
  bytes(name: string): Promise<ByteSource>
  close(): Promise<void>
}

/** What computers leave in archives, and what no story needs. */
const NO_FILE = /(^|\/)(__MACOSX\/|\.(?!\.?\/)|Thumbs\.db$)|\.(jpe?g|png|gif|py|md)$/i

/** The files of an archive; undefined where it is none, or one array or net by itself. @throws FileError where it is damaged. */
export async function openArchive(source: ByteSource): Promise<Archive | undefined> {
  if (/\.npz$/i.test(source.name) || !isZip(await source.read(0, Math.min(4, source.size)))) return undefined
  const zip = await openZip(source)
  const names = [...zip.sizes.keys()]
  if (names.length === 0 || isNet(names)) return undefined
  const wanted = names.filter(name => !NO_FILE.test(name))
  await checkRoom(source, Math.max(0, ...wanted.map(name => zip.sizes.get(name) ?? 0)))
  return {
    names: wanted,
    bytes: name => zip.bytes(name),
    async close() {
      await zip.close()
      await source.close()
    },
  }
}

/** A .npz under another name, as some browsers leave it: arrays only, and one of them a net's. */
const isNet = (names: readonly string[]): boolean =>
  names.every(name => name.endsWith('.npy')) && names.some(name => /^(encoder_|decoder_|ff_|Wemb)/.test(basename(name)))

/** A stated size may be a lie: no more is inflated than there is room for. */
async function checkRoom(source: ByteSource, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(tmpdir())
  if (bytes <= bavail * bsize) return
  throw new FileError(`a file in it needs ${bytes} bytes, but there is room for ${bavail * bsize} in ${tmpdir()}`, {
    file: source.name,
    cure: 'make room there, or set TMPDIR to a folder with room',
  })
}
