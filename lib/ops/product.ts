// product: matrix products in the forms that gradients need: x·Wᵀ, g·W, gᵀ·x, of any rows of a matrix, as a new matrix or added
// to rows of a kept one. (gemm is the form for inference: it fuses, and knows single rows.)

import { ShapeError } from '../core/errors.ts'
import { type Dim, largest, type Resolve, showShape } from '../core/shape.ts'
import type { AdapterFacts } from '../gpu/facts.ts'
import {
  dim,
  expectShape,
  fixed,
  fold,
  type Node,
  type Op,
  operand,
  runsOn,
  type Size,
  type Spec,
  type Step,
  type Tensor,
  type Variant,
} from './op.ts'

/** input [m, k] · weight [n, k]ᵀ · · · input [m, k] · weight [k, n] · · · input [k, m]ᵀ · weight [k, n]. */
type Form = 'nt' | 'nn' | 'tn'

export interface Rows {
  /** Rows of the input that count, and the first of them; by default all. */
  readonly rows?: Dim
  readonly first?: Dim
  /** First row of the kept output that is added to. */
  readonly into?: Dim
}

interface Attributes extends Rows {
  readonly form: Form
  /** Of the output, where that is no matrix: its rows are of the same length. */
  readonly shape?: readonly Dim[]
}

const TILE: Variant = { name: 'tile', kernel: 'product', knobs: {} }
const TILE_SIZE = { rows: 32, columns: 32 }
/** Columns a lane of the subgroup kernels. */
const SUBGROUP_COLUMNS = 4
/** Rows of their tiles: fours, because product.vector may load along the rows. */
const HEIGHTS = [8, 16, 32]
const subgroups = (name: string, kernel: string): readonly Variant[] =>
  HEIGHTS.map(rows => ({
    name: `${name}-${rows}x${SUBGROUP_COLUMNS}`,
    kernel,
    knobs: { constants: { ROWS: rows } },
    subgroup: 8,
  }))
const SUBGROUP = subgroups('subgroup', 'product.subgroup')
const VECTOR = subgroups('vector', 'product.vector')
/** The number of a form in product.vector. */
const FORMS: Readonly<Record<Form, number>> = { nt: 0, nn: 1, tn: 2 }

/** Whether all that product.vector loads four at a time comes in fours. */
export function comesInFours(form: Form, input: Tensor, weight: Tensor): boolean {
  const four = (size: Dim) => typeof size === 'number' && size % 4 === 0
  return four(width(input)) && (form === 'nt' || four(width(weight)))
}

/** The one for this adapter. Tiles of all heights add up each sum in one order: results do not depend on how much room a plan has. */
export function productVariant(facts: AdapterFacts, rows: Dim, inFours: boolean): Variant {
  const height = HEIGHTS.findIndex(height => height >= largest(rows))
  const variant = (inFours ? VECTOR : SUBGROUP).at(height)
  return variant !== undefined && runsOn(variant, facts) ? variant : TILE
}

export const product: Op<Attributes> = {
  name: 'product',
  title: ({ form }) => `product-${form}`,
  variants: [TILE, ...SUBGROUP, ...VECTOR],
  infer(inputs, { form, rows, shape: given }, { output }): Readonly<Record<string, Spec>> {
    const [input, weight] = [operand(inputs, 'input'), operand(inputs, 'weight')]
    const [inner, other] =
      form === 'tn' ? [dim(input, 0), dim(weight, 0)] : [width(input), form === 'nt' ? width(weight) : dim(weight, 0)]
    if (inner !== other)
      throw new ShapeError(
        `product-${form}: input (${input.label}) is ${showShape(input.shape)}, weight (${weight.label}) is ${showShape(weight.shape)}`,
      )
    const shape = given ?? [
      form === 'tn' ? width(input) : (rows ?? dim(input, 0)),
      form === 'nt' ? dim(weight, 0) : width(weight),
    ]
    if (output === undefined) return { output: { dtype: 'f32', shape } }
    expectShape('product', 'output', output, 'f32', [null, shape[1] ?? null])
    return {}
  },
  choose(facts, { inputs, attributes: { form, rows } }) {
    const [input, weight] = [operand(inputs, 'input'), operand(inputs, 'weight')]
    const height = form === 'tn' ? width(input) : (rows ?? dim(input, 0))
    return productVariant(facts, height, comesInFours(form, input, weight))
  },
  lower: (node, variant, facts) => [productStep(node, variant, facts)],
}

/** The dispatch of a product, for other ops too. */
export function productStep(
  { inputs, updates, outputs, attributes }: Pick<Node<Attributes>, 'inputs' | 'updates' | 'outputs' | 'attributes'>,
  variant: Variant,
  facts: AdapterFacts,
): Step {
  const isSubgroup = variant.subgroup !== undefined
  return {
    kernel: variant.kernel,
    knobs: {
      constants: {
        ...variant.knobs.constants,
        ADD: updates.output !== undefined,
        ...(variant.kernel === 'product.vector' && { FORM: FORMS[attributes.form] }),
      },
      ...(isSubgroup && { overrides: { LANES: facts.subgroupMinSize } }),
    },
    bindings: { ...inputs, ...updates, ...outputs },
    size(resolve): Size {
      const params = sizes(operand(inputs, 'input'), operand(inputs, 'weight'), attributes, resolve)
      const tile = isSubgroup
        ? { rows: Number(variant.knobs.constants?.ROWS), columns: SUBGROUP_COLUMNS * facts.subgroupMinSize }
        : TILE_SIZE
      return { params, groups: fold(Math.ceil(params.m / tile.rows) * Math.ceil(params.n / tile.columns)) }
    },
  }
}

function sizes(input: Tensor, weight: Tensor, { form, rows, first, into }: Attributes, resolve: Resolve) {
  const counted = resolve(rows ?? dim(input, 0))
  const across = resolve(width(input))
  const inner = resolve(width(weight))
  const n = form === 'nt' ? resolve(dim(weight, 0)) : inner
  const [m, k] = form === 'tn' ? [across, counted] : [counted, across]
  return {
    m,
    n,
    k,
    input_start: resolve(first ?? 0) * across,
    input_row: form === 'tn' ? 1 : across,
    input_step: form === 'tn' ? across : 1,
    weight_column: form === 'nt' ? inner : 1,
    weight_step: form === 'nt' ? 1 : inner,
    output_start: resolve(into ?? 0) * n,
  }
}

/** Elements of one row: a picture's channels, rows and columns count as one axis, in C order. */
function width(matrix: Tensor): Dim {
  const [, columns, ...more] = matrix.shape as readonly Dim[]
  if (columns === undefined) throw new ShapeError(`product: ${matrix.label} is ${showShape(matrix.shape)}, no matrix`)
  return more.length === 0 ? columns : matrix.shape.slice(1).reduce<number>((n, _, i) => n * fixed(matrix, i + 1), 1)
}

/** g [m, n] · W [n, k] → [m, k], or `shape` [m, …] with rows of k elements: the gradient of a linear layer's input. */
export function timesWeight(gradient: Tensor, weight: Tensor, shape?: readonly Dim[]): Tensor {
  const attributes = { form: 'nn' as const, ...(shape && { shape }) }
  return operand(gradient.emit.node(product, { input: gradient, weight }, attributes), 'output')
}

/** gᵀ [m, n] · x [m, k] → [n, k]: the gradient of a linear layer's weight, summed over all rows. */
export function overRows(gradient: Tensor, input: Tensor): Tensor {
  return operand(gradient.emit.node(product, { input: gradient, weight: input }, { form: 'tn' }), 'output')
}

/** kept[into + i] += (g · W)[i] for `rows` rows of g from `first` on. */
export function addTimesWeight(gradient: Tensor, weight: Tensor, kept: Tensor, rows: Required<Rows>): void {
  gradient.emit.node(product, { input: gradient, weight }, { form: 'nn', ...rows }, { output: kept })
}
