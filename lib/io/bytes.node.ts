// Files on disk as byte sources. Invariant: a read gives exactly the bytes asked for or throws.

import { open } from 'node:fs/promises'
import type { ByteSource } from '../core/bytes.ts'
import { FileError } from '../core/errors.ts'

/** Bytes of one system call at most: Node refuses 2 GiB and more. */
const LARGEST_READ = 2 ** 30

/** Opens a file for reading in ranges; close it when done. @throws FileError where it is missing or no plain file. */
export async function openFile(path: string): Promise<ByteSource> {
  const handle = await open(path).catch(cause => {
    throw new FileError(reasonOf(cause), { file: path, cure: 'check the path' }, { cause })
  })
  const stat = await handle.stat()
  if (!stat.isFile()) {
    await handle.close()
    throw new FileError(stat.isDirectory() ? 'is a folder' : 'is not a file', {
      file: path,
      cure: 'give the path of a file',
    })
  }
  return {
    name: path,
    size: stat.size,
    async read(offset, length) {
      if (offset + length > stat.size) throw endsEarly(path, stat.size)
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; ) {
        const { bytesRead } = await handle.read(bytes, at, Math.min(LARGEST_READ, length - at), offset + at)
        if (bytesRead === 0) throw endsEarly(path, offset + at)
        at += bytesRead
      }
      return bytes
    },
    close: () => handle.close(),
  }
}

const endsEarly = (file: string, offset: number): FileError =>
  new FileError('the file ends early', { file, offset, cure: 'fetch or copy it again, whole' })

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES') return 'may not be read'
  return `cannot be opened (${cause instanceof Error ? cause.message : String(cause)})`
}
