// A compiled graph that can be run again and again. A run writes inputs and sizes, re-encodes the recorded dispatches and
// reads the outputs back; it makes no buffer, bind group or pipeline but the staging of its outputs.

import ndarray, { type NdArray } from 'ndarray'
import { type TypedArrayOf, viewAs } from '../core/dtype.ts'
import { InputError } from '../core/errors.ts'
import type { Dim } from '../core/shape.ts'
import type { Tensor } from '../ops/op.ts'
import type { Compiled, LoopPlan, Region } from './compiled.ts'
import { aborted, bind, type LoopRecord, runLoop } from './loop.ts'
import { type Counts, countTable, type Groups, resolver, SLOT_BYTES, size } from './sizes.ts'

export type Values = Float32Array | Uint32Array | Int32Array

export interface Run {
  /** Every input of the graph, C order. */
  readonly inputs: Readonly<Record<string, Values>>
  readonly counts?: Counts
  /** Replaces the starting value of kept tensors, by label. */
  readonly start?: Readonly<Record<string, Values>>
  readonly signal?: AbortSignal | undefined
  /** Called about every 100 ms while a loop that the device counts is running. */
  readonly onRecord?: ((record: LoopRecord) => void) | undefined
}

export type Outputs = Record<string, NdArray<Values>>

export class Plan {
  readonly compiled: Compiled
  #groups = new Map<object, readonly Groups[][]>()
  #sized: string | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #disposed = false

  constructor(compiled: Compiled) {
    this.compiled = compiled
  }

  /** Runs once; runs of one plan wait for each other. Rejects with AbortError, DeviceError or InputError. */
  run(run: Run): Promise<Outputs> {
    const next = this.#queue.then(() => this.#run(run))
    this.#queue = next.catch(() => undefined)
    return next
  }

  /** Resolves when no run is under way. */
  async idle(): Promise<void> {
    await this.#queue
  }

  dispose(): void {
    this.#disposed = true
    for (const buffer of this.compiled.buffers) this.compiled.device.memory.free(buffer)
  }

  async #run(run: Run): Promise<Outputs> {
    if (this.#disposed) throw new InputError('this plan was disposed of')
    aborted(run.signal)
    this.compiled.device.check()
    const counts = run.counts ?? {}
    this.#size(counts)
    this.#writeInputs(run, counts)
    let batch: { encoder: GPUCommandEncoder; pass: GPUComputePassEncoder } | undefined
    const flush = () => {
      batch?.pass.end()
      if (batch !== undefined) this.compiled.device.gpu.queue.submit([batch.encoder.finish()])
      batch = undefined
    }
    for (const item of this.compiled.items) {
      if (item.kind === 'loop') {
        flush()
        await this.#loop(item.plan, run, counts)
        continue
      }
      const groups = this.#groups.get(item.dispatch)?.[0]?.[0]
      if (groups === undefined || groups.includes(0)) continue
      batch ??= this.#begin()
      bind(batch.pass, item.dispatch, 0, item.dispatch.slot)
      batch.pass.dispatchWorkgroups(...groups)
    }
    flush()
    return this.#readOutputs(counts)
  }

  #begin(): { encoder: GPUCommandEncoder; pass: GPUComputePassEncoder } {
    const encoder = this.compiled.device.gpu.createCommandEncoder({ label: 'plan' })
    return { encoder, pass: encoder.beginComputePass({ label: 'plan' }) }
  }

  /** Parameters of every dispatch, and tables for loops that the device counts; kept as long as the counts stay. */
  #size(counts: Counts): void {
    const key = JSON.stringify(counts)
    if (key === this.#sized) return
    const { items, slots, parameters, device } = this.compiled
    const data = new DataView(new ArrayBuffer(Math.max(1, slots) * SLOT_BYTES))
    for (const item of items) {
      if (item.kind === 'dispatch')
        this.#groups.set(item.dispatch, [[size(item.dispatch, resolver(counts), data, item.dispatch.slot)]])
      else this.#sizeLoop(item.plan, counts, data)
    }
    device.gpu.queue.writeBuffer(parameters, 0, data.buffer)
    this.#sized = key
  }

  #sizeLoop(plan: LoopPlan, counts: Counts, data: DataView): void {
    const { loop, body, counted } = plan
    if (counted !== undefined) {
      size(counted.next, resolver(counts), data, counted.next.slot)
      this.compiled.device.gpu.queue.writeBuffer(
        counted.table,
        0,
        countTable(loop, body, counts) as Uint32Array<ArrayBuffer>,
      )
      return
    }
    const steps = resolver(counts)(loop.steps)
    const groups = Array.from({ length: steps }, (_, step) =>
      body.map(d => size(d, resolver(counts, step), data, d.slot + step)),
    )
    this.#groups.set(plan, groups)
  }

  #writeInputs(run: Run, counts: Counts): void {
    const { graph, regions, device } = this.compiled
    for (const name of Object.keys(run.inputs))
      if (!graph.inputs.has(name))
        throw new InputError(`this graph has no input ${name}; it has ${[...graph.inputs.keys()].join(', ')}`)
    for (const [name, tensor] of graph.inputs) {
      const values = run.inputs[name]
      const length = elements(tensor, counts)
      if (values === undefined) throw new InputError(`input ${name} is missing`)
      if (values.length !== length)
        throw new InputError(
          `input ${name} has ${values.length} values; its shape with this run's counts takes ${length}`,
        )
      write(device.gpu, regions.get(tensor), values)
    }
    const encoder = device.gpu.createCommandEncoder({ label: 'start' })
    for (const [tensor, initial] of graph.kept) {
      const region = regions.get(tensor)
      const values = run.start?.[tensor.label] ?? initial
      if (values !== undefined) write(device.gpu, region, values as Values)
      else if (region !== undefined) encoder.clearBuffer(region.buffer)
    }
    device.gpu.queue.submit([encoder.finish()])
  }

  async #loop(plan: LoopPlan, run: Run, counts: Counts): Promise<void> {
    const { device, regions } = this.compiled
    const { loop, counted } = plan
    this.#startCarried(plan)
    if (counted !== undefined && loop.alive !== undefined) this.#startCounted(plan, run)
    await runLoop(device, plan, {
      steps: resolver(counts)(loop.steps),
      groups: (this.#groups.get(plan) as readonly Groups[][] | undefined) ?? [],
      control: loop.alive === undefined ? undefined : regions.get(loop.alive.control),
      signal: run.signal,
      onRecord: run.onRecord,
    })
  }

  #startCarried({ loop, pairs }: LoopPlan): void {
    const { device, regions } = this.compiled
    const encoder = device.gpu.createCommandEncoder({ label: `${loop.label} start` })
    for (const { current, initial } of loop.carried) {
      const [even] = pairs.get(current) ?? []
      const from = initial === undefined ? undefined : regions.get(initial)
      if (even === undefined) continue
      if (from === undefined) encoder.clearBuffer(even.buffer)
      else
        encoder.copyBufferToBuffer(from.buffer, from.offset, even.buffer, even.offset, Math.min(from.size, even.size))
    }
    device.gpu.queue.submit([encoder.finish()])
  }

  /** The first step's parameters and workgroups: the table's row for the count that control starts with. */
  #startCounted({ loop, body, counted }: LoopPlan, run: Run): void {
    const { device, graph } = this.compiled
    if (counted === undefined || loop.alive === undefined) return
    const control = (run.start?.[loop.alive.control.label] ?? graph.kept.get(loop.alive.control)) as
      | Uint32Array
      | undefined
    const words = (body.length * SLOT_BYTES) / 4
    const stride = 4 * (words + 3 * body.length)
    const row = (control?.[0] ?? 0) * stride
    const encoder = device.gpu.createCommandEncoder({ label: `${loop.label} counts` })
    encoder.copyBufferToBuffer(counted.table, row, counted.parameters, 0, 4 * words)
    encoder.copyBufferToBuffer(counted.table, row + 4 * words, counted.workgroups, 0, 12 * body.length)
    device.gpu.queue.submit([encoder.finish()])
  }

  async #readOutputs(counts: Counts): Promise<Outputs> {
    const { graph, device, regions } = this.compiled
    const wanted = [...graph.outputs].map(([name, tensor]) => ({
      name,
      tensor,
      shape: (tensor.shape as readonly Dim[]).map(resolver(counts)),
    }))
    let total = 0
    const spans = wanted.map(({ shape }) => {
      const offset = total
      const bytes = 4 * shape.reduce((n, d) => n * d, 1)
      total += Math.ceil(bytes / 16) * 16
      return { offset, bytes }
    })
    const staging = device.memory.allocate('outputs', total, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ)
    try {
      const encoder = device.gpu.createCommandEncoder({ label: 'outputs' })
      for (const [i, { tensor }] of wanted.entries()) {
        const [from, span] = [regions.get(tensor), spans[i]]
        if (from === undefined || span === undefined)
          throw new InputError(`output ${tensor.label} has no memory of its own`)
        if (span.bytes > 0) encoder.copyBufferToBuffer(from.buffer, from.offset, staging, span.offset, span.bytes)
      }
      device.gpu.queue.submit([encoder.finish()])
      const bytes = await device.readMapped(staging)
      return Object.fromEntries(
        wanted.map(({ name, tensor, shape }, i) => {
          const { offset = 0, bytes: length = 0 } = spans[i] ?? {}
          return [
            name,
            ndarray(viewAs(tensor.dtype, bytes.slice(offset, offset + length)) as TypedArrayOf<'f32'>, shape),
          ]
        }),
      )
    } finally {
      device.memory.free(staging)
    }
  }
}

const elements = (tensor: Tensor, counts: Counts): number =>
  (tensor.shape as readonly Dim[]).map(resolver(counts)).reduce((n, d) => n * d, 1)

function write(gpu: GPUDevice, region: Region | undefined, values: Values): void {
  if (region === undefined) throw new InputError('this tensor has no memory of its own')
  if (values.length > 0)
    gpu.queue.writeBuffer(
      region.buffer,
      region.offset,
      values.buffer as ArrayBuffer,
      values.byteOffset,
      values.byteLength,
    )
}
