// One tensor of a bundle: the manifest's entry joined with its .npy file, read whole, in ranges, or in parts.
// Invariant: nothing is read before the file's head and length were found to fit the manifest; halves come as f32.

import type { ByteSource } from '../core/bytes.ts'
import { FileError, InputError } from '../core/errors.ts'
import { expandFloat16 } from '../core/float16.ts'
import type { BundleFiles } from './bundle-files.ts'
import { elementsOf, type StoredDType, type TensorEntry } from './manifest.ts'
import { HEADER_PROBE, parseNpyHeader } from './npy.ts'

const BYTES = { f32: 4, f16: 2 } as const
const DESCR = { f32: '<f4', f16: '<f2' } as const

interface Opened {
  readonly source: ByteSource
  readonly dataOffset: number
}

/** Has the shape of the engine's `WeightSource`: it can be uploaded as it is. */
export class BundleTensor {
  readonly name: string
  /** How it is stored; it is always read as f32. */
  readonly dtype: StoredDType
  readonly shape: readonly number[]
  readonly layout: string
  readonly elements: number
  #files: BundleFiles
  #file: string
  #opened: Promise<Opened> | undefined

  constructor(name: string, entry: TensorEntry, files: BundleFiles) {
    this.name = name
    this.dtype = entry.dtype
    this.shape = entry.shape
    this.layout = entry.layout
    this.elements = elementsOf(entry.shape)
    this.#files = files
    this.#file = entry.file
  }

  get isHalf(): boolean {
    return this.dtype === 'f16'
  }

  /** All elements, C order. */
  read(): Promise<Float32Array> {
    return this.readRange(0, this.elements)
  }

  /** `count` elements from the flat C-order position `start`; `into` as in `ByteSource`. @throws InputError beyond the end, FileError for its file. */
  async readRange(start: number, count: number, into?: Uint8Array): Promise<Float32Array> {
    if (!(start >= 0 && count >= 0 && start + count <= this.elements))
      throw new InputError(`${this.name} has ${this.elements} elements; ${start} to ${start + count} were asked for`)
    const { source, dataOffset } = await this.#open()
    const width = BYTES[this.dtype]
    const bytes = await source.read(dataOffset + width * start, width * count, into)
    const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes)
    return this.dtype === 'f32'
      ? new Float32Array(aligned.buffer, aligned.byteOffset, count)
      : expandFloat16(new Uint16Array(aligned.buffer, aligned.byteOffset, count))
  }

  /**
   * The whole in order, at most `maxElements` at a time. The next part is being read while one is used; parts share their memory in
   * turn: one is overwritten once the one after it was taken.
   */
  async *parts(maxElements: number): AsyncGenerator<{ offset: number; data: Float32Array }> {
    const size = BYTES[this.dtype] * Math.min(maxElements, this.elements)
    const rooms = [new Uint8Array(size), new Uint8Array(size)]
    const next = (offset: number) =>
      this.readRange(offset, Math.min(maxElements, this.elements - offset), rooms[(offset / maxElements) % 2])
    let coming = next(0)
    for (let offset = 0; offset < this.elements; offset += maxElements) {
      const data = await coming
      const following = offset + maxElements < this.elements ? next(offset + maxElements) : undefined
      // A consumer that stops early never awaits it: an error of a read that nobody wants is no error.
      following?.catch(() => undefined)
      yield { offset, data }
      if (following) coming = following
    }
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined)
    this.#opened = undefined
    await opened?.source.close()
  }

  #open(): Promise<Opened> {
    this.#opened ??= this.#check()
    return this.#opened
  }

  async #check(): Promise<Opened> {
    const source = await this.#files.open(this.#file)
    try {
      const header = parseNpyHeader(await source.read(0, Math.min(HEADER_PROBE, source.size)), source.name)
      const need = header.dataOffset + BYTES[this.dtype] * this.elements
      const same = header.shape.length === this.shape.length && header.shape.every((d, i) => d === this.shape[i])
      const is = `${header.descr} [${header.shape.join(', ')}]${header.fortranOrder ? ' Fortran order' : ''}, ${source.size} bytes`
      if (header.descr !== DESCR[this.dtype] || header.fortranOrder || !same || source.size !== need)
        throw new FileError(
          `is ${is}; the manifest says ${DESCR[this.dtype]} [${this.shape.join(', ')}], ${need} bytes`,
          { file: source.name, cure: 'convert the original files again, or fetch the bundle anew' },
        )
      return { source, dataOffset: header.dataOffset }
    } catch (error) {
      await source.close()
      throw error
    }
  }
}
