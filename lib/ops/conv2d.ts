// conv2d: 3×3 cross-correlation with padding 1 and stride 1, the only convolution of VGG-19. Takes over a bias, a ReLU
// and a 2×2 maximum.

import { ShapeError } from '../core/errors.ts'
import { showShape } from '../core/shape.ts'
import type { AdapterFacts } from '../gpu/facts.ts'
import { packedStride } from '../gpu/packing.ts'
import { filterGradient, flipped } from './conv2d-gradient.ts'
import { ACTIVATIONS, type Activation, absorbable } from './elementwise.ts'
import { type BatchFamily, batchedStep } from './gemm.ts'
import { maxPool2d } from './max-pool.ts'
import {
  type Derived,
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

interface Attributes {
  readonly activation: Activation
  readonly pool: boolean
}

/** What a thread computes: columns, rows, channels. */
const TILE = { x: 4, y: 2, channels: 4 }
const TILED: Variant = { name: 'tile-4x2x4', kernel: 'conv2d', knobs: {} }
/** Winograd's F(4×4, 3×3): 36 products of matrices in place of a convolution, a quarter of the multiplications. */
const WINOGRAD: Variant = { name: 'winograd', kernel: 'conv2d.winograd-input', knobs: {}, subgroup: 8, packed: true }
/** The same with products for any adapter, for subgroups of 4, and for GPUs. */
const WINOGRAD_PLAIN: Variant = { name: 'winograd-plain', kernel: 'conv2d.winograd-input', knobs: {} }
const WINOGRAD_QUAD: Variant = { name: 'winograd-quad', kernel: 'conv2d.winograd-input', knobs: {}, subgroup: 4 }
const WINOGRAD_TILED: Variant = { name: 'winograd-tiled', kernel: 'conv2d.winograd-input', knobs: {} }
const FAMILIES: ReadonlyMap<Variant, BatchFamily> = new Map([
  [WINOGRAD, 'subgroup'],
  [WINOGRAD_QUAD, 'quad'],
  [WINOGRAD_TILED, 'tiled'],
])
/** For few input channels and no maximum: lanes own output channels, and pass the inputs of a row round. */
const SUBGROUP: Variant = { name: 'subgroup-32x4', kernel: 'conv2d.subgroup', knobs: {}, subgroup: 8 }
/** Columns a workgroup of conv2d.subgroup, and channels a lane. */
const SUBGROUP_TILE = { columns: 32, channels: 4 }
const WORKGROUP = 64
/** Outputs along a side of a Winograd tile, and planes of the transformed tile. */
const STEP = 4
const PLANES = 36
/** What a workgroup transforms. */
const BLOCK = { channels: 8, tiles: 8 }
/** Channels from which the products outweigh the transforms. */
const ENOUGH_CHANNELS = 32

export const conv2d: Op<Attributes> = {
  name: 'conv2d',
  variants: [TILED, SUBGROUP, WINOGRAD, WINOGRAD_PLAIN, WINOGRAD_QUAD, WINOGRAD_TILED],
  infer({ input, weight, bias }, { pool }) {
    if (input === undefined || weight === undefined) throw new ShapeError('conv2d: input or weight is missing')
    expectShape('conv2d', 'input', input, 'f32', [null, null, null, null])
    expectShape('conv2d', 'weight', weight, 'f32', [null, dim(input, 1), 3, 3])
    if (bias !== undefined) expectShape('conv2d', 'bias', bias, 'f32', [dim(weight, 0)])
    const [height, width] = [fixed(input, 2), fixed(input, 3)]
    if (pool && (height < 2 || width < 2))
      throw new ShapeError(`conv2d: ${showShape(input.shape)} is too small to pool`)
    const shape = pool ? [Math.floor(height / 2), Math.floor(width / 2)] : [height, width]
    return { output: { dtype: 'f32', shape: [dim(input, 0), dim(weight, 0), ...shape] } }
  },
  choose(facts, node) {
    const channels = fixed(operand(node.inputs, 'input'), 1)
    if (channels < ENOUGH_CHANNELS && !node.attributes.pool && runsOn(SUBGROUP, facts)) return SUBGROUP
    if (!canWinograd(node) || channels < ENOUGH_CHANNELS) return TILED
    if (facts.isHardware) return WINOGRAD_TILED
    return [WINOGRAD, WINOGRAD_QUAD].find(variant => runsOn(variant, facts)) ?? WINOGRAD_PLAIN
  },
  lower(node, variant, facts) {
    if (variant === TILED) return [tiledStep(node)]
    return variant === SUBGROUP ? [subgroupStep(node, facts)] : winogradSteps(node, variant, facts)
  },
  gradient({ inputs, outputs }, backward) {
    const [input, weight] = [operand(inputs, 'input'), operand(inputs, 'weight')]
    const gradient = backward.of(operand(outputs, 'output')) as Tensor<'f32', 4> | undefined
    if (gradient === undefined) return
    if (backward.wants(input)) backward.add(input, convolve(gradient, flipped(weight)))
    if (backward.wants(weight)) backward.add(weight, filterGradient(input, gradient))
  },
  absorb(node, consumer) {
    const { attributes, inputs } = node
    if (attributes.pool) return undefined
    if (consumer.op.name === maxPool2d.name) return { ...node, attributes: { ...attributes, pool: true } }
    const taken = absorbable(consumer, 1)
    if (taken === undefined || attributes.activation !== 'none') return undefined
    if ('activation' in taken)
      return taken.activation === 'relu' ? { ...node, attributes: { ...attributes, activation: 'relu' } } : undefined
    return inputs.bias === undefined ? { ...node, inputs: { ...inputs, bias: taken.bias } } : undefined
  },
}

const epilogue = ({ attributes, inputs }: Node<Attributes>) => ({
  constants: { ACTIVATION: ACTIVATIONS[attributes.activation], POOL: attributes.pool },
  flags: { BIAS: inputs.bias !== undefined },
})

function tiledStep(node: Node<Attributes>): Step {
  const input = operand(node.inputs, 'input')
  return {
    kernel: TILED.kernel,
    knobs: epilogue(node),
    bindings: { ...node.inputs, ...node.outputs },
    size(resolve) {
      const [in_channels, height, width] = [fixed(input, 1), fixed(input, 2), fixed(input, 3)]
      const out_channels = fixed(operand(node.inputs, 'weight'), 0)
      const tiles = Math.ceil(width / TILE.x) * Math.ceil(height / TILE.y)
      const [x, y] = fold(Math.ceil((tiles * Math.ceil(out_channels / TILE.channels)) / WORKGROUP))
      return { params: { in_channels, out_channels, height, width }, groups: [x, y, resolve(dim(input, 0))] }
    },
  }
}

function subgroupStep(node: Node<Attributes>, facts: AdapterFacts): Step {
  const input = operand(node.inputs, 'input')
  const { constants, flags } = epilogue(node)
  return {
    kernel: SUBGROUP.kernel,
    knobs: {
      constants: { ACTIVATION: constants.ACTIVATION },
      overrides: { LANES: facts.subgroupMinSize },
      flags,
    },
    bindings: { ...node.inputs, ...node.outputs },
    size(resolve) {
      const [in_channels, height, width] = [fixed(input, 1), fixed(input, 2), fixed(input, 3)]
      const out_channels = fixed(operand(node.inputs, 'weight'), 0)
      const tiles = Math.ceil(width / SUBGROUP_TILE.columns) * height
      const [x, y] = fold(tiles * Math.ceil(out_channels / (SUBGROUP_TILE.channels * facts.subgroupMinSize)))
      return { params: { in_channels, out_channels, height, width }, groups: [x, y, resolve(dim(input, 0))] }
    },
  }
}

/** One picture, and channels that come in fours; the weight must be a parameter, to be transformed only once. */
function canWinograd(node: Node<Attributes>): boolean {
  const [input, weight] = [operand(node.inputs, 'input'), operand(node.inputs, 'weight')]
  return input.shape[0] === 1 && fixed(input, 1) % 4 === 0 && weight.storage === 'parameter'
}

/** Transform of the tiles, one product of matrices a plane, transform back with bias, activation and pooling. */
function winogradSteps(node: Node<Attributes>, variant: Variant, facts: AdapterFacts): Step[] {
  const [input, weight] = [operand(node.inputs, 'input'), operand(node.inputs, 'weight')]
  const [channels, height, width] = [fixed(input, 1), fixed(input, 2), fixed(input, 3)]
  const outputs = fixed(weight, 0)
  const tiles_x = Math.ceil(width / STEP)
  const tiles = tiles_x * Math.ceil(height / STEP)
  const stride = 4 * packedStride(channels)
  const spread = scratch(node, `${node.label} tiles`, [PLANES, tiles, stride])
  const products = scratch(node, `${node.label} products`, [PLANES, tiles, outputs])
  const filters = scratch(node, `${weight.label}:winograd`, [PLANES * outputs, channels], 'parameter')
  const transform = (count: number) => ({
    params: { channels: count, height, width, tiles_x, tiles },
    groups: fold(Math.ceil(count / BLOCK.channels) * Math.ceil(tiles / BLOCK.tiles)),
  })
  const { bias } = node.inputs
  return [
    {
      kernel: WINOGRAD.kernel,
      knobs: {},
      bindings: { input, output: spread },
      size() {
        const { params, groups } = transform(channels)
        return { params: { ...params, stride }, groups }
      },
    },
    {
      ...batchedStep(
        { input: spread, weight: filters, output: products },
        { batch: PLANES, m: tiles, n: outputs, k: channels, stride },
        facts,
        FAMILIES.get(variant) ?? 'plain',
      ),
      derived: derivedFilters(filters, weight, outputs * channels),
    },
    {
      kernel: 'conv2d.winograd-output',
      knobs: epilogue(node),
      bindings: { input: products, ...(bias && { bias }), ...node.outputs },
      size: () => transform(outputs),
    },
  ]
}

const derivedFilters = (tensor: Tensor, from: Tensor, filters: number): Derived => ({
  tensor,
  from,
  kernel: 'conv2d.winograd-weight',
  size: { params: { filters }, groups: fold(Math.ceil(filters / WORKGROUP)) },
})

/** input [batch, in, height, width] * weight [out, in, 3, 3] → [batch, out, height, width]; padding 1, stride 1, no flip. */
export function convolve(input: Tensor<'f32', 4>, weight: Tensor<'f32', 4>): Tensor<'f32', 4> {
  return input.emit.node(conv2d, { input, weight }, { activation: 'none', pool: false }).output as Tensor<'f32', 4>
}
