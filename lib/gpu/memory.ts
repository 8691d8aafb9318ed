// Device memory under one budget. Software adapters never report out-of-memory, so the account is kept here:
// every buffer and texture of the project is allocated and freed through this class.

import { DeviceError } from '../core/errors.ts'

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`

export class Memory {
  #gpu: GPUDevice
  #held = new Map<GPUBuffer | GPUTexture, number>()
  #used = 0
  #peak = 0
  /** Bytes that may be held at once. */
  readonly limit: number

  constructor(gpu: GPUDevice, limit: number) {
    this.#gpu = gpu
    this.limit = limit
  }

  get used(): number {
    return this.#used
  }
  get peak(): number {
    return this.#peak
  }

  /** A zeroed buffer of at least `bytes` (rounded up to 16). */
  allocate(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16)
    if (size > this.#gpu.limits.maxBufferSize)
      throw new DeviceError(
        `${label} needs ${mebibytes(size)} in one buffer, this adapter allows ${mebibytes(this.#gpu.limits.maxBufferSize)}; use smaller batches or another --adapter`,
      )
    this.#afford(label, size)
    return this.#hold(this.#gpu.createBuffer({ label, size, usage }), size)
  }

  /** A texture of rgba32float that kernels read and write, `width` × `height` texels of 16 bytes. */
  allocateTexture(label: string, width: number, height: number): GPUTexture {
    const size = 16 * width * height
    this.#afford(label, size)
    const usage = GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST | GPUTextureUsage.COPY_SRC
    return this.#hold(this.#gpu.createTexture({ label, size: [width, height], format: 'rgba32float', usage }), size)
  }

  #afford(label: string, size: number): void {
    if (this.#used + size > this.limit)
      throw new DeviceError(
        `${label} needs ${mebibytes(size)}, but ${mebibytes(this.#used)} of the budget of ${mebibytes(this.limit)} are in use; raise memoryLimit or use a smaller model`,
      )
  }

  #hold<T extends GPUBuffer | GPUTexture>(made: T, size: number): T {
    this.#held.set(made, size)
    this.#used += size
    this.#peak = Math.max(this.#peak, this.#used)
    return made
  }

  free(held: GPUBuffer | GPUTexture): void {
    const size = this.#held.get(held)
    if (size === undefined) return
    this.#held.delete(held)
    this.#used -= size
    held.destroy()
  }

  freeAll(): void {
    for (const held of [...this.#held.keys()]) this.free(held)
  }
}
