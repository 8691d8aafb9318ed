// What an op is: shape rule → variants and choice → dispatches → what it can absorb. Every file of this folder makes one.
// Also the typed tensor and the `Emit` interface that the graph's builder implements; nothing here touches a GPU.

import type { DType } from '../core/dtype.ts'
import { ShapeError } from '../core/errors.ts'
import type { Dim, Dims, Rank, Resolve } from '../core/shape.ts'
import { showShape } from '../core/shape.ts'
import type { AdapterFacts } from '../gpu/facts.ts'
import type { Knobs } from '../gpu/kernel.ts'

export { fold } from '../gpu/fold.ts'

/**
 * Where a tensor's bytes live.
 * `input`: written by each run · `parameter`: a weight, written once, which kernels may read in another form · `trained`: a weight that
 * ops change in place, and so has one form · `temporary`: planned memory ·
 * `carried`: alternates between the steps of a loop · `kept`: changed in place by ops, lives as long as the plan.
 */
export type Storage = 'input' | 'parameter' | 'trained' | 'temporary' | 'carried' | 'kept'

/** A value of the graph. Element type and rank are known to the compiler, sizes are checked when the graph is built. */
export interface Tensor<D extends DType = DType, R extends Rank = Rank> {
  readonly dtype: D
  readonly shape: Dims<R>
  readonly label: string
  readonly storage: Storage
  readonly emit: Emit
}

/** Whether a tensor is a weight, held by its name for all plans. */
export const isWeight = ({ storage }: Tensor): boolean => storage === 'parameter' || storage === 'trained'

export interface Spec {
  readonly dtype: DType
  readonly shape: readonly Dim[]
}

export type Operands = Readonly<Record<string, Tensor>>

/** One op in the graph. The names of operands are the names of the kernels' bindings. */
export interface Node<A extends object = object> {
  readonly op: Op<A>
  readonly label: string
  readonly inputs: Operands
  /** Kept tensors that the op changes in place. */
  readonly updates: Operands
  readonly outputs: Operands
  readonly attributes: A
}

/** What the builder offers to ops: record a node, get its outputs. */
export interface Emit {
  node<A extends object>(op: Op<A>, inputs: Operands, attributes: A, updates?: Operands): Operands
}

/**
 * What gradient rules are written against; lib/graph/autodiff.ts implements it. The nodes that a rule emits become part of the graph,
 * after all that was there before.
 */
export interface Backward {
  /** Whether `tensor` depends on a parameter, so that its gradient is asked for. */
  wants(tensor: Tensor): boolean
  /** The gradient of an output, summed over its consumers; undefined where the cost does not depend on it. */
  of(tensor: Tensor): Tensor | undefined
  /** Adds to the gradient of an input. */
  add(tensor: Tensor, gradient: Tensor): void
  /** The gradient of a kept tensor: kept too, zeros at first, for rules to change in place. */
  kept(tensor: Tensor): Tensor
  /** Memory for what a loop computes step by step and all steps together need. */
  tape(label: string, shape: Dims<2>): Tensor<'f32', 2>
  /** Emits when the loop around this node has run backwards; at once outside of loops. Sums over all steps go here. */
  afterLoop(emit: () => void): void
}

/** One way to compute an op: a kernel and its knobs. */
export interface Variant {
  readonly name: string
  readonly kernel: string
  readonly knobs: Knobs
  /** The smallest subgroup this variant runs on; only in software, where all of an adapter's subgroups have one size. */
  readonly subgroup?: number
  /** Whether it reads its weight packed in textures (lib/gpu/packing.ts): for weights that are parameters. */
  readonly packed?: boolean
}

/** Whether an adapter can run a variant. */
export function runsOn({ subgroup }: Pick<Variant, 'subgroup'>, facts: AdapterFacts): boolean {
  if (subgroup === undefined) return true
  const { features, isHardware, subgroupMinSize, subgroupMaxSize } = facts
  return !isHardware && features.has('subgroups') && subgroupMinSize === subgroupMaxSize && subgroupMinSize >= subgroup
}

/** A parameter larger than one binding is cut along its first axis; each piece gets a dispatch of its own. */
export interface Piece {
  /** First row of the piece. */
  readonly first: number
  readonly rows: number
}

export interface Size {
  readonly params: Readonly<Record<string, number>>
  /** Workgroups a dimension; see `fold` for counts over 65,535. */
  readonly groups: readonly [number, number, number]
}

/** A weight in another form: made from it by one dispatch when the first plan needs it, then shared by all. */
export interface Derived {
  /** Its name is that of the weight and of the form. */
  readonly tensor: Tensor
  readonly from: Tensor
  /** Binds `weight` and `output`. */
  readonly kernel: string
  readonly size: Size
}

/** One dispatch. Sizes are asked for again whenever a count changes. */
export interface Step {
  readonly kernel: string
  readonly knobs: Knobs
  readonly bindings: Operands
  /** The binding that may come in pieces. */
  readonly pieces?: string
  /** Whether the kernel can read `weight` as halves: its flag HALF takes the place of PLAIN, and `half` that of the binding. */
  readonly takesHalves?: boolean
  readonly derived?: Derived
  size(resolve: Resolve, piece: Piece): Size
}

export interface Op<A extends object = object> {
  readonly name: string
  /** What a node of this op is called in printed plans; the op's name if absent. */
  title?(attributes: A): string
  /** Shapes of the outputs; throws ShapeError in words. */
  infer(inputs: Operands, attributes: A, updates: Operands): Readonly<Record<string, Spec>>
  /** Every variant there is; tests walk this list. */
  readonly variants: readonly Variant[]
  choose(facts: AdapterFacts, node: Node<A>): Variant
  lower(node: Node<A>, variant: Variant, facts: AdapterFacts): readonly Step[]
  /** Emits the gradients of the inputs that are wanted. Without it the op is refused in training. */
  gradient?(node: Node<A>, backward: Backward): void
  /** This node with `consumer` taken into its kernel, where that is possible. */
  absorb?(node: Node<A>, consumer: Node): Node<A> | undefined
}

/** An operand that the op declares as required. */
export function operand(operands: Operands, name: string): Tensor {
  const tensor = operands[name]
  if (tensor === undefined) throw new ShapeError(`operand ${name} is missing`)
  return tensor
}

/** The size of one axis; `axis` counts from the end when negative. */
export function dim(tensor: Tensor, axis: number): Dim {
  const size = (tensor.shape as readonly Dim[]).at(axis)
  if (size === undefined) throw new ShapeError(`${tensor.label} is ${showShape(tensor.shape)}: it has no axis ${axis}`)
  return size
}

/** The size of an axis that never varies. */
export function fixed(tensor: Tensor, axis: number): number {
  const size = dim(tensor, axis)
  if (typeof size !== 'number')
    throw new ShapeError(`${tensor.label} is ${showShape(tensor.shape)}: axis ${axis} must be a fixed size`)
  return size
}

/** Throws unless the shape is as expected; `null` accepts any size. */
export function expectShape(
  op: string,
  name: string,
  tensor: Tensor,
  dtype: DType,
  shape: readonly (Dim | null)[],
): void {
  const fits =
    tensor.shape.length === shape.length && shape.every((size, i) => size === null || size === tensor.shape[i])
  const wanted = `[${shape.map(size => (size === null ? '?' : showShape([size]).slice(1, -1))).join(', ')}]`
  if (!fits || tensor.dtype !== dtype)
    throw new ShapeError(
      `${op}: ${name} (${tensor.label}) is ${tensor.dtype}${showShape(tensor.shape)}, expected ${dtype}${wanted}`,
    )
}

/** Planned memory that only the steps of one node share. */
export const scratch = (node: Node, label: string, shape: Dims<Rank>, storage: Storage = 'temporary'): Tensor => {
  const [first] = [...Object.values(node.outputs), ...Object.values(node.updates)]
  if (first === undefined) throw new ShapeError(`${node.label} has no outputs`)
  return { label, dtype: 'f32', shape, storage, emit: first.emit }
}

/** What a simple op has to say: one kernel, bound to all operands by name. */
interface SimpleOp<A extends object> {
  readonly name: string
  infer: Op<A>['infer']
  size(node: Node<A>, resolve: Resolve): Size
  gradient?: Op<A>['gradient']
}

/** An op of one kernel (kernels/NAME.wgsl) and one variant, whose bindings are all its operands. */
export function simpleOp<A extends object = object>({ name, infer, size, gradient }: SimpleOp<A>): Op<A> {
  const variant: Variant = { name: 'plain', kernel: name, knobs: {} }
  return {
    name,
    infer,
    ...(gradient && { gradient }),
    variants: [variant],
    choose: () => variant,
    lower: node => [
      {
        kernel: name,
        knobs: {},
        bindings: { ...node.inputs, ...node.updates, ...node.outputs },
        size: resolve => size(node, resolve),
      },
    ],
  }
}
