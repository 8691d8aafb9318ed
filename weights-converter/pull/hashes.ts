// Hashes of a file, all that the catalogue may name in one pass, and whether they are the published ones.

import { createHash } from 'node:crypto'
import { AbortError } from '../../lib/core/errors.ts'
import { openFile } from '../../lib/io/bytes.node.ts'
import { chunks } from '../../lib/io/text-lines.ts'
import type { CatalogueFile } from './catalogue.ts'

export interface Hashes {
  readonly bytes: number
  readonly md5: string
  readonly sha1: string
  readonly sha256: string
}

const KINDS = ['md5', 'sha1', 'sha256'] as const

export interface Reading {
  readonly signal?: AbortSignal | undefined
  /** Hears how far it has come. */
  readonly onRead?: ((done: number, total: number) => void) | undefined
}

/** Reads a file once. @throws AbortError */
export async function hashFile(path: string, { signal, onRead }: Reading = {}): Promise<Hashes> {
  const source = await openFile(path)
  try {
    const hashes = KINDS.map(kind => createHash(kind))
    let done = 0
    for await (const bytes of chunks(source)) {
      if (signal?.aborted) throw new AbortError()
      done += bytes.length
      onRead?.(done, source.size)
      for (const hash of hashes) hash.update(bytes)
    }
    const [md5 = '', sha1 = '', sha256 = ''] = hashes.map(hash => hash.digest('hex'))
    return { bytes: source.size, md5, sha1, sha256 }
  } finally {
    await source.close()
  }
}

/** In which way a file is not the published one; undefined where nothing differs. */
export function difference(wanted: CatalogueFile, is: Hashes): string | undefined {
  if (wanted.bytes !== undefined && wanted.bytes !== is.bytes)
    return `has ${is.bytes} bytes, the published file has ${wanted.bytes}`
  const kind = KINDS.find(name => wanted[name] !== undefined && wanted[name] !== is[name])
  return kind && `is not the published file: its ${NAMES[kind]} is ${is[kind]}, not ${wanted[kind]}`
}

const NAMES = { md5: 'MD5', sha1: 'SHA-1', sha256: 'SHA-256' } as const
