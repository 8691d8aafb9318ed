// The typed builder: records nodes in order, checks sizes once, knows inputs, weights, outputs and loops. No GPU here.

import type { DType, TypedArrayOf } from '../core/dtype.ts'
import { InputError, ShapeError } from '../core/errors.ts'
import { type Count, capacity, type Dim, type Dims, type Rank, sameShape, showShape } from '../core/shape.ts'
import { type Emit, isWeight, type Node, type Op, type Operands, type Storage, type Tensor } from '../ops/op.ts'

/** A state that alternates between two places from step to step. */
export interface Carried {
  readonly current: Tensor
  /** What the state is at the first step; zeros if undefined. */
  readonly initial: Tensor | undefined
  next: Tensor | undefined
}

/** Ends a loop from the device: `control[0]` holds the value of `count` for the next step, 0 ends it. */
export interface Alive {
  readonly count: Count
  readonly control: Tensor<'u32', 1>
}

export interface Loop {
  readonly label: string
  /** Steps at most; the host's number of steps comes with a run. */
  readonly steps: Count
  readonly alive: Alive | undefined
  /** Whether counts that are lists are gone through from the last step to the first. */
  readonly backwards: boolean
  /** Whether all steps are submitted in one piece with what stands around the loop: no progress, no abort, no waiting. */
  readonly whole: boolean
  readonly carried: Carried[]
  readonly body: Node[]
}

export type Item = { readonly kind: 'node'; readonly node: Node } | { readonly kind: 'loop'; readonly loop: Loop }

export interface LoopBuilder {
  /** The state as this step finds it. `initial` may have fewer rows: those that are there at the first step. */
  carry<R extends Rank>(label: string, shape: Dims<R>, initial?: Tensor<'f32', R>): Tensor<'f32', R>
  /** What the state is for the next step: a tensor made in this step. */
  next(current: Tensor, next: Tensor): void
}

/** One to four sizes. */
type Sizes<D extends Dim> = readonly [D] | readonly [D, D] | readonly [D, D, D] | readonly [D, D, D, D]
type RankOf<S extends readonly Dim[]> = S['length'] extends Rank ? S['length'] : never

export class Graph implements Emit {
  readonly items: Item[] = []
  readonly inputs = new Map<string, Tensor>()
  readonly parameters = new Map<string, Tensor>()
  readonly outputs = new Map<string, Tensor>()
  /** Kept tensors and their value at the start of each run; zeros if undefined. */
  readonly kept = new Map<Tensor, ArrayBufferView | undefined>()
  #loop: Loop | undefined
  /** Tensors that are there only while a loop runs. */
  #inner = new Map<Tensor, Loop>()
  #labels = new Map<string, number>()
  #trained: boolean

  /** `trained`: ops change the weights, or other plans of theirs do; they are read as they are then, in no other form made before. */
  constructor({ trained = false }: { trained?: boolean } = {}) {
    this.#trained = trained
  }

  /** Data that comes with each run. */
  input<D extends DType, const S extends Sizes<Dim>>(label: string, dtype: D, shape: S): Tensor<D, RankOf<S>> {
    if (this.inputs.has(label)) throw new InputError(`graph: there is already an input ${label}`)
    const tensor = this.#tensor<D, RankOf<S>>(label, dtype, shape, 'input')
    this.inputs.set(label, tensor)
    return tensor
  }

  /** A weight by its name in the bundle; the same name gives the same tensor. */
  parameter<const S extends Sizes<number>>(label: string, shape: S): Tensor<'f32', RankOf<S>> {
    const known = this.parameters.get(label)
    if (known !== undefined && !sameShape(known.shape, shape))
      throw new ShapeError(`graph: parameter ${label} is ${showShape(known.shape)} and ${showShape(shape)}`)
    const tensor = known ?? this.#tensor<'f32', RankOf<S>>(label, 'f32', shape, this.#trained ? 'trained' : 'parameter')
    this.parameters.set(label, tensor)
    return tensor as Tensor<'f32', RankOf<S>>
  }

  /** Memory that ops change in place; set to `initial`, or to zeros, before each run. */
  keep<D extends DType, const S extends Sizes<Dim>>(
    label: string,
    dtype: D,
    shape: S,
    initial?: TypedArrayOf<D>,
  ): Tensor<D, RankOf<S>> {
    const tensor = this.#tensor<D, RankOf<S>>(this.#unique(label), dtype, shape, 'kept')
    if (initial !== undefined && initial.length !== capacity(shape))
      throw new ShapeError(`graph: ${label} is ${showShape(shape)}, but starts with ${initial.length} values`)
    this.kept.set(tensor, initial)
    return tensor
  }

  /** Names a tensor that a run gives back. */
  output(label: string, tensor: Tensor): void {
    if (this.outputs.has(label)) throw new InputError(`graph: there is already an output ${label}`)
    this.#check(`output ${label}`, tensor, undefined)
    this.outputs.set(label, tensor)
  }

  /**
   * Records `build` once and runs it up to `steps` times. Counts that are given as lists with a run change from step to
   * step; with `alive` the device itself decides how many rows go on, and when the loop ends. `backwards`: from the last step to the
   * first; `whole`: without a pause, for loops that carry nothing and whose host knows that they are short.
   */
  repeat(
    label: string,
    steps: Count,
    build: (loop: LoopBuilder) => void,
    alive?: Alive,
    { backwards = false, whole = false }: { backwards?: boolean; whole?: boolean } = {},
  ): void {
    if (this.#loop !== undefined)
      throw new InputError(`graph: loop ${label} stands inside loop ${this.#loop.label}; loops do not nest`)
    const loop: Loop = { label, steps, alive, backwards, whole, carried: [], body: [] }
    this.#loop = loop
    try {
      build(this.#builder(loop))
    } finally {
      this.#loop = undefined
    }
    if (whole && (alive !== undefined || loop.carried.length > 0))
      throw new InputError(`graph: loop ${label} can't run whole: it carries states or is counted by the device`)
    for (const { current, next } of loop.carried)
      if (next === undefined) throw new InputError(`graph: loop ${label} never says what ${current.label} is next`)
    this.items.push({ kind: 'loop', loop })
  }

  #builder(loop: Loop): LoopBuilder {
    return {
      carry: (name, shape, initial) => {
        if (initial !== undefined) this.#check(`the first ${name}`, initial, undefined)
        if (initial !== undefined && isWeight(initial))
          throw new InputError(`graph: ${name} can't start as the weight ${initial.label}; give it as an input`)
        if (
          initial !== undefined &&
          (!sameShape(initial.shape.slice(1), shape.slice(1)) || capacity(initial.shape) > capacity(shape))
        )
          throw new ShapeError(
            `graph: ${name} is ${showShape(shape)}, but starts as ${initial.label} ${showShape(initial.shape)}`,
          )
        const current = this.#tensor(this.#unique(name), 'f32', shape, 'carried')
        this.#inner.set(current, loop)
        loop.carried.push({ current, initial, next: undefined })
        return current as never
      },
      next: (current, next) => {
        const state = loop.carried.find(c => c.current === current)
        const made = loop.body.some(node => Object.values(node.outputs).includes(next))
        const taken = loop.carried.some(c => c.next === next)
        if (state === undefined || !made || taken || !sameShape(current.shape, next.shape))
          throw new ShapeError(
            `graph: ${next.label} ${showShape(next.shape)} can't be the next ${current.label} ${showShape(current.shape)}; ` +
              `it takes a tensor of that shape, made in loop ${loop.label} and for nothing else carried`,
          )
        state.next = next
      },
    }
  }

  node<A extends object>(op: Op<A>, inputs: Operands, attributes: A, updates: Operands = {}): Operands {
    const title = op.title?.(attributes) ?? op.name
    for (const [name, tensor] of [...Object.entries(inputs), ...Object.entries(updates)])
      this.#check(`${title}: ${name}`, tensor, this.#loop)
    const label = this.#unique(title)
    const specs = Object.entries(op.infer(inputs, attributes, updates))
    const outputs = Object.fromEntries(
      specs.map(([name, { dtype, shape }]) => [
        name,
        this.#tensor(specs.length === 1 ? label : `${label}.${name}`, dtype, shape, 'temporary'),
      ]),
    )
    const node = { op, label, inputs, updates, outputs, attributes } as unknown as Node
    if (this.#loop === undefined) this.items.push({ kind: 'node', node })
    else {
      this.#loop.body.push(node)
      for (const tensor of Object.values(outputs)) this.#inner.set(tensor, this.#loop)
    }
    return outputs
  }

  /** Throws where a tensor is not to be had: in another graph, or outside the loop that makes it. */
  #check(use: string, tensor: Tensor, loop: Loop | undefined): void {
    if (tensor.emit !== this) throw new InputError(`${use} (${tensor.label}) belongs to another graph`)
    const inside = this.#inner.get(tensor)
    if (inside !== undefined && inside !== loop)
      throw new InputError(
        `${use} (${tensor.label}) is there only within loop ${inside.label}; copy it into a kept tensor (collect-rows)`,
      )
  }

  #tensor<D extends DType, R extends Rank>(
    label: string,
    dtype: D,
    shape: readonly Dim[],
    storage: Storage,
  ): Tensor<D, R> {
    for (const size of shape)
      if (typeof size === 'number' && (!Number.isInteger(size) || size < 1))
        throw new ShapeError(`${label}: ${showShape(shape)} has a size that is no positive integer`)
    return { label, dtype, shape: shape as Dims<R>, storage, emit: this }
  }

  #unique(name: string): string {
    const count = (this.#labels.get(name) ?? 0) + 1
    this.#labels.set(name, count)
    return count === 1 ? name : `${name}.${count}`
  }
}
