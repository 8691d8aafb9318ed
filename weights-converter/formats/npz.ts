// .npz files: .npy files in a zip archive, stored or deflated, zip64 or not. Names are keys only: never paths, never properties
// of objects; of equal names the last counts, as in numpy. Invariants: every array's CRC is checked before its first element is
// used; nothing is inflated beyond the size that the archive itself states.

import { crc32 } from 'node:zlib'
import { type FileEntry, Reader, ZipReader } from '@zip.js/zip.js'
import type { ByteSource } from '../../lib/core/bytes.ts'
import { FileError, StorytellerError } from '../../lib/core/errors.ts'
import { chunks } from '../../lib/io/text-lines.ts'
import { part } from './byte-sources.ts'
import { readNpyArray } from './npy.ts'
import type { SourceArray } from './source-array.ts'
import { Spool } from './spool.ts'

const CURE = 'the file is damaged: fetch it again'
const MOST_ENTRIES = 10_000
const STORED = 0

export const isZip = (head: Uint8Array): boolean =>
  head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6))

/** An opened archive. */
export interface NpzFile {
  /** Names without ".npy", in the file's order. */
  readonly names: readonly string[]
  /** The array of that name, checked. @throws FileError where it is damaged or absent. */
  array(name: string): Promise<SourceArray>
  close(): Promise<void>
}

class SourceReader extends Reader<ByteSource> {
  readonly #source: ByteSource
  constructor(source: ByteSource) {
    super(source)
    this.#source = source
    this.size = source.size
  }
  override async readUint8Array(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const end = Math.min(offset + length, this.#source.size)
    return new Uint8Array(await this.#source.read(offset, Math.max(0, end - offset)))
  }
}

/** Reads the directory of an archive. @throws FileError where there is none. */
export async function openNpz(source: ByteSource): Promise<NpzFile> {
  const zip = new ZipReader(new SourceReader(source), { useWebWorkers: false })
  const entries = new Map<string, FileEntry>()
  try {
    // Names never become paths here, so any name will do.
    for await (const entry of zip.getEntriesGenerator({ filenameValidation: 'tolerant' })) {
      if (entries.size >= MOST_ENTRIES) throw damaged(source, `more than ${MOST_ENTRIES} entries`)
      if (!entry.directory) entries.set(entry.filename.replace(/\.npy$/, ''), entry)
    }
  } catch (error) {
    throw error instanceof StorytellerError ? error : damaged(source, 'not a whole zip archive', undefined, error)
  }
  const opened: ByteSource[] = []
  const arrays = new Map<string, Promise<SourceArray>>()
  const open = async (name: string): Promise<SourceArray> => {
    const entry = entries.get(name)
    if (entry === undefined)
      throw new FileError(`has no array ${name}; it has ${[...entries.keys()].slice(0, 20).join(', ')}`, {
        file: source.name,
        cure: 'check that it is the file that was meant',
      })
    const place = `${source.name} (${name})`
    const bytes = await (entry.compressionMethod === STORED ? storedBytes : inflated)(source, entry, place)
    opened.push(bytes)
    const array = await readNpyArray(bytes, name)
    opened.push(array.bytes)
    return array
  }
  return {
    names: [...entries.keys()],
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

const damaged = (source: ByteSource, problem: string, offset?: number, cause?: unknown): FileError =>
  new FileError(problem, { file: source.name, offset, cure: CURE }, { cause })

/** An entry that is stored as it is: its bytes in place, once their checksum is found right. */
async function storedBytes(source: ByteSource, entry: FileEntry, place: string): Promise<ByteSource> {
  const head = await source.read(entry.offset, Math.min(30, source.size - entry.offset))
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  if (head.length < 30 || view.getUint32(0, true) !== 0x04034b50 || entry.encrypted)
    throw damaged(source, `the entry ${entry.filename} cannot be read`, entry.offset)
  const start = entry.offset + 30 + view.getUint16(26, true) + view.getUint16(28, true)
  if (entry.compressedSize !== entry.uncompressedSize || start + entry.uncompressedSize > source.size)
    throw damaged(source, `the entry ${entry.filename} is said to have ${entry.uncompressedSize} bytes`, start)
  const bytes = part(source, start, entry.uncompressedSize, place)
  let crc = 0
  for await (const chunk of chunks(bytes)) crc = crc32(chunk, crc)
  if (crc !== entry.signature) throw damaged(source, `the checksum of ${entry.filename} is wrong`, start)
  return bytes
}

async function inflated(source: ByteSource, entry: FileEntry, place: string): Promise<ByteSource> {
  const spool = new Spool(place)
  try {
    // zip.js stops beyond the stated size, and checks it and the checksum at the end.
    await entry.getData(new WritableStream<Uint8Array>({ write: bytes => void spool.append(bytes) }), {
      checkSignature: true,
      useWebWorkers: false,
    })
    return spool
  } catch (error) {
    await spool.close()
    if (error instanceof StorytellerError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw damaged(source, `the entry ${entry.filename} cannot be inflated (${reason})`, entry.offset, error)
  }
}
