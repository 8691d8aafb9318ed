// Bytes that had to be decoded (inflated, unescaped) before they can be read in ranges: in memory while they are few, in a
// nameless temporary file beyond that.

import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ByteSource } from '../../lib/core/bytes.ts'
import { FileError } from '../../lib/core/errors.ts'

const IN_MEMORY = 16 * 2 ** 20

/** Append first, read at any time. Close it to give its space back. */
export class Spool implements ByteSource {
  readonly name: string
  size = 0
  #memory = new Uint8Array(65536)
  #file: number | undefined
  #folder = ''

  /** `name` is the place the bytes come from, for messages. */
  constructor(name: string) {
    this.name = name
  }

  /** Adds bytes at the end; gives where they begin. */
  append(bytes: Uint8Array): number {
    const offset = this.size
    if (this.#file === undefined && offset + bytes.length > IN_MEMORY) this.#moveToDisk()
    if (this.#file === undefined) this.#remember(bytes)
    else writeAll(this.#file, bytes, offset)
    this.size += bytes.length
    return offset
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset + length > this.size)
      throw new FileError('the data end early', { file: this.name, cure: 'fetch or copy the file again, whole' })
    if (this.#file === undefined) return this.#memory.slice(offset, offset + length)
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; ) at += readSync(this.#file, bytes, at, length - at, offset + at)
    return bytes
  }

  async close(): Promise<void> {
    if (this.#file !== undefined) closeSync(this.#file)
    if (this.#folder !== '') rmSync(this.#folder, { recursive: true, force: true })
    this.#file = undefined
    this.#folder = ''
    this.#memory = new Uint8Array()
  }

  #remember(bytes: Uint8Array): void {
    const need = this.size + bytes.length
    if (need > this.#memory.length) {
      const larger = new Uint8Array(Math.max(need, 2 * this.#memory.length))
      larger.set(this.#memory.subarray(0, this.size))
      this.#memory = larger
    }
    this.#memory.set(bytes, this.size)
  }

  #moveToDisk(): void {
    this.#folder = mkdtempSync(join(tmpdir(), 'neural-storyteller-'))
    this.#file = openSync(join(this.#folder, 'spool'), 'w+')
    // An open file lives on without a name where the system allows it: then nothing is left behind whatever happens.
    if (process.platform !== 'win32') {
      rmSync(this.#folder, { recursive: true, force: true })
      this.#folder = ''
    }
    writeAll(this.#file, this.#memory.subarray(0, this.size), 0)
    this.#memory = new Uint8Array()
  }
}

/** @throws FileError where the disk is full. */
function writeAll(file: number, bytes: Uint8Array, offset: number): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, offset + at)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const cure = 'make room there, or set TMPDIR to a folder with room'
    throw new FileError(`cannot hold what must be unpacked (${reason})`, { file: tmpdir(), cure }, { cause })
  }
}
