// The SHA-256 of a file of any size: the next part is being read while one is hashed.

import { createHash } from 'node:crypto'
import type { ByteSource } from '../core/bytes.ts'

const PART = 2 ** 22

/** 64 hexadecimal digits; `onPart` hears of each part's size. */
export async function sha256Of(source: ByteSource, onPart: (bytes: number) => void = () => undefined): Promise<string> {
  const hash = createHash('sha256')
  const size = Math.min(PART, source.size)
  const rooms = [new Uint8Array(size), new Uint8Array(size)]
  const next = (offset: number) => source.read(offset, Math.min(PART, source.size - offset), rooms[(offset / PART) % 2])
  let coming = next(0)
  for (let offset = 0; offset < source.size; offset += PART) {
    const bytes = await coming
    if (offset + PART < source.size) coming = next(offset + PART)
    // Should a caller throw, no one waits for the read that is under way.
    coming.catch(() => undefined)
    hash.update(bytes)
    onPart(bytes.length)
  }
  return hash.digest('hex')
}
