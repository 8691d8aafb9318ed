// retrieval: the 100 nearest of 414,000 captions [414000, 1024] to one picture's embedding, which is on the host; the matrix is on the
// device. Bound by reading it once.

import { nearestCaptions } from '../../lib/nets/index.ts'
import { timed } from '../harness/clock.ts'
import type { Case, Workload } from '../harness/measure.ts'
import { sumTolerance } from '../harness/reference.ts'
import { type Seeded, source, valueAt, values } from '../harness/seeded.ts'
import type { Session } from '../harness/session.ts'

const DIM = 1024
const K = 100
const CAPTIONS = 414_000
/** Vectors of about unit length. */
const SCALE = Math.sqrt(3 / DIM)
const QUERY: Seeded = { shape: [1, DIM], seed: 60, scale: SCALE }

/** The K best of `captions` captions. */
export async function nearestCase(session: Session, captions: number): Promise<Case> {
  const matrix: Seeded = { shape: [captions, DIM], seed: 61, scale: SCALE }
  const { plan, dispose } = await session.plan(nearestCaptions(captions, DIM, K), () => source(matrix))
  const run = { inputs: { embedding: values(QUERY) } }
  let scores: ArrayLike<number> = []
  const best = bestScores(matrix, captions)
  return {
    label: `${captions.toLocaleString('en-US')} captions`,
    flops: 2 * captions * DIM,
    bytes: 4 * captions * DIM,
    limit: 'copy',
    peer: { op: 'retrieval', captions, dim: DIM, k: K, matrix, query: QUERY },
    reference: {
      positions: best.map((_, i) => i),
      values: best,
      tolerances: best.map(() => sumTolerance(DIM, SCALE * SCALE * DIM)),
    },
    run: () =>
      timed(async () => {
        scores = (await plan.run(run)).values?.data ?? []
      }),
    outputs: async positions => positions.map(position => scores[position] ?? Number.NaN),
    dispose,
  }
}

/** The K largest scores in f64, largest first. */
function bestScores(matrix: Seeded, captions: number): number[] {
  const query = values(QUERY)
  const scores = new Float64Array(captions)
  for (let row = 0; row < captions; row++) {
    let sum = 0
    for (let i = 0, at = row * DIM; i < DIM; i++) sum += valueAt(matrix, at + i) * (query[i] as number)
    scores[row] = sum
  }
  return [...scores.sort().subarray(-K)].reverse()
}

export const retrieval: Workload = {
  name: 'retrieval',
  title: `the ${K} nearest of 414,000 captions`,
  unit: 'ms',
  cases: [session => nearestCase(session, CAPTIONS)],
}
