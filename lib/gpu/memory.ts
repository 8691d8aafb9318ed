// Device memory under one budget. Software adapters never report out-of-memory, so the account is kept here:
// every buffer of the project is allocated and freed through this class.

import { DeviceError } from '../core/errors.ts'

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`

export class Memory {
  #gpu: GPUDevice
  #held = new Map<GPUBuffer, number>()
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
    if (this.#used + size > this.limit)
      throw new DeviceError(
        `${label} needs ${mebibytes(size)}, but ${mebibytes(this.#used)} of the budget of ${mebibytes(this.limit)} are in use; raise memoryLimit or use a smaller model`,
      )
    const buffer = this.#gpu.createBuffer({ label, size, usage })
    this.#held.set(buffer, size)
    this.#used += size
    this.#peak = Math.max(this.#peak, this.#used)
    return buffer
  }

  free(buffer: GPUBuffer): void {
    const size = this.#held.get(buffer)
    if (size === undefined) return
    this.#held.delete(buffer)
    this.#used -= size
    buffer.destroy()
  }

  freeAll(): void {
    for (const buffer of [...this.#held.keys()]) this.free(buffer)
  }
}
