// Networks as they are used, with the parameters that training has at the moment: for samples and evaluations between updates. The
// weights go up for one use and are freed with it.

import type { Device } from '../gpu/device.ts'
import { inMemory, Weights } from '../gpu/weights.ts'
import { compile } from '../graph/compile.ts'
import type { Graph } from '../graph/graph.ts'
import type { Plan } from '../graph/plan.ts'
import type { Layout } from './layout.ts'
import type { NamedArrays } from './types.ts'

/** Runs `work` with graphs made into plans over these parameters. */
export async function withParameters<T>(
  device: Device,
  layout: Layout,
  parameters: NamedArrays,
  work: (plan: (graph: Graph) => Promise<Plan>) => Promise<T>,
): Promise<T> {
  const weights = new Weights(device)
  const plans: Plan[] = []
  try {
    for (const [name, { shape, data }] of layout.pack(parameters)) await weights.load(name, inMemory(shape, data))
    return await work(async graph => {
      const plan = await compile(graph, device, weights)
      plans.push(plan)
      return plan
    })
  } finally {
    for (const plan of plans) plan.dispose()
    weights.free()
  }
}
