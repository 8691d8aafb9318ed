// gemm: the product of two matrices of 1024 × 1024 numbers, x · Wᵀ.

import { Graph } from '../../lib/graph/graph.ts'
import { linear } from '../../lib/ops/gemm.ts'
import { timedDispatches } from '../harness/dispatches.ts'
import type { Case, Workload } from '../harness/measure.ts'
import { samplePositions, sums } from '../harness/reference.ts'
import { halved, roundedToHalves, type Seeded, source, valueAt, values } from '../harness/seeded.ts'
import type { Session } from '../harness/session.ts'

const SAMPLES = 64

/** x [m, k] · Wᵀ with W [n, k], both from a hash. `limit`: what bounds it. `half`: W is kept as halves. */
export async function productCase(
  session: Session,
  label: string,
  [m, n, k]: readonly [number, number, number],
  { limit, op, half = false }: { limit: Case['limit']; op: string; half?: boolean },
): Promise<Case> {
  const x: Seeded = { shape: [m, k], seed: 1, scale: 1 }
  const weight: Seeded = { shape: [n, k], seed: 2, scale: 1 }
  const graph = new Graph()
  graph.output('y', linear(graph.input('x', 'f32', [m, k]), graph.parameter('W', [n, k])))
  const { plan, dispose } = await session.plan(graph, () => (half ? halved(source(weight)) : source(weight)))
  await plan.run({ inputs: { x: values(x) } })
  const reference = sums(samplePositions(m * n, SAMPLES), position => {
    const [row, column] = [Math.floor(position / n), position % n]
    const weights = values(weight, column * k, k)
    return Array.from(half ? roundedToHalves(weights) : weights, (w, i) => valueAt(x, row * k + i) * w)
  })
  return {
    label,
    flops: 2 * m * n * k,
    bytes: (half ? 2 : 4) * n * k + 4 * (m * k + m * n),
    limit,
    ...(!half && { peer: { op, m, n, k, seeds: [x.seed, weight.seed], scale: 1 } }),
    reference,
    ...timedDispatches(plan, 'y', session.isHardware),
    dispose,
  }
}

const cube = (side: number): Workload['cases'][number] => {
  const shape = [side, side, side] as const
  return session => productCase(session, `${side}³`, shape, { limit: 'multiply-add', op: 'gemm' })
}

export const gemm: Workload = {
  name: 'gemm',
  title: '1024³',
  unit: 'ms',
  cases: [cube(1024)],
}

export const gemmLarge: Workload = {
  name: 'gemm-large',
  title: '2048³ and 4096³',
  unit: 'ms',
  cases: [cube(2048), cube(4096)],
}
