// Elementwise ops: y = f(a) and y = f(a, b), with b repeated along the other axes. To add one, add an entry to the table
// and a case to kernels/elementwise.wgsl. Also the vocabulary of activations that other kernels absorb.

import { ShapeError } from '../core/errors.ts'
import { type Dim, type Rank, sameShape, showShape } from '../core/shape.ts'
import { sumAlong } from './channel-sum.ts'
import { dim, fold, type Node, type Op, operand, type Tensor } from './op.ts'

/** Number of the case in kernels/elementwise.wgsl, and operands. Those of gradients take f(x) and the gradient of f(x). */
const TABLE = {
  relu: { code: 0, binary: false },
  tanh: { code: 1, binary: false },
  sigmoid: { code: 2, binary: false },
  add: { code: 3, binary: true },
  subtract: { code: 4, binary: true },
  multiply: { code: 5, binary: true },
  'relu-gradient': { code: 6, binary: true },
  'tanh-gradient': { code: 7, binary: true },
  'sigmoid-gradient': { code: 8, binary: true },
  negate: { code: 9, binary: false },
} as const

export type ElementwiseKind = keyof typeof TABLE

/** Activations that producing kernels apply themselves; the number is theirs, the same in every kernel. */
export const ACTIVATIONS = { none: 0, relu: 1, tanh: 2 } as const
export type Activation = keyof typeof ACTIVATIONS

interface Attributes {
  readonly kind: ElementwiseKind
  /** The axis of `input` that `other` runs along; undefined where the shapes are equal. */
  readonly axis?: number
}

const WORKGROUP = 64

export const elementwise: Op<Attributes> = {
  name: 'elementwise',
  title: ({ kind }) => kind,
  infer({ input, other }, { kind, axis }) {
    if (input === undefined) throw new ShapeError(`${kind}: no input`)
    if (other !== undefined && axis === undefined && !sameShape(input.shape, other.shape))
      throw new ShapeError(
        `${kind}: ${input.label} is ${showShape(input.shape)}, ${other.label} is ${showShape(other.shape)}; they must be equal`,
      )
    if (other !== undefined && axis !== undefined && other.shape[0] !== dim(input, axis))
      throw new ShapeError(
        `${kind}: ${other.label} is ${showShape(other.shape)}, but axis ${axis} of ${input.label} is ${showShape(input.shape)}`,
      )
    return { output: { dtype: 'f32', shape: input.shape } }
  },
  variants: Object.entries(TABLE).map(([name, { code, binary }]) => ({
    name,
    kernel: 'elementwise',
    knobs: { constants: { KIND: code }, flags: { BINARY: binary } },
  })),
  choose(_facts, node) {
    const variant = this.variants.find(v => v.name === node.attributes.kind)
    if (variant === undefined) throw new ShapeError(`elementwise: unknown kind ${node.attributes.kind}`)
    return variant
  },
  lower(node, variant) {
    const input = operand(node.inputs, 'input')
    const { axis } = node.attributes
    return [
      {
        kernel: variant.kernel,
        knobs: variant.knobs,
        bindings: { ...node.inputs, ...node.outputs },
        size(resolve) {
          const sizes = (input.shape as readonly Dim[]).map(resolve)
          const length = sizes.reduce((n, d) => n * d, 1)
          const inner = axis === undefined ? 1 : sizes.slice(axis + 1).reduce((n, d) => n * d, 1)
          const period = axis === undefined ? length : (sizes[axis] ?? 1)
          return { params: { length, inner, period: Math.max(1, period) }, groups: fold(Math.ceil(length / WORKGROUP)) }
        },
      },
    ]
  },
  gradient({ inputs, outputs, attributes: { kind, axis } }, backward) {
    const input = operand(inputs, 'input')
    const output = operand(outputs, 'output')
    const gradient = backward.of(output)
    if (gradient === undefined) return
    const made = (kind: ElementwiseKind, input: Tensor, other?: Tensor): Tensor =>
      operand(input.emit.node(elementwise, other === undefined ? { input } : { input, other }, { kind }), 'output')
    if (kind === 'relu' || kind === 'tanh' || kind === 'sigmoid')
      return backward.add(input, made(`${kind}-gradient`, output, gradient))
    const other = inputs.other
    if (other === undefined || (axis !== undefined && kind !== 'add') || !isDifferentiable(kind))
      throw new ShapeError(`${kind}${axis === undefined ? '' : ` along axis ${axis}`} has no gradient`)
    const isProduct = kind === 'multiply'
    if (backward.wants(input)) backward.add(input, isProduct ? made(kind, gradient, other) : gradient)
    if (!backward.wants(other)) return
    if (axis !== undefined) backward.afterLoop(() => backward.add(other, sumAlong(gradient, axis)))
    else if (isProduct) backward.add(other, made(kind, gradient, input))
    else backward.add(other, kind === 'add' ? gradient : made('negate', gradient))
  },
}

const isDifferentiable = (kind: ElementwiseKind): boolean =>
  kind === 'add' || kind === 'subtract' || kind === 'multiply'

const unary =
  (kind: ElementwiseKind) =>
  <R extends Rank>(input: Tensor<'f32', R>): Tensor<'f32', R> =>
    input.emit.node(elementwise, { input }, { kind }).output as Tensor<'f32', R>

/** max(x, 0). */
export const relu = unary('relu')
export const tanh = unary('tanh')
export const sigmoid = unary('sigmoid')

const binary =
  (kind: ElementwiseKind) =>
  <R extends Rank>(input: Tensor<'f32', R>, other: Tensor<'f32', NoInfer<R>>): Tensor<'f32', R> =>
    input.emit.node(elementwise, { input, other }, { kind }).output as Tensor<'f32', R>

export const add = binary('add')
export const subtract = binary('subtract')
export const multiply = binary('multiply')

/** x + b with `bias [channels]` along `axis` of x: 1 for NCHW pictures and for matrices. */
export function addBias<R extends Rank>(input: Tensor<'f32', R>, bias: Tensor<'f32', 1>, axis = 1): Tensor<'f32', R> {
  return input.emit.node(elementwise, { input, other: bias }, { kind: 'add', axis }).output as Tensor<'f32', R>
}

/** What a producing kernel could take over from this consumer: a bias along `axis`, or an activation. */
export function absorbable(consumer: Node, axis: number): { bias: Tensor } | { activation: Activation } | undefined {
  if (consumer.op.name !== elementwise.name) return undefined
  const { kind, axis: along } = consumer.attributes as Attributes
  const bias = consumer.inputs.other
  if (kind === 'add' && along === axis && bias !== undefined) return { bias }
  if (kind === 'relu' || kind === 'tanh') return { activation: kind }
  return undefined
}
