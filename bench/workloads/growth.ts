// growth: how the time grows with captions, words, beam width and pictures, as the exponent b of time ≈ a · sizeᵇ: 1 is linear, less is
// better. All sizes take turns in every round, and each round gives one exponent. The row's figure is the worst of the four.

import { interleave } from '../harness/interleave.ts'
import { type Case, checkOutputs, conditions, type OwnWorkload } from '../harness/measure.ts'
import type { CaseRow, Row } from '../harness/row.ts'
import type { Session } from '../harness/session.ts'
import { exponent, spread } from '../harness/statistics.ts'
import { searchCase } from './beam.ts'
import { sentencesCase } from './encode.ts'
import { nearestCase } from './retrieval.ts'
import { pictureCase } from './vgg19.ts'

interface Dimension {
  readonly label: string
  readonly sizes: readonly number[]
  make(session: Session, size: number): Promise<Case>
}

const SENTENCES = 32

const DIMENSIONS: readonly Dimension[] = [
  { label: 'captions', sizes: [10_000, 100_000, 1_000_000], make: nearestCase },
  {
    label: `words of ${SENTENCES} sentences`,
    sizes: [4, 8, 16, 32],
    make: (session, words) => sentencesCase(session, new Array(SENTENCES).fill(words), `${words} words`),
  },
  { label: 'beam width', sizes: [1, 5, 20, 50, 200], make: (session, width) => searchCase(session, width, 9) },
  { label: 'pictures', sizes: [1, 8, 32], make: pictureCase },
]

/** Of one round; a whole one may take minutes on a software adapter. */
const ROUNDS = 3

async function measureDimension({ label, sizes, make }: Dimension, session: Session): Promise<CaseRow> {
  const cases: { size: number; made: Case }[] = []
  try {
    for (const size of sizes) cases.push({ size, made: await make(session, size) })
    session.note(`growth: ${label} ${sizes.join(', ')}`)
    const contenders = cases.map(({ size, made }) => ({ name: String(size), run: () => made.run() }))
    const rounds = Math.min(ROUNDS, session.options.rounds)
    const samples = await interleave(contenders, { rounds, budget: Number.POSITIVE_INFINITY })
    for (const { made } of cases) await checkOutputs(made)
    const point = (round: number) => (size: number) => ({ size, ms: samples.get(String(size))?.[round] ?? Number.NaN })
    const exponents = Array.from({ length: rounds }, (_, round) => exponent(sizes.map(point(round))))
    return {
      case: `${label}, ${sizes.map(n => n.toLocaleString('en-US')).join(', ')}`,
      times: 1,
      ...spread(exponents),
      unit: 'exponent',
      peers: {},
      missing: {},
      checked: true,
    }
  } finally {
    for (const { made } of cases) await made.dispose()
  }
}

async function measureGrowth(session: Session): Promise<Row> {
  const cases: CaseRow[] = []
  for (const dimension of DIMENSIONS) cases.push(await measureDimension(dimension, session))
  const worst = cases.reduce((a, b) => (b.median > a.median ? b : a))
  const { case: _case, times: _times, ...figures } = worst
  return {
    workload: growth.name,
    title: growth.title,
    ...figures,
    cases,
    adapter: session.device.label,
    ...conditions(),
  }
}

export const growth: OwnWorkload = {
  name: 'growth',
  title: 'exponent of time over size, the worst of four (1: linear)',
  unit: 'exponent',
  measure: measureGrowth,
}
