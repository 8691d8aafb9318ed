// gemm: the product of two matrices of 1024 × 1024 numbers, x · Wᵀ.

import { Graph } from '../../lib/graph/graph.ts'
import { linear } from '../../lib/ops/gemm.ts'
import { timedDispatches } from '../harness/dispatches.ts'
import type { Case, Workload } from '../harness/measure.ts'
import { samplePositions, sums } from '../harness/reference.ts'
import { type Seeded, source, valueAt, values } from '../harness/seeded.ts'
import type { Session } from '../harness/session.ts'

const SAMPLES = 64

/** x [m, k] · Wᵀ with W [n, k], both from a hash. `limit`: what bounds it. */
export async function productCase(
  session: Session,
  label: string,
  [m, n, k]: readonly [number, number, number],
  { limit, op }: { limit: Case['limit']; op: string },
): Promise<Case> {
  const x: Seeded = { shape: [m, k], seed: 1, scale: 1 }
  const weight: Seeded = { shape: [n, k], seed: 2, scale: 1 }
  const graph = new Graph()
  graph.output('y', linear(graph.input('x', 'f32', [m, k]), graph.parameter('W', [n, k])))
  const { plan, dispose } = await session.plan(graph, () => source(weight))
  await plan.run({ inputs: { x: values(x) } })
  const reference = sums(samplePositions(m * n, SAMPLES), position => {
    const [row, column] = [Math.floor(position / n), position % n]
    return Array.from({ length: k }, (_, i) => valueAt(x, row * k + i) * valueAt(weight, column * k + i))
  })
  return {
    label,
    flops: 2 * m * n * k,
    bytes: 4 * (n * k + m * k + m * n),
    limit,
    peer: { op, m, n, k, seeds: [x.seed, weight.seed], scale: 1 },
    reference,
    ...timedDispatches(plan, 'y', session.isHardware),
    dispose,
  }
}

export const gemm: Workload = {
  name: 'gemm',
  title: '1024³',
  unit: 'ms',
  cases: [session => productCase(session, '1024³', [1024, 1024, 1024], { limit: 'multiply-add', op: 'gemm' })],
}
