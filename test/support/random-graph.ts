// Random graphs of ops that are exact on small integers, with the values that plain loops give for every tensor: whatever is fused
// and wherever tensors are placed, the outputs must be these.

import type { NdArray } from 'ndarray'
import type { Random } from '../../lib/core/random.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { join } from '../../lib/ops/concat.ts'
import { add, addBias, multiply, relu, subtract } from '../../lib/ops/elementwise.ts'
import { linear } from '../../lib/ops/gemm.ts'
import type { Tensor } from '../../lib/ops/op.ts'
import { sumSegments } from '../../lib/ops/segment-sum.ts'
import type { F64 } from '../reference/array.ts'
import { map } from '../reference/array.ts'
import { concat } from '../reference/concat.ts'
import * as plain from '../reference/elementwise.ts'
import { gemm } from '../reference/gemm.ts'
import { segmentSum } from '../reference/segment-sum.ts'
import { array } from './op-case.ts'

type Matrix = Tensor<'f32', 2>

interface Value {
  readonly tensor: Matrix
  readonly plain: F64
}

export interface RandomGraph {
  readonly graph: Graph
  readonly inputs: Readonly<Record<string, Float32Array | Uint32Array>>
  readonly weights: Readonly<Record<string, NdArray<Float32Array>>>
  readonly expected: ReadonlyMap<string, F64>
}

/** Values stay below this, so that every sum and product is exact in f32. */
const LIMIT = 2 ** 24

/** `size` ops, at least; a few of the tensors are outputs. */
export function randomGraph(random: Random, size: number): RandomGraph {
  const graph = new Graph()
  const rows = random.integer(1, 9)
  const inputs: Record<string, Float32Array | Uint32Array> = {}
  const weights: Record<string, NdArray<Float32Array>> = {}
  const integers = (...shape: number[]) =>
    array(
      Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.integer(-2, 2)),
      ...shape,
    )
  const weight = <const S extends readonly [number] | readonly [number, number]>(shape: S) => {
    const label = `w${graph.parameters.size}`
    const values = integers(...shape)
    weights[label] = values
    return { tensor: graph.parameter(label, shape), values }
  }
  const values: Value[] = []
  for (let i = 0; i < 3; i++) {
    const input = integers(rows, random.integer(1, 12))
    inputs[`x${i}`] = input.data
    values.push({ tensor: graph.input(`x${i}`, 'f32', [rows, input.shape[1] ?? 0]), plain: map(input, x => x) })
  }
  const width = ({ plain }: Value): number => plain.shape[1] ?? 0

  const product = (x: Value): Value => {
    const { tensor, values } = weight([random.integer(1, 12), width(x)])
    return { tensor: linear(x.tensor, tensor), plain: gemm(x.plain, values) }
  }
  const biased = (x: Value): Value => {
    const { tensor, values } = weight([width(x)])
    return { tensor: addBias(x.tensor, tensor), plain: plain.add(x.plain, values, 1) }
  }
  const rectified = (x: Value): Value => ({ tensor: relu(x.tensor), plain: plain.relu(x.plain) })
  const joined = (x: Value): Value => {
    const y = random.pick(values)
    return { tensor: join(x.tensor, y.tensor), plain: concat(x.plain, y.plain) }
  }
  const summed = (x: Value): Value => {
    const starts = Uint32Array.from({ length: rows + 1 }, (_, i) => i)
    inputs.starts = starts
    const at = (graph.inputs.get('starts') ?? graph.input('starts', 'u32', [rows + 1])) as Tensor<'u32', 1>
    return { tensor: sumSegments(x.tensor, at, rows), plain: segmentSum(x.plain, array(starts, rows + 1)) }
  }
  const combined = (x: Value): Value => {
    const y = random.pick(values.filter(v => width(v) === width(x)))
    const [op, reference] = random.pick([
      [add<2>, plain.add],
      [subtract<2>, plain.subtract],
      [multiply<2>, plain.multiply],
    ] as const)
    return { tensor: op(x.tensor, y.tensor), plain: reference(x.plain, y.plain) }
  }
  const makers = [product, product, biased, biased, rectified, joined, summed, combined, combined]
  for (let made = 0; made < size; ) {
    // Mostly the newest values, so that chains grow; sometimes any.
    const x = random.uniform() < 0.6 ? random.pick(values.slice(-2)) : random.pick(values)
    const value = random.pick(makers)(x)
    made++
    if (width(value) <= 40 && value.plain.data.every(v => Math.abs(v) < LIMIT / 1000)) values.push(value)
  }
  const outputs = values.slice(3).filter((_, i, all) => i === all.length - 1 || random.uniform() < 0.2)
  const expected = new Map(outputs.map(({ tensor, plain }) => [tensor.label, plain]))
  for (const { tensor } of outputs) graph.output(tensor.label, tensor)
  return { graph, inputs, weights, expected }
}
