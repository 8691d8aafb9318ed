// Times what is encoded into one compute pass. Short work is encoded several times, so that a sample is long against the resolution of
// timestamps (65 µs in Dawn) and against a submission.

import type { Device } from '../../lib/gpu/device.ts'
import { now } from './clock.ts'

/** Milliseconds that a sample takes at least. */
const SAMPLE_MS = 10
const MOST_TIMES = 4096

export class DispatchClock {
  readonly #device: Device
  #times = 1
  #calibrated = false
  #queries: { readonly set: GPUQuerySet; readonly resolved: GPUBuffer } | undefined

  /** `stamped`: use the device's own timestamps where it has them. */
  constructor(device: Device, stamped: boolean) {
    this.#device = device
    if (!stamped || !device.gpu.features.has('timestamp-query')) return
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC
    this.#queries = {
      set: device.gpu.createQuerySet({ type: 'timestamp', count: 2 }),
      resolved: device.memory.allocate('timestamps', 16, usage),
    }
  }

  /** Milliseconds of the work once. */
  async time(encode: (pass: GPUComputePassEncoder) => void): Promise<number> {
    const sample = await this.#sample(encode, this.#times)
    if (this.#calibrated) return sample
    // The first run compiles; the second tells how often to repeat.
    const ms = await this.#sample(encode, 1)
    this.#times = Math.max(1, Math.min(MOST_TIMES, Math.ceil(SAMPLE_MS / Math.max(ms, 1e-3))))
    this.#calibrated = true
    return ms
  }

  async #sample(encode: (pass: GPUComputePassEncoder) => void, times: number): Promise<number> {
    const { gpu } = this.#device
    const encoder = gpu.createCommandEncoder({ label: 'bench' })
    const queries = this.#queries
    const stamps = queries && { querySet: queries.set, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 }
    const pass = encoder.beginComputePass({ label: 'bench', ...(stamps && { timestampWrites: stamps }) })
    for (let i = 0; i < times; i++) encode(pass)
    pass.end()
    if (queries) encoder.resolveQuerySet(queries.set, 0, 2, queries.resolved, 0)
    const commands = encoder.finish()
    const start = now()
    gpu.queue.submit([commands])
    await this.#device.idle()
    const elapsed = now() - start
    if (queries === undefined) return elapsed / times
    const [begin = 0n, end = 0n] = new BigUint64Array(await this.#device.read(queries.resolved, 0, 16))
    return end > begin ? Number(end - begin) / 1e6 / times : elapsed / times
  }
}
