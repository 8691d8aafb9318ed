// Reverse-mode differentiation: walks a graph's items from the last to the first and lets each op emit the gradients of its inputs.
// A loop becomes a loop that runs from the last step to the first; sums over all its steps (weights' gradients) are emitted after it.
// Runs before fusion. Knows no op: the rules stand in the ops' files.

import { InputError } from '../core/errors.ts'
import type { Dims } from '../core/shape.ts'
import { add } from '../ops/elementwise.ts'
import { type Backward, isWeight, type Node, type Tensor } from '../ops/op.ts'
import type { Graph, Item, Loop } from './graph.ts'

/**
 * Appends the gradients of the sum of all elements of all `losses` (outputs of cost ops) to the graph.
 * @returns the gradient of each parameter that they depend on, by its label
 * @throws InputError for an op that has no gradient, by its name
 */
export function differentiate(graph: Graph, losses: readonly Tensor[]): Map<string, Tensor> {
  const items = [...graph.items]
  const backward = new Differentiation(graph, dependent(items), new Set(losses))
  for (const item of items.reverse()) {
    if (item.kind === 'node') backward.node(item.node)
    else backward.loop(item.loop)
  }
  return new Map(
    [...graph.parameters].flatMap(([label, tensor]) => {
      const gradient = backward.of(tensor)
      return gradient === undefined ? [] : [[label, gradient] as const]
    }),
  )
}

const nodesOf = (item: Item): readonly Node[] => (item.kind === 'node' ? [item.node] : item.loop.body)

/** All tensors that depend on a parameter, parameters included. */
function dependent(items: readonly Item[]): Set<Tensor> {
  const found = new Set<Tensor>()
  const depends = (tensor: Tensor) => isWeight(tensor) || found.has(tensor)
  for (const node of items.flatMap(nodesOf)) {
    if (![...Object.values(node.inputs), ...Object.values(node.updates)].some(depends)) continue
    for (const tensor of [...Object.values(node.outputs), ...Object.values(node.updates)]) found.add(tensor)
  }
  return found
}

class Differentiation implements Backward {
  #gradients = new Map<Tensor, Tensor>()
  /** What waits for the end of the loop that is being built; undefined outside of loops. */
  #later: (() => void)[] | undefined
  readonly graph: Graph
  readonly dependent: ReadonlySet<Tensor>
  readonly losses: ReadonlySet<Tensor>

  constructor(graph: Graph, dependent: ReadonlySet<Tensor>, losses: ReadonlySet<Tensor>) {
    this.graph = graph
    this.dependent = dependent
    this.losses = losses
  }

  node(node: Node): void {
    if (!this.#matters(node)) return
    if (node.op.gradient === undefined) throw new InputError(`${node.label}: the op ${node.op.name} has no gradient`)
    node.op.gradient(node, this)
  }

  /** Loops of training keep their states in kept tensors: what alternates between the steps has no gradient. */
  loop(loop: Loop): void {
    const nodes = loop.body.filter(node => this.#matters(node))
    if (nodes.length === 0) return
    if (loop.carried.length > 0 || loop.alive !== undefined)
      throw new InputError(`loop ${loop.label} carries states; keep them on a tape (gru-tape) to train through it`)
    const later: (() => void)[] = []
    this.#later = later
    try {
      const build = () => {
        for (const node of nodes.reverse()) this.node(node)
      }
      this.graph.repeat(`${loop.label} backwards`, loop.steps, build, undefined, { backwards: true, whole: loop.whole })
    } finally {
      this.#later = undefined
    }
    for (const emit of later) emit()
  }

  /** Whether the cost depends on what the node makes, and that on a parameter. */
  #matters({ outputs, updates }: Node): boolean {
    return [...Object.values(outputs), ...Object.values(updates)].some(
      tensor => this.dependent.has(tensor) && (this.losses.has(tensor) || this.#gradients.has(tensor)),
    )
  }

  wants(tensor: Tensor): boolean {
    return isWeight(tensor) || this.dependent.has(tensor)
  }

  of(tensor: Tensor): Tensor | undefined {
    return this.#gradients.get(tensor)
  }

  add(tensor: Tensor, gradient: Tensor): void {
    if (!this.wants(tensor)) return
    const known = this.#gradients.get(tensor)
    const sum = known === undefined ? gradient : add(known as Tensor<'f32', 2>, gradient as Tensor<'f32', 2>)
    this.#gradients.set(tensor, sum)
  }

  kept(tensor: Tensor): Tensor {
    const known = this.#gradients.get(tensor)
    if (known !== undefined) return known
    if (tensor.storage !== 'kept')
      throw new InputError(`${tensor.label} is not kept: its gradient can't be changed in place`)
    const gradient = this.graph.keep(`gradient of ${tensor.label}`, 'f32', tensor.shape)
    this.#gradients.set(tensor, gradient)
    return gradient
  }

  tape(label: string, shape: Dims<2>): Tensor<'f32', 2> {
    return this.graph.keep(label, 'f32', shape)
  }

  afterLoop(emit: () => void): void {
    if (this.#later === undefined) emit()
    else this.#later.push(emit)
  }
}
