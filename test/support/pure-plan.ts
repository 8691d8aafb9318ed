// A graph compiled as far as that goes without a device: what is fused, which kernels run, where tensors are placed. The adapter
// is one that offers nothing beyond WebGPU's defaults, so results are the same on every machine.

import type { AdapterFacts } from '../../lib/gpu/facts.ts'
import { kernelSource } from '../../lib/gpu/kernel-source.node.ts'
import { DEFAULT_TUNING } from '../../lib/gpu/tuning.ts'
import { fuse } from '../../lib/graph/fuse.ts'
import type { Graph } from '../../lib/graph/graph.ts'
import { apart, type Lowered, lives, lower } from '../../lib/graph/lower.ts'
import { planMemory } from '../../lib/graph/memory-plan.ts'
import type { PrintedPlan } from '../../lib/graph/print.ts'

const PLAINEST: AdapterFacts = {
  isHardware: false,
  features: new Set(),
  subgroupMinSize: 4,
  subgroupMaxSize: 128,
  maxInvocations: 256,
  tuning: DEFAULT_TUNING,
}

export function purePlan(graph: Graph, maxSlab = 2 ** 28): PrintedPlan {
  const lowered = lower(fuse(graph), PLAINEST, kernelSource)
  return { graph, lowered, memory: planMemory(lives(lowered, graph), apart(lowered), maxSlab) }
}

/** The dispatches in order, those of a loop's body once. */
export const dispatchesOf = ({ lowered }: PrintedPlan): Lowered[] =>
  lowered.flatMap(item => (item.kind === 'dispatch' ? [item.lowered] : item.body))
