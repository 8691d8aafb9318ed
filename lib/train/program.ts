// The three graphs of a net in training: its cost, its cost with all gradients, and an update: gradients, clipping, Adam.

import { InputError } from '../core/errors.ts'
import { differentiate } from '../graph/autodiff.ts'
import { Graph } from '../graph/graph.ts'
import { adamStep } from '../ops/adam.ts'
import { addScaled } from '../ops/add-scaled.ts'
import type { Tensor } from '../ops/op.ts'
import { clipFactor, partsOf, squaresInto } from '../ops/square-sum.ts'
import { total } from '../ops/sum.ts'
import type { Recipe } from './recipe.ts'
import type { Room } from './sentences.ts'

export type Purpose = 'cost' | 'gradients' | 'update'

export interface Hyper {
  readonly gradClip: number
  readonly decay: number
}

/** Adam's moments of a parameter, by their names among the weights. */
export const meanOf = (label: string): string => `${label}:mean`
export const squareOf = (label: string): string => `${label}:square`

/** Outputs whose sum is the cost. */
export const costOutputs = (graph: Graph): string[] =>
  [...graph.outputs.keys()].filter(name => name.startsWith('cost '))
export const gradientOutput = (label: string): string => `gradient ${label}`

/**
 * The graph for one purpose. Outputs: the terms of the cost; for `gradients` those of all parameters, decay included and not
 * clipped; for `update` the input `rates` (see optimiser.ts) and `norm`, the squared norm and the factor of clipping, and `parts`.
 */
export function program(recipe: Recipe<never>, room: Room, purpose: Purpose, { gradClip, decay }: Hyper): Graph {
  const graph = new Graph({ trained: true })
  const losses = recipe.build(graph, room)
  const terms = losses.map(loss => total(loss))
  if (decay > 0) terms.push(total(squares(graph, 'decay', graph.parameters.values()), decay))
  for (const [i, term] of terms.entries()) graph.output(`cost ${i + 1}`, term)
  if (purpose === 'cost') return graph
  const gradients = gradientsOf(graph, losses, decay)
  if (purpose === 'gradients') {
    for (const [label, gradient] of gradients) graph.output(gradientOutput(label), gradient)
    return graph
  }
  const parts = squares(graph, 'squares', gradients.values())
  const norm = clipFactor(parts, gradClip)
  graph.output('norm', norm)
  graph.output('parts', parts)
  const rates = graph.input('rates', 'f32', [2])
  for (const [label, gradient] of gradients) update(graph, label, gradient, { norm, rates })
  return graph
}

/** The squares of some tensors, summed in parts. */
function squares(graph: Graph, label: string, tensors: Iterable<Tensor>): Tensor<'f32', 1> {
  const all = [...tensors]
  const parts = graph.keep(label, 'f32', [all.reduce((n, tensor) => n + partsOf(tensor), 0)])
  let first = 0
  for (const tensor of all) {
    squaresInto(tensor, parts, first)
    first += partsOf(tensor)
  }
  return parts
}

function gradientsOf(graph: Graph, losses: readonly Tensor[], decay: number): Map<string, Tensor> {
  const parameters = [...graph.parameters]
  const gradients = differentiate(graph, losses)
  return new Map(
    parameters.map(([label, tensor]) => {
      const gradient = gradients.get(label)
      if (gradient === undefined) throw new InputError(`the cost does not depend on ${label}`)
      return [label, decay > 0 ? addScaled(gradient, tensor, 2 * decay) : gradient]
    }),
  )
}

function update(graph: Graph, label: string, gradient: Tensor, how: { norm: Tensor; rates: Tensor }): void {
  const shape = gradient.shape as readonly [number]
  const weight = graph.parameter(label, shape)
  adamStep(gradient, how, {
    weight,
    mean: graph.parameter(meanOf(label), shape),
    square: graph.parameter(squareOf(label), shape),
  })
}
