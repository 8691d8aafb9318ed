// gemm: x · Wᵀ with W [out, in]. One op for batches and single rows; takes over a bias, an activation and, for small
// weights, the L2 normalisation of its rows. A weight larger than one binding is computed piece by piece.

import { ShapeError } from '../core/errors.ts'
import { type Dim, largest, showShape } from '../core/shape.ts'
import type { AdapterFacts } from '../gpu/facts.ts'
import { ACTIVATIONS, type Activation, absorbable } from './elementwise.ts'
import { l2Normalize } from './l2-normalize.ts'
import {
  dim,
  fixed,
  fold,
  type Node,
  type Op,
  operand,
  type Piece,
  runsOn,
  type Size,
  type Step,
  type Tensor,
  type Variant,
} from './op.ts'
import { overRows, timesWeight } from './product.ts'
import { QUAD_COLUMNS, QUADS, quadFor } from './quad.ts'
import { bySubgroups, runsSubgroups, SMALLEST, SUBGROUP_ROWS } from './subgroup.ts'

interface Attributes {
  readonly activation: Activation
  /** Rows are divided by their L2 norm; excludes an activation. */
  readonly normalize: boolean
}

const SCALAR = { types: { T: 'f32' }, constants: { FOLD: 0.25 } }
const PLAIN_TILE = { rows: 4, columns: 4, overrides: { WG_M: 8, WG_N: 8 } }
/** Weights as they are; lower.ts turns these where one is kept as halves. */
const WHOLE = { PLAIN: true, HALF: false }
/** Columns a lane of gemm.subgroup. */
const SUBGROUP_COLUMNS = 4

const subgroup = (rows: number, packed: boolean): Variant => ({
  name: `subgroup-${rows}x${SUBGROUP_COLUMNS}${packed ? '-packed' : ''}`,
  kernel: 'gemm.subgroup',
  knobs: { constants: { ROWS: rows }, flags: { PLAIN: !packed, PACKED: packed } },
  subgroup: SMALLEST,
  packed,
})
const SUBGROUP = SUBGROUP_ROWS.map(rows => subgroup(rows, false))
const SUBGROUP_PACKED = SUBGROUP_ROWS.map(rows => subgroup(rows, true))
const tiled = (side: number): Variant => ({
  name: `tiled-${side}x${side}`,
  kernel: 'gemm.tiled',
  knobs: { constants: { SIDE: side, AHEAD: side === 64 }, flags: WHOLE },
})
const [TILED_64, TILED_128] = [tiled(64), tiled(128)]
const ROW_PACKED: Variant = { name: 'gemv-packed', kernel: 'gemv.packed', knobs: {}, subgroup: SMALLEST, packed: true }

const TILE_VECTOR: Variant = { name: 'tile-vec4', kernel: 'gemm', knobs: { overrides: PLAIN_TILE.overrides } }
const TILE: Variant = {
  name: 'tile',
  kernel: 'gemm',
  knobs: { types: SCALAR.types, constants: { ...SCALAR.constants, LANES: 1 }, overrides: PLAIN_TILE.overrides },
}
const ROWS_VECTOR: Variant = { name: 'gemv-vec4', kernel: 'gemv', knobs: { flags: WHOLE } }
/** For GPUs. */
const ROWS_WIDE: Variant = { name: 'gemv-16-vec4', kernel: 'gemv', knobs: { constants: { LANES: 16 }, flags: WHOLE } }
const ROWS: Variant = {
  name: 'gemv',
  kernel: 'gemv',
  knobs: { types: SCALAR.types, constants: { ...SCALAR.constants, WIDTH: 1 }, flags: WHOLE },
}
const NORMALIZED: Variant = { name: 'row-normalized', kernel: 'gemm.row', knobs: {} }

/** Multiply-adds a row that one workgroup may do alone before two kernels are the better way. */
const ROW_LIMIT = 2 ** 16

export const gemm: Op<Attributes> = {
  name: 'gemm',
  variants: [
    TILE_VECTOR,
    TILE,
    TILED_64,
    TILED_128,
    ...SUBGROUP,
    ...SUBGROUP_PACKED,
    ...QUADS,
    ROW_PACKED,
    ROWS_VECTOR,
    ROWS_WIDE,
    ROWS,
    NORMALIZED,
  ],
  infer({ input, weight, bias }) {
    if (input === undefined || weight === undefined) throw new ShapeError('gemm: input or weight is missing')
    if (innerSize(input) !== fixed(weight, 1))
      throw new ShapeError(
        `gemm: input (${input.label}) is ${showShape(input.shape)}, weight (${weight.label}) is ${showShape(weight.shape)}; each row of the input must be as long as a row of the weight`,
      )
    if (bias !== undefined && bias.shape[0] !== dim(weight, 0))
      throw new ShapeError(
        `gemm: bias (${bias.label}) is ${showShape(bias.shape)}, weight (${weight.label}) is ${showShape(weight.shape)}; one bias for each row of the weight`,
      )
    return { output: { dtype: 'f32', shape: [dim(input, 0), dim(weight, 0)] } }
  },
  choose(facts, node) {
    if (node.attributes.normalize) return NORMALIZED
    const [input, weight] = [operand(node.inputs, 'input'), operand(node.inputs, 'weight')]
    const rows = largest(dim(input, 0))
    if (fixed(weight, 1) % 4 !== 0) return rows < FEW ? ROWS : TILE
    return preferred(rows, largest(dim(weight, 0)), weight.storage === 'parameter', facts)
  },
  lower(node, variant, facts) {
    if (variant === NORMALIZED) return [rowStep(node)]
    return [variant === ROW_PACKED ? packedRowStep(node, facts) : tiledStep(node, variant, facts)]
  },
  gradient({ inputs, outputs }, backward) {
    const [input, weight, output] = [operand(inputs, 'input'), operand(inputs, 'weight'), operand(outputs, 'output')]
    const gradient = backward.of(output)
    if (gradient === undefined) return
    if (backward.wants(input)) backward.add(input, timesWeight(gradient, weight, input.shape))
    if (backward.wants(weight)) backward.add(weight, overRows(gradient, input))
  },
  absorb(node, consumer) {
    const { attributes, inputs } = node
    if (attributes.normalize || attributes.activation !== 'none') return undefined
    const taken = absorbable(consumer, 1)
    if (taken === undefined) return absorbNorm(node, consumer)
    if ('activation' in taken) return { ...node, attributes: { ...attributes, activation: taken.activation } }
    return inputs.bias === undefined ? { ...node, inputs: { ...inputs, bias: taken.bias } } : undefined
  },
}

/** Rows that are better read one by one than in tiles that they do not fill. */
const FEW = 4

/** The best for this many rows, whose length is a multiple of 4, and columns. */
function preferred(rows: number, columns: number, isWeight: boolean, facts: AdapterFacts): Variant {
  const { manyTiles, packed } = facts.tuning
  if (facts.isHardware && rows >= FEW) return tileCount(rows, columns, 128) >= manyTiles ? TILED_128 : TILED_64
  if (facts.isHardware) return ROWS_WIDE
  if (isWeight && packed && runsOn(ROW_PACKED, facts))
    return rows === 1 ? ROW_PACKED : (bySubgroups(SUBGROUP_PACKED, rows, facts) ?? TILE_VECTOR)
  const quad = runsSubgroups(facts) ? undefined : quadFor(rows, facts)
  return quad ?? (rows < FEW ? ROWS_VECTOR : (bySubgroups(SUBGROUP, rows, facts) ?? TILE_VECTOR))
}

function absorbNorm(node: Node<Attributes>, consumer: Node): Node<Attributes> | undefined {
  const weight = operand(node.inputs, 'weight')
  if (consumer.op.name !== l2Normalize.name || fixed(weight, 0) * fixed(weight, 1) > ROW_LIMIT) return undefined
  return { ...node, attributes: { ...node.attributes, normalize: true } }
}

/** What a step needs of a node. */
type Product = Pick<Node<Attributes>, 'inputs' | 'outputs' | 'attributes'>

/** `rows`: of the input, from its first on; all by default. */
function tiledStep(
  node: Product,
  variant: Variant,
  facts: AdapterFacts,
  rows = dim(operand(node.inputs, 'input'), 0),
): Step {
  const weight = operand(node.inputs, 'weight')
  const { constants = {}, overrides = {} } = variant.knobs
  return {
    kernel: variant.kernel,
    knobs: {
      ...variant.knobs,
      constants: { ...constants, ACTIVATION: ACTIVATIONS[node.attributes.activation] },
      overrides: { ...overrides, ...lanes(variant, facts) },
      flags: { ...variant.knobs.flags, BIAS: node.inputs.bias !== undefined },
    },
    ...operandsOf(node, variant.packed),
    takesHalves: variant !== ROWS && variant.knobs.flags === WHOLE,
    size(resolve, piece: Piece): Size {
      const m = resolve(rows)
      const columns = resolve(dim(weight, 0))
      const n = Math.min(piece.rows, columns - piece.first)
      const params = { m, n, k: fixed(weight, 1), first: piece.first, columns }
      const single = { ...params, stride: params.k, next_input: 0, next_weight: 0, next_output: 0 }
      if (variant.kernel === 'gemv') {
        const [x, y] = fold(Math.ceil(n / 8))
        return { params, groups: [x, y, m] }
      }
      return tileSize(single, variant, facts)
    },
  }
}

/** The override that gemm.subgroup has. */
const lanes = ({ kernel }: Variant, facts: AdapterFacts): Record<string, number> =>
  kernel === 'gemm.subgroup' ? { LANES: facts.subgroupMinSize } : {}

/** Bindings, the weight under the name that its form has in kernels. */
function operandsOf({ inputs, outputs }: Product, packed = false): Pick<Step, 'bindings' | 'pieces'> {
  const { weight, ...others } = inputs
  if (!packed || weight === undefined) return { bindings: { ...inputs, ...outputs }, pieces: 'weight' }
  return { bindings: { ...others, packed: weight, ...outputs }, pieces: 'packed' }
}

function packedRowStep(node: Product, facts: AdapterFacts): Step {
  return {
    kernel: ROW_PACKED.kernel,
    knobs: {
      constants: { ACTIVATION: ACTIVATIONS[node.attributes.activation] },
      overrides: { LANES: facts.subgroupMinSize },
      flags: { BIAS: node.inputs.bias !== undefined },
    },
    ...operandsOf(node, true),
    size(resolve, { rows, first }) {
      const isEmpty = resolve(dim(operand(node.inputs, 'input'), 0)) === 0
      const params = { n: rows, k: fixed(operand(node.inputs, 'weight'), 1), first }
      return { params, groups: isEmpty ? [0, 1, 1] : fold(Math.ceil(rows / 8)) }
    },
  }
}

type BatchParams = Readonly<Record<'m' | 'n', number>> & Readonly<Record<string, number>>

const tileCount = (rows: number, columns: number, side: number): number =>
  Math.ceil(columns / side) * Math.ceil(rows / side)

/** Rows and columns of the tile of a workgroup. */
function tileOf({ kernel, knobs: { constants = {} } }: Variant, facts: AdapterFacts): readonly [number, number] {
  if (kernel === 'gemm.subgroup') return [Number(constants.ROWS), SUBGROUP_COLUMNS * facts.subgroupMinSize]
  if (kernel === 'gemm.quad') return [Number(constants.ROWS), QUAD_COLUMNS]
  if (kernel === 'gemm.tiled') return [Number(constants.SIDE), Number(constants.SIDE)]
  return [PLAIN_TILE.rows * PLAIN_TILE.overrides.WG_M, PLAIN_TILE.columns * PLAIN_TILE.overrides.WG_N]
}

/** Parameters and workgroups of the kernels that compute tiles; `batch` matrices at once. */
function tileSize(params: BatchParams, variant: Variant, facts: AdapterFacts, batch = 1): Size {
  const [rows, columns] = tileOf(variant, facts)
  const [x, y] = fold(Math.ceil(params.n / columns) * Math.ceil(params.m / rows))
  return { params, groups: [x, y, batch] }
}

type ProductOf = Readonly<Record<'input' | 'weight' | 'output', Tensor>>

const bare = ({ input, weight, output }: ProductOf): Product => ({
  inputs: { input, weight },
  outputs: { output },
  attributes: { activation: 'none', normalize: false },
})

/** One step for others: the first `rows` rows of `input` · weightᵀ, the weight from a buffer; rows are a multiple of 4 long. */
export function productStep(operands: ProductOf, rows: Dim, facts: AdapterFacts): Step {
  const variant = preferred(largest(rows), fixed(operands.weight, 0), false, facts)
  return tiledStep(bare(operands), variant, facts, rows)
}

/** One step for others: an input of one row by a packed weight, by gemv.packed. */
export const packedRow = (operands: ProductOf, facts: AdapterFacts): Step => packedRowStep(bare(operands), facts)

/** What `batchedStep` multiplies: input[b] [m, k], rows `stride` elements apart, by weight[b]ᵀ [n, k]; k is a multiple of 4. */
export interface BatchSize {
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
  readonly stride: number
}

/** The kernels of `batchedStep`: gemm, gemm.tiled, or, where they run, gemm.quad, or gemm.subgroup with a packed weight. */
export type BatchFamily = 'plain' | 'tiled' | 'quad' | 'subgroup'

/** One step for others: `batch` products at once. */
export function batchedStep(
  { input, weight, output }: Readonly<Record<'input' | 'weight' | 'output', Tensor>>,
  { batch, m, n, k, stride }: BatchSize,
  facts: AdapterFacts,
  family: BatchFamily,
): Step {
  const params = { m, n, k, first: 0, columns: n, stride, next_input: m * stride, next_weight: n, next_output: m * n }
  const variant = batchVariant(family, m, facts) ?? TILE_VECTOR
  const { kernel, knobs, packed = false } = variant
  return {
    kernel,
    knobs: {
      ...knobs,
      overrides: { ...knobs.overrides, ...lanes(variant, facts) },
      flags: { ...knobs.flags, BIAS: false },
    },
    bindings: { input, [packed ? 'packed' : 'weight']: weight, output },
    size: () => tileSize(params, variant, facts, batch),
  }
}

function batchVariant(family: BatchFamily, rows: number, facts: AdapterFacts): Variant | undefined {
  if (family === 'subgroup') return bySubgroups(SUBGROUP_PACKED, rows, facts)
  if (family === 'quad') return quadFor(rows, facts)
  return family === 'tiled' ? TILED_64 : TILE_VECTOR
}

function rowStep(node: Node<Attributes>): Step {
  const input = operand(node.inputs, 'input')
  const weight = operand(node.inputs, 'weight')
  return {
    kernel: NORMALIZED.kernel,
    knobs: { flags: { BIAS: node.inputs.bias !== undefined } },
    bindings: { ...node.inputs, ...node.outputs },
    size(resolve) {
      const m = resolve(dim(input, 0))
      return { params: { m, n: fixed(weight, 0), k: fixed(weight, 1) }, groups: fold(m) }
    },
  }
}

/** Elements of one row: a picture's channels, rows and columns count as one axis, in C order. */
const innerSize = (input: Tensor): number =>
  input.shape.slice(1).reduce<number>((n, _, i) => n * fixed(input, i + 1), 1)

/** input [m, k] (or [m, …], flattened to it) · weightᵀ [n, k] → [m, n]. */
export function linear(input: Tensor<'f32', 2> | Tensor<'f32', 4>, weight: Tensor<'f32', 2>): Tensor<'f32', 2> {
  return input.emit.node(gemm, { input, weight }, { activation: 'none', normalize: false }).output as Tensor<'f32', 2>
}
