// What a kind of net brings to be trained: its arrays, its graph up to the costs, and how a batch becomes the graph's inputs.

import { InputError, ShapeError } from '../core/errors.ts'
import type { Graph } from '../graph/graph.ts'
import type { Values } from '../graph/plan.ts'
import type { Counts } from '../graph/sizes.ts'
import { addBias } from '../ops/elementwise.ts'
import { linear } from '../ops/gemm.ts'
import type { Tensor } from '../ops/op.ts'
import type { Layout } from './layout.ts'
import type { Room } from './sentences.ts'
import type { BatchArray, NamedArrays, TrainerOptions } from './types.ts'

export interface Packed {
  readonly inputs: Readonly<Record<string, Values>>
  readonly counts: Counts
}

/** A batch that has been checked and sorted. */
export interface Prepared {
  /** How much room it takes. */
  readonly room: Room
  /** Inputs and counts for a graph built with `room` or more. */
  pack(room: Room): Packed
}

export interface Recipe<Batch> {
  readonly layout: Layout
  /** Where the options say nothing. */
  readonly gradClip: number
  /** @throws InputError where the batch is none of this net's. */
  prepare(batch: Batch): Prepared
  /** Records the net for batches up to `room`; the sum of all elements of the tensors is the cost. */
  build(graph: Graph, room: Room): readonly Tensor<'f32', 1>[]
}

/** Makes the recipe of one net. @throws ShapeError where options and parameters don't go together. */
export type RecipeFor<Batch> = (options: TrainerOptions, parameters: NamedArrays) => Recipe<Batch>

/** The size of a parameter's axis, which an option of that name must agree with. */
export function sizeOf(
  parameters: NamedArrays,
  name: string,
  axis: number,
  options: TrainerOptions,
  option: string,
): number {
  const array = parameters[name]
  if (array === undefined)
    throw new ShapeError(`parameter ${name} is missing; there are ${Object.keys(parameters).join(', ')}`)
  const size = array.shape[axis]
  if (size === undefined)
    throw new ShapeError(`parameter ${name} is [${array.shape.join(', ')}]: it has no axis ${axis}`)
  const wanted = options[option]
  if (wanted !== undefined && wanted !== size)
    throw new ShapeError(`${option} is ${String(wanted)}, but parameter ${name} is [${array.shape.join(', ')}]`)
  return size
}

export function affine(graph: Graph, name: string, input: Tensor<'f32', 2>, outputs: number): Tensor<'f32', 2> {
  const weight = graph.parameter(`${name}.W`, [outputs, input.shape[1] as number])
  return addBias(linear(input, weight), graph.parameter(`${name}.b`, [outputs]))
}

/** Rows [rows, width] of a batch in the given order, as f32. */
export function rowsOf(name: string, array: BatchArray, order: readonly number[], width: number): Float32Array {
  const [rows = 0, columns = 0] = array.shape
  if (array.shape.length !== 2 || rows !== order.length || columns !== width)
    throw new InputError(
      `batch: ${name} is [${array.shape.join(', ')}], with this batch's sentences it is [${order.length}, ${width}]`,
    )
  const data = new Float32Array(rows * width)
  for (const [row, from] of order.entries())
    for (let i = 0; i < width; i++) data[row * width + i] = Number(array.get(from, i))
  return data
}
