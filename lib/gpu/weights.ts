// Weights on the device: streamed up in parts, once each, and cut into pieces along the first axis where they exceed one
// binding. Shared by all plans of a device. Where the numbers come from (file, HTTP, memory) is the caller's business.

import { AbortError, DeviceError, InputError } from '../core/errors.ts'
import { narrowToFloat16 } from '../core/float16.ts'
import type { Device } from './device.ts'
import { fold } from './fold.ts'
import { specialise, writeParams } from './kernel.ts'
import { type PackedPiece, packedPieces, upload as uploadPacked } from './packed-weights.ts'

/** A weight's numbers, C order, in parts that together are the whole. */
export interface WeightSource {
  readonly shape: readonly number[]
  /** Whether all numbers are halves, exactly: kernels that can then read them as such, at half the bytes. */
  readonly isHalf?: boolean
  parts(maxElements: number): AsyncIterable<{ readonly offset: number; readonly data: Float32Array }>
}

export interface WeightPiece {
  readonly buffer: GPUBuffer
  readonly bytes: number
  /** First row (of the first axis) and number of rows in this buffer. */
  readonly first: number
  readonly rows: number
}

/** How a weight is made from another. */
export interface Derivation {
  readonly from: string
  readonly kernel: string
  readonly params: Readonly<Record<string, number>>
  readonly groups: readonly [number, number, number]
}

/** In one buffer of a software adapter: SwiftShader offers buffers of 1 GiB, for which it then finds no memory. */
const MOST_BYTES = 2 ** 29

const UNIFORM = 256
const PACK_WORKGROUP = 64

/** Elements a part of an upload: 16 MiB, small beside everything else. */
const PART = 2 ** 22
/** Bytes in flight before the queue is waited for: staging memory stays bounded. */
const IN_FLIGHT = 64 * 2 ** 20

/** The forms of a weight: plain buffers, buffers of halves, or packed in textures (packing.ts). */
export type Form = 'plain' | 'half' | 'packed'

export class Weights {
  readonly device: Device
  #pieces = new Map<string, readonly WeightPiece[]>()
  #halves = new Map<string, readonly WeightPiece[]>()
  #packed = new Map<string, readonly PackedPiece[]>()
  #making = new Map<string, Promise<void>>()
  #inFlight = 0

  constructor(device: Device) {
    this.device = device
  }

  has(name: string, form: Form = 'plain'): boolean {
    return { plain: this.#pieces, half: this.#halves, packed: this.#packed }[form].has(name)
  }

  get(name: string): readonly WeightPiece[] {
    const pieces = this.#pieces.get(name)
    if (pieces === undefined)
      throw new InputError(`weight ${name} is not on the device; load it before the plan is made`)
    return pieces
  }

  halves(name: string): readonly WeightPiece[] {
    const pieces = this.#halves.get(name)
    if (pieces === undefined)
      throw new InputError(`weight ${name} is not there as halves; load it before the plan is made`)
    return pieces
  }

  packed(name: string): readonly PackedPiece[] {
    const pieces = this.#packed.get(name)
    if (pieces === undefined) throw new InputError(`weight ${name} is not packed; pack it before the plan is made`)
    return pieces
  }

  /** Uploads a weight unless it is there already. @throws AbortError, DeviceError over budget, or what the source throws. */
  load(name: string, source: WeightSource, signal?: AbortSignal, form: Form = 'plain'): Promise<void> {
    if (form === 'plain') return this.#once(name, () => this.#load(name, source, signal))
    if (form === 'half')
      return this.#make(`half ${name}`, this.#halves, name, () => this.#load(name, source, signal, 2))
    return this.#oncePacked(name, () => this.#loadPacked(name, source, signal))
  }

  /** Packs a plain weight [rows, columns] on the device, unless that is done already. */
  pack(name: string, columns: number): Promise<void> {
    return this.#oncePacked(name, () => this.#pack(name, columns))
  }

  /** Gives a weight's plain form up, where it has a packed one. */
  dropPlain(name: string): void {
    const pieces = this.#pieces.get(name)
    if (pieces === undefined || !this.#packed.has(name)) return
    this.#pieces.delete(name)
    this.#release(pieces)
  }

  /**
   * Makes a weight from another one by a dispatch of a kernel that binds `weight` and `output`, unless it is there already.
   * @throws DeviceError where it is over budget or one binding.
   */
  derive(name: string, shape: readonly number[], derivation: Derivation): Promise<void> {
    return this.#once(name, () => this.#derive(name, shape, derivation))
  }

  #once(name: string, make: () => Promise<readonly WeightPiece[]>): Promise<void> {
    return this.#make(`plain ${name}`, this.#pieces, name, make)
  }

  #oncePacked(name: string, make: () => Promise<readonly PackedPiece[]>): Promise<void> {
    return this.#make(`packed ${name}`, this.#packed, name, make)
  }

  /** Makes what is not in `all` yet, once however many ask for it together. */
  async #make<P>(key: string, all: Map<string, P>, name: string, make: () => Promise<P>): Promise<void> {
    while (!all.has(name)) {
      const other = this.#making.get(key)
      if (other === undefined) return this.#begin(key, async () => void all.set(name, await make()))
      // Somebody is making it. Should that fail, it is this caller's turn.
      await other.catch(() => undefined)
    }
  }

  #begin(key: string, make: () => Promise<void>): Promise<void> {
    const making = make().finally(() => this.#making.delete(key))
    this.#making.set(key, making)
    return making
  }

  async #load(
    name: string,
    source: WeightSource,
    signal: AbortSignal | undefined,
    width: 2 | 4 = 4,
  ): Promise<readonly WeightPiece[]> {
    const pieces = this.#allocate(name, source.shape, width)
    try {
      await this.#stream(name, source, signal, (offset, data) =>
        this.#upload(pieces, source.shape, offset, width === 4 ? data : narrowToFloat16(data)),
      )
      return pieces
    } catch (error) {
      this.#release(pieces)
      throw error
    }
  }

  async #loadPacked(name: string, source: WeightSource, signal: AbortSignal | undefined): Promise<PackedPiece[]> {
    const columns = source.shape.at(-1) ?? 1
    const rows = source.shape.slice(0, -1).reduce((n, d) => n * d, 1)
    const pieces = packedPieces(this.device, name, rows, columns)
    try {
      await this.#stream(name, source, signal, (offset, data) =>
        uploadPacked(this.device, pieces, columns, offset, data),
      )
      return pieces
    } catch (error) {
      this.#release(pieces)
      throw error
    }
  }

  /** Hands all parts of a source on, with staging memory bounded. */
  async #stream(
    name: string,
    source: WeightSource,
    signal: AbortSignal | undefined,
    put: (offset: number, data: Float32Array) => void,
  ): Promise<void> {
    const elements = source.shape.reduce((n, d) => n * d, 1)
    let done = 0
    for await (const { offset, data } of source.parts(PART)) {
      if (signal?.aborted) throw new AbortError('interrupted', { cause: signal.reason })
      put(offset, data)
      done += data.length
      this.#inFlight += data.byteLength
      if (this.#inFlight <= IN_FLIGHT) continue
      await this.device.idle()
      this.#inFlight = 0
    }
    if (done !== elements)
      throw new InputError(
        `weight ${name}: ${done} numbers came; its shape [${source.shape.join(', ')}] takes ${elements}`,
      )
  }

  async #pack(name: string, columns: number): Promise<readonly PackedPiece[]> {
    const made: PackedPiece[] = []
    try {
      for (const { buffer, bytes, first } of this.get(name)) {
        const rows = bytes / (4 * columns)
        const pieces = packedPieces(this.device, name, rows, columns, first)
        made.push(...pieces)
        for (const piece of pieces) {
          const params = { start: piece.first - first, rows: piece.rows, columns }
          const groups = fold(Math.ceil((piece.rows * columns) / 4 / PACK_WORKGROUP))
          await this.#dispatch(
            name,
            { kernel: 'pack-rows', params, groups },
            { weight: { buffer }, packed: piece.view },
          )
        }
      }
      return made
    } catch (error) {
      this.#release(made)
      throw error
    }
  }

  async #derive(name: string, shape: readonly number[], derivation: Derivation): Promise<readonly WeightPiece[]> {
    const pieces = this.#allocate(name, shape)
    try {
      const [source, target, ...more] = [...this.get(derivation.from), ...pieces]
      if (source === undefined || target === undefined || more.length > 0)
        throw new DeviceError(`weight ${name} exceeds one binding of this adapter; use another --adapter`)
      await this.#dispatch(name, derivation, { weight: { buffer: source.buffer }, output: { buffer: target.buffer } })
      return pieces
    } catch (error) {
      this.#release(pieces)
      throw error
    }
  }

  /** One dispatch of a kernel, and its end. */
  async #dispatch(
    label: string,
    { kernel, params, groups }: Omit<Derivation, 'from'>,
    bound: Readonly<Record<string, GPUBindingResource>>,
  ): Promise<void> {
    const { gpu, memory } = this.device
    const pipeline = await this.device.pipeline(specialise(kernel, this.device.kernelSource(kernel)))
    const uniform = memory.allocate(`${label} parameters`, UNIFORM, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST)
    try {
      const view = new DataView(new ArrayBuffer(UNIFORM))
      writeParams(pipeline.kernel, params, view, 0)
      gpu.queue.writeBuffer(uniform, 0, view.buffer)
      const entries = pipeline.kernel.bindings.map(({ name, index }) => ({
        binding: index,
        resource: bound[name] ?? { buffer: uniform },
      }))
      const encoder = gpu.createCommandEncoder({ label })
      const pass = encoder.beginComputePass({ label })
      pass.setPipeline(pipeline.compute)
      pass.setBindGroup(0, gpu.createBindGroup({ label, layout: pipeline.layout, entries }), [0])
      pass.dispatchWorkgroups(...groups)
      pass.end()
      gpu.queue.submit([encoder.finish()])
      await this.device.idle()
    } finally {
      memory.free(uniform)
    }
  }

  free(): void {
    this.#release([...this.#pieces.values(), ...this.#halves.values(), ...this.#packed.values()].flat())
    this.#pieces.clear()
    this.#halves.clear()
    this.#packed.clear()
  }

  #allocate(name: string, shape: readonly number[], width: 2 | 4 = 4): WeightPiece[] {
    const [rows = 1, ...rest] = shape
    const rowBytes = width * rest.reduce((n, d) => n * d, 1)
    const { maxStorageBufferBindingSize, maxBufferSize } = this.device.gpu.limits
    const given = Math.min(maxStorageBufferBindingSize, maxBufferSize)
    const most = Math.floor((this.device.facts.isHardware ? given : Math.min(given, MOST_BYTES)) / rowBytes)
    if (most < 1)
      throw new DeviceError(
        `weight ${name}: one row of ${rowBytes} bytes exceeds this adapter's binding limit; use another --adapter`,
      )
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
    const pieces: WeightPiece[] = []
    try {
      for (let first = 0; first < rows; first += most) {
        const count = Math.min(most, rows - first)
        const bytes = count * rowBytes
        pieces.push({ buffer: this.device.memory.allocate(name, bytes, usage), bytes, first, rows: count })
      }
    } catch (error) {
      this.#release(pieces)
      throw error
    }
    return pieces
  }

  #release(pieces: readonly (WeightPiece | PackedPiece)[]): void {
    for (const piece of pieces) this.device.memory.free('buffer' in piece ? piece.buffer : piece.texture)
  }

  #upload(
    pieces: readonly WeightPiece[],
    shape: readonly number[],
    offset: number,
    data: Float32Array | Uint16Array,
  ): void {
    const rowElements = shape.slice(1).reduce((n, d) => n * d, 1)
    for (const { buffer, first, rows } of pieces) {
      const start = Math.max(offset, first * rowElements)
      const end = Math.min(offset + data.length, (first + rows) * rowElements)
      if (start < end)
        this.device.gpu.queue.writeBuffer(
          buffer,
          data.BYTES_PER_ELEMENT * (start - first * rowElements),
          data as GPUAllowSharedBufferSource,
          start - offset,
          end - start,
        )
    }
  }
}

/** A weight that is in memory already. */
export const inMemory = (shape: readonly number[], data: Float32Array): WeightSource => ({
  shape,
  async *parts(maxElements) {
    for (let offset = 0; offset < data.length; offset += maxElements)
      yield { offset, data: data.subarray(offset, offset + maxElements) }
  },
})
