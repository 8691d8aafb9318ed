// A compiled graph that can be run again and again. A run writes inputs and sizes, re-encodes the recorded dispatches and
// reads the outputs back; it makes no buffer, bind group or pipeline.

import ndarray, { type NdArray } from 'ndarray'
import { type TypedArrayOf, viewAs } from '../core/dtype.ts'
import { InputError } from '../core/errors.ts'
import { capacity, type Dim, showShape } from '../core/shape.ts'
import type { Tensor } from '../ops/op.ts'
import type { Compiled, LoopPlan, Region } from './compiled.ts'
import { aborted, bind, encodeStep, type LoopRecord, runLoop } from './loop.ts'
import { aligned, type Counts, countTable, type Groups, resolver, SLOT_BYTES, size } from './sizes.ts'

export type Values = Float32Array | Uint32Array | Int32Array

export interface Run {
  /** Every input of the graph, C order. */
  readonly inputs: Readonly<Record<string, Values>>
  readonly counts?: Counts
  /** Replaces the starting value of kept tensors, by label. */
  readonly start?: Readonly<Record<string, Values>>
  readonly signal?: AbortSignal | undefined
  /** The outputs that are wanted; by default all. With none the run is only sent off and nothing is waited for. */
  readonly read?: readonly string[]
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
      if (item.kind === 'loop' && item.plan.loop.whole) {
        batch ??= this.#begin()
        for (let step = 0; step < resolver(counts)(item.plan.loop.steps); step++)
          encodeStep(batch.pass, item.plan, this.#groups.get(item.plan) ?? [], step)
        continue
      }
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
    return this.#readOutputs(counts, run.read)
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
      body.map(d => size(d, resolver(counts, loop.backwards ? steps - 1 - step : step), data, d.slot + step)),
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
      expectKind(tensor, values)
      if (values.length !== length)
        throw new InputError(
          `input ${name} has ${values.length} values; its shape with this run's counts takes ${length}`,
        )
      write(device.gpu, regions.get(tensor), values)
    }
    this.#writeKept(run.start ?? {})
  }

  #writeKept(start: NonNullable<Run['start']>): void {
    const { graph, regions, device } = this.compiled
    const labels = [...graph.kept.keys()].map(({ label }) => label)
    for (const label of Object.keys(start))
      if (!labels.includes(label))
        throw new InputError(`this graph keeps no tensor ${label}; it keeps ${labels.join(', ') || 'none'}`)
    const encoder = device.gpu.createCommandEncoder({ label: 'start' })
    for (const [tensor, initial] of graph.kept) {
      const region = regions.get(tensor)
      const given = start[tensor.label]
      if (given !== undefined) {
        expectKind(tensor, given)
        if (given.length !== capacity(tensor.shape))
          throw new InputError(
            `${tensor.label} starts with ${given.length} values; ${showShape(tensor.shape)} takes ${capacity(tensor.shape)}`,
          )
      }
      const values = given ?? initial
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
      const given = from === undefined ? 0 : Math.min(from.size, even.size)
      if (from !== undefined) encoder.copyBufferToBuffer(from.buffer, from.offset, even.buffer, 0, given)
      if (given < even.size) encoder.clearBuffer(even.buffer, given, even.size - given)
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

  async #readOutputs(
    counts: Counts,
    read: readonly string[] = [...this.compiled.graph.outputs.keys()],
  ): Promise<Outputs> {
    const { graph, device, regions, staging } = this.compiled
    for (const name of read)
      if (!graph.outputs.has(name))
        throw new InputError(`this graph has no output ${name}; it has ${[...graph.outputs.keys()].join(', ')}`)
    if (read.length === 0) return {}
    const outputs = [...graph.outputs].filter(([name]) => read.includes(name))
    const wanted = outputs.map(([name, tensor]) => ({
      name,
      tensor,
      shape: (tensor.shape as readonly Dim[]).map(resolver(counts)),
    }))
    let total = 0
    const spans = wanted.map(({ shape }) => {
      const offset = total
      const bytes = 4 * shape.reduce((n, d) => n * d, 1)
      total += aligned(bytes)
      return { offset, bytes }
    })
    const encoder = device.gpu.createCommandEncoder({ label: 'outputs' })
    for (const [i, { tensor }] of wanted.entries()) {
      const [from, span] = [regions.get(tensor), spans[i]]
      if (from === undefined || span === undefined)
        throw new InputError(`output ${tensor.label} has no memory of its own`)
      if (span.bytes > 0) encoder.copyBufferToBuffer(from.buffer, from.offset, staging, span.offset, span.bytes)
    }
    device.gpu.queue.submit([encoder.finish()])
    const bytes = await device.readMapped(staging, total)
    return Object.fromEntries(
      wanted.map(({ name, tensor, shape }, i) => {
        const { offset = 0, bytes: length = 0 } = spans[i] ?? {}
        return [name, ndarray(viewAs(tensor.dtype, bytes.slice(offset, offset + length)) as TypedArrayOf<'f32'>, shape)]
      }),
    )
  }
}

const elements = (tensor: Tensor, counts: Counts): number =>
  (tensor.shape as readonly Dim[]).map(resolver(counts)).reduce((n, d) => n * d, 1)

/** Integers and floats are not taken for each other; the two kinds of integers have the same bits where they are valid. */
function expectKind({ label, dtype }: Tensor, values: Values): void {
  if ((dtype === 'f32') !== values instanceof Float32Array)
    throw new InputError(`${label} takes ${dtype} values, not a ${values.constructor.name}`)
}

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
