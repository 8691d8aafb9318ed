// A pickle's bytes through a sliding window: short arguments are read at once, long byte strings are skipped and remembered by
// place. Invariant: nothing is allocated that the file does not hold.

import type { ByteSource } from '../../../lib/core/bytes.ts'
import { FileError } from '../../../lib/core/errors.ts'

const WINDOW = 2 ** 20
/** In the window after `ready()`: an opcode with any argument but a long string or line. */
const AHEAD = 2048
/** Short strings lie in shared buffers: a buffer for each would take more memory than they do. */
const SLAB = 65536
const NEWLINE = 10

export class PickleInput {
  readonly source: ByteSource
  position: number
  #window: Uint8Array = new Uint8Array()
  #view = new DataView(this.#window.buffer)
  /** What windows are read into, one after the other: whatever is kept of one is copied. */
  #room: Uint8Array | undefined
  /** Position of the window's first byte. */
  #start: number
  #slab = new Uint8Array()
  #free = 0

  constructor(source: ByteSource, position: number) {
    this.source = source
    this.position = position
    this.#start = position
  }

  /** Whether the next opcode can be read without waiting. */
  get isReady(): boolean {
    return this.#has(Math.min(AHEAD, this.source.size - this.position))
  }

  /** Moves the window here. */
  async load(): Promise<void> {
    this.#start = this.position
    const size = Math.min(WINDOW, this.source.size - this.position)
    this.#room ??= new Uint8Array(Math.min(WINDOW, this.source.size))
    this.#window = await this.source.read(this.position, size, this.#room)
    this.#view = new DataView(this.#window.buffer, this.#window.byteOffset, this.#window.byteLength)
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
  i4(): number {
    return this.#view.getInt32(this.#take(4), true)
  }
  u8(): number {
    const value = this.#view.getBigUint64(this.#take(8), true)
    if (value > BigInt(this.source.size)) throw this.error(`a length of ${value} bytes`, this.position - 8)
    return Number(value)
  }
  /** Big-endian, as pickles have it. */
  f8(): number {
    return this.#view.getFloat64(this.#take(8), false)
  }

  /** `length` bytes, at most `AHEAD` of them. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length)
    if (this.#free + length > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB)
      this.#free = 0
    }
    const kept = this.#slab.subarray(this.#free, this.#free + length)
    kept.set(this.#window.subarray(at, at + length))
    this.#free += length
    return kept
  }

  /** Passes over bytes that must be there. */
  skip(length: number): void {
    if (length < 0) throw this.error(`a negative length, ${length}`)
    if (this.position + length > this.source.size)
      throw this.error(`${length} bytes are announced, but the file has ${this.source.size - this.position} more`)
    this.position += length
  }

  /**
   * Passes over opcodes with their arguments, `widths[opcode]` bytes, as far as the window is ready; stops before one whose width
   * is below zero.
   */
  skipOpcodes(widths: Int8Array): void {
    const ready = this.#window.length - Math.min(AHEAD, this.source.size - this.#start)
    let at = this.position - this.#start
    for (let width = 0; at < ready; at += 1 + width) {
      width = widths[this.#window[at] ?? 0] ?? -1
      if (width < 0) break
    }
    this.position = this.#start + at
  }

  /** Bytes up to a newline, without it, if all of them are in the window. */
  lineInWindow(): Uint8Array | undefined {
    const from = this.position - this.#start
    const end = this.#has(0) ? this.#window.indexOf(NEWLINE, from) : -1
    if (end < 0) return undefined
    this.position = this.#start + end + 1
    return this.#window.slice(from, end)
  }

  /** Passes over a line of any length; gives the position of its newline. */
  async skipLine(): Promise<number> {
    const begin = this.position
    while (this.position < this.source.size) {
      await this.load()
      const end = this.#window.indexOf(NEWLINE)
      this.position += end < 0 ? this.#window.length : end + 1
      if (end >= 0) return this.position - 1
    }
    throw this.error('a line without an end', begin)
  }

  error(problem: string, offset = this.position): FileError {
    return new FileError(problem, {
      file: this.source.name,
      offset,
      cure: 'the file is damaged, or no pickle of weights: fetch it again from where it was published',
    })
  }

  #has(length: number): boolean {
    const from = this.position - this.#start
    return from >= 0 && from + length <= this.#window.length
  }

  #take(length: number): number {
    if (!this.#has(length)) throw this.error('the file ends in the middle of a pickle', this.source.size)
    const at = this.position - this.#start
    this.position += length
    return at
  }
}
