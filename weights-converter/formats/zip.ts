// Files in a zip archive, stored or deflated, zip64 or not, as byte sources. Names are keys only: never paths, never properties of
// objects; of equal names the last counts, as in Python. Invariants: an entry's CRC is checked before its first byte is given out;
// nothing is inflated beyond the size that the archive itself states, and no size that only traps have is believed.

import { crc32 } from 'node:zlib'
import { type FileEntry, Reader, ZipReader } from '@zip.js/zip.js'
import type { ByteSource } from '../../lib/core/bytes.ts'
import { FileError, StorytellerError } from '../../lib/core/errors.ts'
import { chunks } from '../../lib/io/text-lines.ts'
import { part } from './byte-sources.ts'
import { Spool } from './spool.ts'

const CURE = 'the file is damaged: fetch it again'
const MOST_ENTRIES = 10_000
const STORED = 0
/** No name has such a character; a directory that is damaged has. */
const CONTROL = /\p{Cc}/u
/** Weights hardly shrink; arrays of zeros do, but not large ones. Deflate's own limit is 1032. */
const MOST_INFLATION = 100
const ALWAYS_INFLATED = 2 ** 26

export const isZip = (head: Uint8Array): boolean =>
  head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6))

/** An opened archive. */
export interface ZipFile {
  /** Stated sizes in bytes by name, in the file's order; folders are none. */
  readonly sizes: ReadonlyMap<string, number>
  /** The file of that name, checked; close it when done. @throws FileError where it is damaged. */
  bytes(name: string): Promise<ByteSource>
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
export async function openZip(source: ByteSource): Promise<ZipFile> {
  const zip = new ZipReader(new SourceReader(source), { useWebWorkers: false })
  const entries = new Map<string, FileEntry>()
  try {
    // Names never become paths here, so any name will do.
    for await (const entry of zip.getEntriesGenerator({ filenameValidation: 'tolerant' })) {
      if (entries.size >= MOST_ENTRIES) throw damaged(source, `more than ${MOST_ENTRIES} entries`)
      if (CONTROL.test(entry.filename)) throw damaged(source, 'an entry has a name that is none')
      if (!entry.directory) entries.set(entry.filename, entry)
    }
  } catch (error) {
    throw error instanceof StorytellerError ? error : damaged(source, 'not a whole zip archive', undefined, error)
  }
  checkExtent(source, [...entries.values()])
  return {
    sizes: new Map([...entries].map(([name, entry]) => [name, entry.uncompressedSize])),
    async bytes(name) {
      const entry = entries.get(name)
      if (entry === undefined) throw damaged(source, `has no file ${name}`)
      return (entry.compressionMethod === STORED ? storedBytes : inflated)(source, entry, `${source.name} (${name})`)
    },
    close: () => zip.close(),
  }
}

/** `offset` is the archive's word: beyond the file's end it is no place. */
function damaged(source: ByteSource, problem: string, offset?: number, cause?: unknown): FileError {
  const place = offset !== undefined && offset <= source.size ? offset : undefined
  return new FileError(problem, { file: source.name, offset: place, cure: CURE }, { cause })
}

/** @throws FileError where entries share their bytes, or inflate to what no weights do: traps for whoever unpacks them. */
function checkExtent(source: ByteSource, entries: readonly FileEntry[]): void {
  const sum = (sizes: readonly number[]) => sizes.reduce((n, size) => n + size, 0)
  if (sum(entries.map(entry => entry.compressedSize)) > source.size)
    throw damaged(source, 'its entries are said to have more bytes than the archive')
  const inflated = sum(entries.map(entry => entry.uncompressedSize))
  if (inflated > Math.max(ALWAYS_INFLATED, MOST_INFLATION * source.size))
    throw damaged(source, `its entries are said to inflate to ${inflated} bytes, which no weights do`)
}

/** An entry that is stored as it is: its bytes in place, once their checksum is found right. */
async function storedBytes(source: ByteSource, entry: FileEntry, place: string): Promise<ByteSource> {
  const at = Math.min(entry.offset, source.size)
  const head = await source.read(at, Math.min(30, source.size - at))
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  if (entry.encrypted) throw damaged(source, `the entry ${entry.filename} is encrypted`, entry.offset)
  if (head.length < 30 || view.getUint32(0, true) !== 0x04034b50)
    throw damaged(source, `the entry ${entry.filename} is not where the directory says`, entry.offset)
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
