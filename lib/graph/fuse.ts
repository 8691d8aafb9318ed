// Fusion: a producer takes its only consumer into its own kernel (bias, activation, pooling, normalisation), as far as the
// producer's op says it can. Runs on the recorded nodes, before memory is planned. Pure.

import { isWeight, type Node, type Tensor } from '../ops/op.ts'
import type { Graph, Item, Loop } from './graph.ts'

type Uses = Map<Tensor, number>

/** The graph's items with everything fused that can be. */
export function fuse(graph: Graph): Item[] {
  const uses = countUses(graph)
  const items = graph.items.map(item => (item.kind === 'loop' ? fuseLoop(item.loop, uses) : item))
  return fuseRuns(items, uses)
}

function countUses(graph: Graph): Uses {
  const uses: Uses = new Map()
  const use = (tensor: Tensor | undefined) => tensor && uses.set(tensor, (uses.get(tensor) ?? 0) + 1)
  const visit = (node: Node) => [...Object.values(node.inputs), ...Object.values(node.updates)].forEach(use)
  for (const item of graph.items) {
    if (item.kind === 'node') visit(item.node)
    else {
      item.loop.body.forEach(visit)
      for (const { initial, next } of item.loop.carried) [initial, next].forEach(use)
    }
  }
  for (const tensor of graph.outputs.values()) use(tensor)
  return uses
}

const fuseLoop = (loop: Loop, uses: Uses): Item => ({
  kind: 'loop',
  loop: { ...loop, body: fuseNodes(loop.body, uses) },
})

/** Fuses each unbroken run of nodes between loops; loops keep their place. */
function fuseRuns(items: readonly Item[], uses: Uses): Item[] {
  const fused: Item[] = []
  let run: Node[] = []
  const flush = () => {
    fused.push(...fuseNodes(run, uses).map(node => ({ kind: 'node', node }) as const))
    run = []
  }
  for (const item of items) {
    if (item.kind === 'node') run.push(item.node)
    else {
      flush()
      fused.push(item)
    }
  }
  flush()
  return fused
}

function fuseNodes(nodes: readonly Node[], uses: Uses): Node[] {
  const fused: Node[] = []
  for (const node of nodes) {
    const at = fused.findIndex(producer => isOnlyUse(producer, node, uses))
    const producer = fused[at]
    const merged = producer?.op.absorb?.(producer, node)
    // The merged kernel writes what the consumer wrote, under the consumer's name. It stands where the producer stood:
    // other operands of the consumer (a bias) are weights, ready from the start.
    if (merged !== undefined) fused[at] = { ...merged, outputs: node.outputs, label: `${merged.label}+${node.label}` }
    else fused.push(node)
  }
  return fused
}

/** Whether `consumer` reads the one output of `producer`, as its `input`, and nobody else does. */
function isOnlyUse(producer: Node, consumer: Node, uses: Uses): boolean {
  const outputs = Object.values(producer.outputs)
  const [output] = outputs
  return (
    outputs.length === 1 &&
    output !== undefined &&
    consumer.inputs.input === output &&
    uses.get(output) === 1 &&
    othersAreReady(consumer)
  )
}

const othersAreReady = (consumer: Node): boolean =>
  Object.entries(consumer.inputs).every(
    ([name, tensor]) => name === 'input' || isWeight(tensor) || tensor.storage === 'input',
  )
