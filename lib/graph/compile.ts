// From a graph to a plan: fuse, lower, compile pipelines, place memory, make every buffer and bind group once. After this,
// running makes nothing new.

import { DeviceError, InputError } from '../core/errors.ts'
import { capacity, largest } from '../core/shape.ts'
import type { Device } from '../gpu/device.ts'
import type { AdapterFacts } from '../gpu/facts.ts'
import type { BindingKind, Kernel } from '../gpu/kernel.ts'
import { specialise } from '../gpu/kernel.ts'
import type { Pipeline } from '../gpu/pipeline.ts'
import type { Form, Weights } from '../gpu/weights.ts'
import { isWeight, type Piece, type Step, type Tensor } from '../ops/op.ts'
import type { Bound, Compiled, DeviceCounted, Dispatch, LoopPlan, PlanItem, Region } from './compiled.ts'
import { fuse } from './fuse.ts'
import type { Graph, Loop } from './graph.ts'
import { apart, carriedOf, HALF, type Halves, type Lowered, type LoweredItem, lives, lower } from './lower.ts'
import { type MemoryPlan, planMemory } from './memory-plan.ts'
import { Plan } from './plan.ts'
import { aligned, RECORD_BYTES, SLOT_BYTES as SLOT } from './sizes.ts'

/** Compiles `graph` for a device whose `weights` hold all its parameters. `facts`: what kernels are chosen by, the device's own by default. */
export async function compile(
  graph: Graph,
  device: Device,
  weights: Weights,
  facts: AdapterFacts = device.facts,
): Promise<Plan> {
  const lowered = lower(fuse(graph), facts, device.kernelSource, name => weights.has(name, 'half'))
  const maxSlab = device.gpu.limits.maxBufferSize
  const memory = planMemory(lives(lowered, graph), apart(lowered), maxSlab)
  const kernels = lowered.flatMap(item =>
    item.kind === 'dispatch' ? [item.lowered.kernel] : item.body.map(b => b.kernel),
  )
  const pipelines = new Map(
    await Promise.all(kernels.map(async kernel => [kernel, await device.pipeline(kernel)] as const)),
  )
  await derive(lowered, weights)
  const compiler = new Compiler(graph, device, weights, pipelines)
  try {
    compiler.place(memory)
    const items = await compiler.items(lowered)
    return new Plan({ graph, device, items, lowered, memory, ...compiler.finish() })
  } catch (error) {
    compiler.free()
    throw error
  }
}

const steps = (lowered: readonly LoweredItem[]): Lowered[] =>
  lowered.flatMap(item => (item.kind === 'dispatch' ? [item.lowered] : item.body))

/** The weights that a kernel reads packed. */
const packedOf = ({ step, kernel }: Lowered): Tensor[] =>
  kernel.bindings.filter(b => b.kind === 'texture').flatMap(b => step.bindings[b.name] ?? [])

/** Weights that kernels want in another form, made where another plan has not made them already. */
async function derive(lowered: readonly LoweredItem[], weights: Weights): Promise<void> {
  for (const item of steps(lowered)) {
    const { derived } = item.step
    const isPacked = derived !== undefined && weights.has(derived.tensor.label, 'packed')
    if (derived !== undefined && !isPacked) {
      const shape = derived.tensor.shape.map(d => largest(d))
      await weights.derive(derived.tensor.label, shape, {
        from: derived.from.label,
        kernel: derived.kernel,
        ...derived.size,
      })
    }
    for (const tensor of packedOf(item)) await weights.pack(tensor.label, largest(tensor.shape.at(-1) ?? 1))
    if (derived !== undefined) weights.dropPlain(derived.tensor.label)
  }
}

/** The forms in which the plan of `graph` wants its weights, by name, for whoever loads them; what is derived from them is not among them. */
export function weightForms(
  graph: Graph,
  { facts, kernelSource }: Device,
  halves: Halves = () => false,
): Map<string, ReadonlySet<Form>> {
  const forms = new Map<string, Set<Form>>()
  const want = (tensor: Tensor, form: Form) => {
    if (isWeight(tensor)) forms.set(tensor.label, (forms.get(tensor.label) ?? new Set()).add(form))
  }
  for (const item of steps(lower(fuse(graph), facts, kernelSource, halves))) {
    const packed = new Set(packedOf(item))
    const { bindings, derived } = item.step
    if (derived !== undefined) want(derived.from, 'plain')
    for (const [name, tensor] of Object.entries(bindings))
      if (tensor !== derived?.tensor) want(tensor, packed.has(tensor) ? 'packed' : name === HALF ? 'half' : 'plain')
  }
  return forms
}

const STORAGE = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
const READBACK = () => GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ

class Compiler {
  #buffers: GPUBuffer[] = []
  #regions = new Map<Tensor, Region>()
  #slots = 0
  #parameters: GPUBuffer | undefined
  readonly graph: Graph
  readonly device: Device
  readonly weights: Weights
  readonly pipelines: ReadonlyMap<Kernel, Pipeline>

  constructor(graph: Graph, device: Device, weights: Weights, pipelines: ReadonlyMap<Kernel, Pipeline>) {
    this.graph = graph
    this.device = device
    this.weights = weights
    this.pipelines = pipelines
  }

  /** Memory for all tensors but weights and what loops carry. */
  place(memory: MemoryPlan<Tensor>): void {
    const slabs = memory.slabs.map((bytes, i) => this.#buffer(`slab ${i}`, bytes, STORAGE()))
    for (const [tensor, { slab, offset }] of memory.places) {
      const buffer = slabs[slab]
      if (buffer !== undefined) this.#regions.set(tensor, { buffer, offset, size: 4 * capacity(tensor.shape) })
    }
    for (const tensor of [...this.graph.inputs.values(), ...this.graph.kept.keys()])
      this.#regions.set(tensor, this.#own(tensor, tensor.label))
  }

  async items(lowered: readonly LoweredItem[]): Promise<PlanItem[]> {
    const items: PlanItem[] = []
    const dispatchSlots = lowered.map(item => this.#reserve(item))
    this.#parameters = this.#buffer(
      'parameters',
      Math.max(1, this.#slots) * SLOT,
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    )
    for (const [i, item] of lowered.entries()) {
      const slot = dispatchSlots[i] ?? 0
      if (item.kind === 'loop') items.push({ kind: 'loop', plan: await this.#loop(item.loop, item.body, slot) })
      else for (const dispatch of this.#dispatches(item.lowered, slot, 1)) items.push({ kind: 'dispatch', dispatch })
    }
    return items
  }

  finish(): Pick<Compiled, 'buffers' | 'regions' | 'parameters' | 'slots' | 'staging'> {
    if (this.#parameters === undefined) throw new InputError('graph: compiled without parameters')
    const bytes = [...this.graph.outputs.values()].reduce((n, { shape }) => n + aligned(4 * capacity(shape)), 0)
    const staging = this.#buffer('outputs', bytes, READBACK())
    return { buffers: this.#buffers, regions: this.#regions, parameters: this.#parameters, slots: this.#slots, staging }
  }

  free(): void {
    for (const buffer of this.#buffers) this.device.memory.free(buffer)
  }

  #buffer(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const buffer = this.device.memory.allocate(label, bytes, usage)
    this.#buffers.push(buffer)
    return buffer
  }

  #own(tensor: Tensor, label: string): Region {
    const size = 4 * capacity(tensor.shape)
    return { buffer: this.#buffer(label, size, STORAGE()), offset: 0, size }
  }

  /** Slots for an item's parameters; returns the first. A loop that the device counts keeps its own and needs one. */
  #reserve(item: LoweredItem): number {
    const first = this.#slots
    if (item.kind === 'dispatch') this.#slots += this.#pieces(item.lowered).length
    else if (item.loop.alive !== undefined) this.#slots += 1
    else this.#slots += largest(item.loop.steps) * item.body.reduce((n, b) => n + this.#pieces(b).length, 0)
    return first
  }

  /** The pieces of the binding that may be cut; one for whole weights and for anything that is no weight. */
  #pieces({ step, kernel }: Pick<Lowered, 'step' | 'kernel'>): readonly (Piece & { bound?: Bound })[] {
    const tensor = step.pieces === undefined ? undefined : step.bindings[step.pieces]
    if (tensor === undefined) return [{ first: 0, rows: 0 }]
    if (!isWeight(tensor)) return [{ first: 0, rows: largest(tensor.shape[0]) }]
    if (kernel.bindings.some(({ name, kind }) => name === step.pieces && kind === 'texture'))
      return this.weights.packed(tensor.label).map(({ first, rows, view }) => ({ first, rows, bound: { view } }))
    const pieces = step.pieces === HALF ? this.weights.halves(tensor.label) : this.weights.get(tensor.label)
    return pieces.map(({ first, rows, buffer, bytes }) => ({ first, rows, bound: { buffer, offset: 0, size: bytes } }))
  }

  #dispatches(
    { step, kernel, node }: Lowered,
    slot: number,
    slotsEach: number,
    uniform = this.#parameters,
    pairs?: LoopPlan['pairs'],
    loop?: Loop,
  ): Dispatch[] {
    const pipeline = this.pipelines.get(kernel)
    if (pipeline === undefined || uniform === undefined) throw new InputError(`${node.label}: no pipeline`)
    return this.#pieces({ step, kernel }).map(({ first, rows, bound }, i) => {
      const group = (parity: 0 | 1) =>
        this.#group(pipeline, uniform, (name, kind) => {
          const tensor = step.bindings[name]
          if (tensor === undefined) throw new InputError(`${node.label}: nothing is bound to ${name}`)
          if (name === step.pieces && bound !== undefined) return bound
          if (kind === 'texture') return this.#texture(tensor)
          return this.#region(tensor, parity, pairs, loop)
        })
      const even = group(0)
      const odd = pairs === undefined || pairs.size === 0 ? even : group(1)
      return {
        label: node.label,
        pipeline,
        step,
        piece: { first, rows },
        groups: [even, odd],
        slot: slot + i * slotsEach,
      }
    })
  }

  #region(tensor: Tensor, parity: 0 | 1, pairs?: LoopPlan['pairs'], loop?: Loop): Region {
    const state = loop === undefined ? undefined : carriedOf(tensor, loop)
    if (state !== undefined) {
      const region = pairs?.get(state.current)?.[parity === 0 ? 1 : 0]
      if (region !== undefined) return region
    }
    const region = pairs?.get(tensor)?.[parity] ?? this.#regions.get(tensor)
    if (region !== undefined) return region
    const [piece, ...more] = isWeight(tensor) ? this.weights.get(tensor.label) : []
    if (piece === undefined) throw new InputError(`${tensor.label} is used outside the loop that makes it`)
    if (more.length > 0)
      throw new DeviceError(`${tensor.label} exceeds one binding of this adapter and its op can't take it in pieces`)
    return { buffer: piece.buffer, offset: 0, size: piece.bytes }
  }

  #texture(tensor: Tensor): Bound {
    const [piece, ...more] = this.weights.packed(tensor.label)
    if (piece === undefined || more.length > 0)
      throw new DeviceError(`${tensor.label} exceeds one texture of this adapter and its op can't take it in pieces`)
    return { view: piece.view }
  }

  #group(pipeline: Pipeline, uniform: GPUBuffer, bound: (name: string, kind: BindingKind) => Bound): GPUBindGroup {
    const { gpu } = this.device
    const limit = gpu.limits.maxStorageBufferBindingSize
    const entries = pipeline.kernel.bindings.map(({ name, index, kind }) => {
      if (kind === 'uniform') return { binding: index, resource: { buffer: uniform, offset: 0, size: SLOT } }
      const given = bound(name, kind)
      if ('view' in given) return { binding: index, resource: given.view }
      const { buffer, offset, size } = given
      if (size > limit)
        throw new DeviceError(
          `${pipeline.kernel.name}: ${name} takes ${size} bytes, one binding of this adapter holds ${limit}; use smaller batches`,
        )
      return { binding: index, resource: { buffer, offset, size } }
    })
    return gpu.createBindGroup({ label: pipeline.kernel.name, layout: pipeline.layout, entries })
  }

  async #loop(loop: Loop, body: readonly Lowered[], slot: number): Promise<LoopPlan> {
    const pairs = new Map(
      loop.carried.map(({ current }) => [
        current,
        [this.#own(current, `${current.label} even`), this.#own(current, `${current.label} odd`)] as const,
      ]),
    )
    if (loop.alive === undefined) {
      const steps = largest(loop.steps)
      let at = slot
      const dispatches = body.flatMap(lowered => {
        const made = this.#dispatches(lowered, at, steps, this.#parameters, pairs, loop)
        at += made.length * steps
        return made
      })
      return { loop, body: dispatches, pairs, counted: undefined }
    }
    const total = body.reduce((n, b) => n + this.#pieces(b).length, 0)
    const parameters = this.#buffer('loop parameters', total * SLOT, GPUBufferUsage.UNIFORM | STORAGE())
    let at = 0
    const dispatches = body.flatMap(lowered => {
      const made = this.#dispatches(lowered, at, 1, parameters, pairs, loop)
      at += made.length
      return made
    })
    return { loop, body: dispatches, pairs, counted: await this.#counted(loop, total, parameters, slot) }
  }

  /** The tables and the dispatch that let the device itself set the counts of a loop's next step. */
  async #counted(loop: Loop, dispatches: number, parameters: GPUBuffer, slot: number): Promise<DeviceCounted> {
    const { alive } = loop
    if (alive === undefined) throw new InputError(`loop ${loop.label} is not counted by the device`)
    const [words, groups] = [(dispatches * SLOT) / 4, dispatches * 3]
    const table = this.#buffer('loop table', (alive.count.max + 1) * (words + groups) * 4, STORAGE())
    const workgroups = this.#buffer('loop workgroups', groups * 4, GPUBufferUsage.INDIRECT | STORAGE())
    const pipeline = await this.device.pipeline(specialise('repeat-next', this.device.kernelSource('repeat-next')))
    const whole = (buffer: GPUBuffer): Region => ({ buffer, offset: 0, size: buffer.size })
    const control = this.#region(alive.control, 0)
    const bound = new Map([
      ['control', control],
      ['table', whole(table)],
      ['parameters', whole(parameters)],
      ['workgroups', whole(workgroups)],
    ])
    if (this.#parameters === undefined) throw new InputError('graph: compiled without parameters')
    const group = this.#group(pipeline, this.#parameters, name => bound.get(name) ?? control)
    const step: Step = {
      kernel: 'repeat-next',
      knobs: {},
      bindings: {},
      size: () => ({ params: { words, groups }, groups: [1, 1, 1] }),
    }
    return {
      next: { label: `${loop.label}.next`, pipeline, step, piece: { first: 0, rows: 0 }, groups: [group, group], slot },
      table,
      parameters,
      workgroups,
      records: [
        this.#buffer('loop record', RECORD_BYTES, READBACK()),
        this.#buffer('loop record', RECORD_BYTES, READBACK()),
      ],
    }
  }
}
