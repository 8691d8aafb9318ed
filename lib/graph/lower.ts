// From fused nodes to kernels: each op chooses its variant and says its dispatches; then who lives when, and who must not
// share memory. Needs the kernels' texts and facts about the adapter, but no device memory.

import { InputError } from '../core/errors.ts'
import { capacity } from '../core/shape.ts'
import type { AdapterFacts } from '../gpu/facts.ts'
import { type Kernel, type KernelSource, specialise } from '../gpu/kernel.ts'
import type { Node, Step, Tensor } from '../ops/op.ts'
import type { Carried, Graph, Item, Loop } from './graph.ts'
import type { Life } from './memory-plan.ts'

export interface Lowered {
  readonly node: Node
  readonly variant: string
  readonly step: Step
  readonly kernel: Kernel
}

export type LoweredItem =
  | { readonly kind: 'dispatch'; readonly lowered: Lowered }
  | { readonly kind: 'loop'; readonly loop: Loop; readonly body: readonly Lowered[] }

/** The binding of a weight that is read as halves. */
export const HALF = 'half'

/** Whether a weight's numbers are kept as halves on the device, by its name. */
export type Halves = (name: string) => boolean

export function lower(
  items: readonly Item[],
  facts: AdapterFacts,
  source: KernelSource,
  halves: Halves = () => false,
): LoweredItem[] {
  const kernels = (node: Node) => lowerNode(node, facts, source, halves)
  return items.flatMap((item): LoweredItem[] =>
    item.kind === 'loop'
      ? [{ kind: 'loop', loop: item.loop, body: item.loop.body.flatMap(kernels) }]
      : kernels(item.node).map(lowered => ({ kind: 'dispatch', lowered })),
  )
}

function lowerNode(node: Node, facts: AdapterFacts, source: KernelSource, halves: Halves): Lowered[] {
  const variant = node.op.choose(facts, node)
  return node.op.lower(node, variant, facts).map(given => {
    const step = inHalves(given, halves)
    const kernel = specialise(step.kernel, source(step.kernel), step.knobs)
    checkBindings(node, kernel, step)
    refuseTextures(node, kernel, step)
    return { node, variant: variant.name, step, kernel }
  })
}

/** The step with its weight read as halves, where it is kept so and the kernel can. */
function inHalves(step: Step, halves: Halves): Step {
  const { weight, ...others } = step.bindings
  if (!step.takesHalves || weight?.storage !== 'parameter' || !halves(weight.label)) return step
  const flags = { ...step.knobs.flags, PLAIN: false, HALF: true }
  return { ...step, knobs: { ...step.knobs, flags }, bindings: { ...others, [HALF]: weight }, pieces: HALF }
}

/** Only weights come as textures: what a kernel makes stays in buffers. */
function refuseTextures(node: Node, kernel: Kernel, step: Step): void {
  const texture = kernel.bindings.find(b => b.kind === 'texture' && step.bindings[b.name]?.storage !== 'parameter')
  if (texture !== undefined) throw new InputError(`${node.label}: ${texture.name} is no weight and cannot be packed`)
}

function checkBindings(node: Node, kernel: Kernel, step: Step): void {
  const wanted = kernel.bindings.filter(b => b.kind !== 'uniform').map(b => b.name)
  const given = Object.keys(step.bindings)
  const missing = wanted.filter(name => !given.includes(name))
  const surplus = given.filter(name => !wanted.includes(name))
  if (missing.length + surplus.length > 0)
    throw new InputError(
      `${node.label}: kernel ${kernel.name} binds [${wanted.join(', ')}], the op gives [${given.join(', ')}]`,
    )
}

/** The tensor that a body's tensor shares memory with: what becomes a loop's next state lives in the carried pair. */
export const carriedOf = (tensor: Tensor, loop: Loop): Carried | undefined => loop.carried.find(c => c.next === tensor)

/** Lives of all temporaries. A loop's body is one stretch of time: what enters a loop lives to the loop's end. */
export function lives(items: readonly LoweredItem[], graph: Graph): Life<Tensor>[] {
  const spans = new Map<Tensor, { from: number; to: number }>()
  const touch = (tensor: Tensor, from: number, to = from) => {
    if (tensor.storage !== 'temporary') return
    const span = spans.get(tensor)
    spans.set(
      tensor,
      span === undefined ? { from, to } : { from: Math.min(span.from, from), to: Math.max(span.to, to) },
    )
  }
  let now = 0
  for (const item of items) {
    if (item.kind === 'dispatch') {
      for (const tensor of Object.values(item.lowered.step.bindings)) touch(tensor, now)
      now++
    } else now = touchLoop(item.loop, item.body, now, touch)
  }
  for (const tensor of graph.outputs.values()) touch(tensor, now)
  return [...spans].map(([tensor, span]) => ({ tensor, bytes: 4 * capacity(tensor.shape), ...span }))
}

function touchLoop(
  loop: Loop,
  body: readonly Lowered[],
  start: number,
  touch: (t: Tensor, from: number, to?: number) => void,
): number {
  const end = start + body.length
  const made = new Set(loop.body.flatMap(node => Object.values(node.outputs)))
  for (const { initial } of loop.carried) if (initial !== undefined) touch(initial, start)
  for (const [i, { step }] of body.entries())
    for (const tensor of Object.values(step.bindings)) {
      if (carriedOf(tensor, loop) !== undefined) continue
      if (made.has(tensor)) touch(tensor, start + i)
      else touch(tensor, start, end)
    }
  return end + 1
}

/** Pairs of temporaries of which one dispatch reads the first and writes the second. */
export function apart(items: readonly LoweredItem[]): Map<Tensor, Set<Tensor>> {
  const pairs = new Map<Tensor, Set<Tensor>>()
  const separate = (a: Tensor, b: Tensor) => {
    const others = pairs.get(a) ?? new Set()
    pairs.set(a, others.add(b))
  }
  for (const { step, kernel } of items.flatMap(item => (item.kind === 'dispatch' ? [item.lowered] : item.body))) {
    const bound = (kind: 'read' | 'write') =>
      kernel.bindings.filter(b => b.kind === kind).flatMap(b => step.bindings[b.name] ?? [])
    for (const read of bound('read'))
      for (const written of bound('write')) {
        separate(read, written)
        separate(written, read)
      }
  }
  return pairs
}
