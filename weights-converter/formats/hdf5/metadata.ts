// The heads of an HDF5 file as bytes at addresses, and a cursor over such bytes. Every address and length is checked against the
// file, and all heads together have a budget: an address may point anywhere, also back. Source: HDF5 File Format Specification 3.0.

import type { ByteSource } from '../../../lib/core/bytes.ts'
import { FileError } from '../../../lib/core/errors.ts'

const CURE = 'the file is damaged, or no file of weights: fetch it again from where it was published'
/** A VGG-19 has 50 KB of heads. What is read twice counts twice. */
const MOST_BYTES = 2 ** 24

/** How the superblock says addresses and lengths are written. */
export interface Widths {
  readonly address: number
  readonly length: number
}

export class Metadata {
  readonly source: ByteSource
  readonly widths: Widths
  #left = MOST_BYTES

  constructor(source: ByteSource, widths: Widths) {
    this.source = source
    this.widths = widths
  }

  /** `length` bytes at an address. @throws FileError beyond the end of the file, or of the budget. */
  async at(address: number, length: number): Promise<Cursor> {
    if (address + length > this.source.size)
      throw this.error(`${length} bytes are announced, but the file ends before`, address)
    this.spend(length, address)
    return new Cursor(await this.source.read(address, length), address, this)
  }

  /** Up to `most` bytes at an address, fewer at the end of the file. */
  upTo(address: number, most: number): Promise<Cursor> {
    return this.at(address, Math.max(0, Math.min(most, this.source.size - address)))
  }

  /** Counts bytes that are made of the file's heads. @throws FileError where they are too many. */
  spend(bytes: number, offset: number): void {
    this.#left -= bytes
    if (this.#left < 0) throw this.error(`more than ${MOST_BYTES} bytes of heads`, offset)
  }

  error(problem: string, offset: number): FileError {
    // An address is the file's word: beyond its end it is no place.
    const isThere = offset <= this.source.size
    const place = { file: this.source.name, offset: isThere ? offset : undefined, cure: CURE }
    return new FileError(isThere ? problem : `${problem} (at ${offset}, beyond the end)`, place)
  }
}

/** Reads little-endian numbers one after the other. */
export class Cursor {
  position = 0
  readonly bytes: Uint8Array
  /** Where in the file the bytes begin. */
  readonly start: number
  readonly #file: Metadata
  readonly #view: DataView

  constructor(bytes: Uint8Array, start: number, file: Metadata) {
    this.bytes = bytes
    this.start = start
    this.#file = file
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get remaining(): number {
    return this.bytes.length - this.position
  }

  u1(): number {
    return this.#view.getUint8(this.#take(1))
  }
  u2(): number {
    return this.#view.getUint16(this.#take(2), true)
  }
  u4(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  /** An unsigned integer of 1 to 8 bytes. */
  uint(width: number): number {
    const at = this.#take(width)
    let value = 0
    for (let i = width - 1; i >= 0; i--) value = value * 256 + this.#view.getUint8(at + i)
    if (!Number.isSafeInteger(value)) throw this.error(`a number that is too large, ${value}`)
    return value
  }

  length(): number {
    return this.uint(this.#file.widths.length)
  }

  /** An address; undefined where it says that there is none. */
  address(): number | undefined {
    const { address } = this.#file.widths
    if (this.bytes.subarray(this.position, this.position + address).every(byte => byte === 255)) {
      this.skip(address)
      return undefined
    }
    return this.uint(address)
  }

  /** An address that must be one. */
  place(): number {
    const address = this.address()
    if (address === undefined) throw this.error('an address that is none')
    return address
  }

  take(length: number): Uint8Array {
    const at = this.#take(length)
    return this.bytes.subarray(at, at + length)
  }

  skip(length: number): void {
    this.#take(length)
  }

  /** The next `length` bytes as a cursor of their own. */
  sub(length: number): Cursor {
    const start = this.start + this.position
    return new Cursor(this.take(length), start, this.#file)
  }

  /** Four characters that must stand here. */
  signature(text: string): void {
    const is = String.fromCharCode(...this.take(text.length))
    if (is !== text) throw this.#file.error(`${text} should stand here`, this.start + this.position - text.length)
  }

  /** @throws FileError where the number is not one of those. */
  version(known: readonly number[], of: string): number {
    const version = this.u1()
    if (!known.includes(version)) throw this.error(`version ${version} of ${of}, which is not known here`)
    return version
  }

  error(problem: string): FileError {
    return this.#file.error(problem, this.start + this.position)
  }

  #take(length: number): number {
    if (length > this.remaining) throw this.error('a head that is cut short')
    const at = this.position
    this.position += length
    return at
  }
}

/** Bytes up to the first zero as text. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
}
