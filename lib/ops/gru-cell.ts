// gru-cell: one GRU step, with all gates in one pass over the recurrent weights, or on GPUs by gemm's kernels and one for the gates.
// The inputs' projections (x·W + b) come ready-made, for all words of a batch from one gemm.

import { ShapeError } from '../core/errors.ts'
import { type Dim, largest, type Resolve, showShape } from '../core/shape.ts'
import type { AdapterFacts } from '../gpu/facts.ts'
import { packedRow, productStep } from './gemm.ts'
import {
  dim,
  expectShape,
  fixed,
  fold,
  type Node,
  type Op,
  operand,
  runsOn,
  type Step,
  scratch,
  type Tensor,
  type Variant,
} from './op.ts'
import { bySubgroups, SMALLEST, SUBGROUP_ROWS } from './subgroup.ts'

interface Attributes {
  /** Rows of this step. */
  readonly rows: Dim
  /** First row of this step in the projections. */
  readonly offset: Dim
}

const subgroup = (rows: number, packed: boolean): Variant => ({
  name: `subgroup-${rows}x2${packed ? '-packed' : ''}`,
  kernel: 'gru-cell.subgroup',
  knobs: { constants: { ROWS: rows }, flags: { PLAIN: !packed, PACKED: packed } },
  subgroup: SMALLEST,
  packed,
})
const SUBGROUP = SUBGROUP_ROWS.map(rows => subgroup(rows, false))
const SUBGROUP_PACKED = SUBGROUP_ROWS.map(rows => subgroup(rows, true))

const VECTOR: Variant = { name: 'rows-4-vec4', kernel: 'gru-cell', knobs: {} }
const SCALAR: Variant = {
  name: 'rows-4',
  kernel: 'gru-cell',
  knobs: { types: { T: 'f32' }, constants: { LANES: 1, FOLD: 0.25 } },
}
/** For GPUs: gemm's kernels read weights in the order that they want, and the gates are little work. */
const PRODUCTS: Variant = { name: 'products', kernel: 'gru-cell.gates', knobs: {} }
/** The same where gemm.quad runs. */
const PRODUCTS_QUAD: Variant = { ...PRODUCTS, name: 'products-quad', subgroup: 4 }
/** The same for a state of one row, where gemv.packed runs. */
const PRODUCTS_PACKED: Variant = { ...PRODUCTS, name: 'products-packed', subgroup: SMALLEST, packed: true }
const WORKGROUP = 64
const ROWS = 4

export const gruCell: Op<Attributes> = {
  name: 'gru-cell',
  variants: [VECTOR, SCALAR, PRODUCTS, PRODUCTS_QUAD, PRODUCTS_PACKED, ...SUBGROUP, ...SUBGROUP_PACKED],
  infer({ state, input, weight, parents }) {
    if (state === undefined || input === undefined || weight === undefined)
      throw new ShapeError('gru-cell: state, input or weight is missing')
    const units = fixed(state, 1)
    expectShape('gru-cell', 'input', input, 'f32', [null, 3 * units])
    expectShape('gru-cell', 'weight', weight, 'f32', [3 * units, units])
    if (parents !== undefined && parents.dtype !== 'u32')
      throw new ShapeError(`gru-cell: parents are ${parents.dtype}${showShape(parents.shape)}, expected u32`)
    return { output: { dtype: 'f32', shape: state.shape } }
  },
  choose(facts, node) {
    const [state, weight] = [operand(node.inputs, 'state'), operand(node.inputs, 'weight')]
    if (fixed(state, 1) % 4 !== 0) return SCALAR
    if (facts.isHardware) return PRODUCTS
    const isPacked = facts.tuning.packed && weight.storage === 'parameter'
    if (isPacked && largest(dim(state, 0)) === 1 && runsOn(PRODUCTS_PACKED, facts)) return PRODUCTS_PACKED
    const subgroup = bySubgroups(isPacked ? SUBGROUP_PACKED : SUBGROUP, largest(node.attributes.rows), facts)
    return subgroup ?? (runsOn(PRODUCTS_QUAD, facts) ? PRODUCTS_QUAD : VECTOR)
  },
  lower: (node, variant, facts) =>
    variant.kernel === PRODUCTS.kernel ? productsSteps(node, variant, facts) : [cellStep(node, variant, facts)],
}

function cellStep(node: Node<Attributes>, variant: Variant, facts: AdapterFacts): Step {
  const { kernel, knobs } = variant
  const { weight = operand(node.inputs, 'weight'), ...others } = node.inputs
  const isSubgroup = variant.subgroup !== undefined
  const tile = isSubgroup
    ? { rows: Number(knobs.constants?.ROWS), units: 2 * facts.subgroupMinSize }
    : { rows: ROWS, units: WORKGROUP }
  return {
    kernel,
    knobs: {
      ...knobs,
      ...(isSubgroup && { overrides: { LANES: facts.subgroupMinSize } }),
      flags: { ...knobs.flags, PARENTS: node.inputs.parents !== undefined },
    },
    bindings: { ...others, [variant.packed ? 'packed' : 'weight']: weight, ...node.outputs },
    size(resolve) {
      const params = paramsOf(node, resolve)
      const [y, z] = fold(Math.ceil(params.rows / tile.rows))
      return { params, groups: [Math.ceil(params.units / tile.units), y, z] }
    },
  }
}

/** The products of states and weights, then the gates. */
function productsSteps(node: Node<Attributes>, variant: Variant, facts: AdapterFacts): Step[] {
  const { state = operand(node.inputs, 'state'), weight = operand(node.inputs, 'weight'), ...others } = node.inputs
  // A parent may be any row of the state, also beyond this step's: where hypotheses end, later ones take their rows.
  const rows = others.parents === undefined ? node.attributes.rows : largest(dim(state, 0))
  const products = scratch(node, `${node.label} products`, [rows, fixed(weight, 0)])
  const operands = { input: state, weight, output: products }
  return [
    variant.packed
      ? packedRow(operands, facts)
      : productStep(operands, rows, { ...facts, isHardware: variant === PRODUCTS }),
    {
      kernel: PRODUCTS.kernel,
      knobs: { flags: { PARENTS: others.parents !== undefined } },
      bindings: { state, products, ...others, ...node.outputs },
      size(resolve) {
        const params = paramsOf(node, resolve)
        return { params, groups: fold(Math.ceil((params.rows * params.units) / WORKGROUP)) }
      },
    },
  ]
}

const paramsOf = ({ inputs, attributes: { rows, offset } }: Node<Attributes>, resolve: Resolve) => ({
  rows: resolve(rows),
  units: fixed(operand(inputs, 'state'), 1),
  offset: resolve(offset),
})

/**
 * One step. state [rows, units]; projections x·W + b [*, 3·units], this step's at `offset`; recurrent U [3·units, units]
 * (reset | update | candidate). With `parents`, row i continues state[parents[i]].
 */
export function gruStep(
  state: Tensor<'f32', 2>,
  projections: Tensor<'f32', 2>,
  recurrent: Tensor<'f32', 2>,
  step: { rows: Dim; offset: Dim; parents?: Tensor<'u32', 1> },
): Tensor<'f32', 2> {
  const { rows, offset, parents } = step
  const inputs = { state, input: projections, weight: recurrent, ...(parents === undefined ? {} : { parents }) }
  return state.emit.node(gruCell, inputs, { rows, offset }).output as Tensor<'f32', 2>
}
