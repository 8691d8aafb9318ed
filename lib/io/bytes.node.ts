// Files on disk as byte sources. Invariants: a read gives exactly the bytes asked for or throws; only plain files are read, and
// opening anything else (a pipe without a writer, a device) neither waits nor reads.

import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { ByteSource } from '../core/bytes.ts'
import { FileError } from '../core/errors.ts'

/** Bytes of one system call at most: Node refuses 2 GiB and more. */
const LARGEST_READ = 2 ** 30
/** Opening a pipe would otherwise wait for someone to write to it. Windows has neither. */
const WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** Opens a file for reading in ranges; close it when done. @throws FileError where it is missing or no plain file. */
export async function openFile(path: string): Promise<ByteSource> {
  const { handle, size } = await openPlain(path)
  return {
    name: path,
    size,
    async read(offset, length, into) {
      if (offset + length > size) throw endsEarly(path, size)
      const bytes = into !== undefined && into.length >= length ? into.subarray(0, length) : new Uint8Array(length)
      for (let at = 0; at < length; ) {
        const { bytesRead } = await handle
          .read(bytes, at, Math.min(LARGEST_READ, length - at), offset + at)
          .catch(cause => fail(path, offset + at, cause))
        if (bytesRead === 0) throw endsEarly(path, offset + at)
        at += bytesRead
      }
      return bytes
    },
    close: () => handle.close(),
  }
}

/** All bytes of a file of up to `limit`; `cure` is for longer ones. @throws FileError */
export async function readWhole(path: string, limit: number, cure: string): Promise<Uint8Array> {
  const source = await openFile(path)
  try {
    if (source.size > limit)
      throw new FileError(`${source.size} bytes are more than the ${limit} that are read of such a file`, {
        file: path,
        cure,
      })
    return await source.read(0, source.size)
  } finally {
    await source.close()
  }
}

async function openPlain(path: string): Promise<{ handle: FileHandle; size: number }> {
  const handle = await open(path, WITHOUT_WAITING).catch(cause => {
    throw new FileError(reasonOf(cause), { file: path, cure: 'check the path' }, { cause })
  })
  const stat = await handle.stat()
  if (stat.isFile()) return { handle, size: stat.size }
  await handle.close()
  throw new FileError(stat.isDirectory() ? 'is a folder' : 'is not a file', {
    file: path,
    cure: 'give the path of a file',
  })
}

const endsEarly = (file: string, offset: number): FileError =>
  new FileError('the file ends early', { file, offset, cure: 'fetch or copy it again, whole' })

function fail(file: string, offset: number, cause: unknown): never {
  throw new FileError(reasonOf(cause), { file, offset, cure: 'copy it to another disk, or fetch it again' }, { cause })
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES') return 'may not be read'
  if (code === 'ELOOP') return 'is a link that leads back to itself'
  return `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`
}
