// Measures the cases of a workload: ours, the limit and the peers in turn, every output checked, and the row that comes of it.

import { loadavg } from 'node:os'
import { clockInUse } from './clock.ts'
import { type Contender, interleave } from './interleave.ts'
import type { Limit, LimitKind } from './limits.ts'
import { originalFigure } from './original.ts'
import type { Peer, PeerJob } from './peer.ts'
import { CheckError, problemOf, type Reference } from './reference.ts'
import type { CaseRow, LimitFigure, PeerFigure, Row } from './row.ts'
import { commit, type Session } from './session.ts'
import { median, spread, total } from './statistics.ts'

/** One thing to time, ready to run. */
export interface Case {
  readonly label: string
  /** How often it counts in the workload. */
  readonly times?: number
  /** Operations and bytes of one run. */
  readonly flops?: number
  readonly bytes?: number
  /** Which limit it is held against, where one bounds it. */
  readonly limit?: LimitKind
  /** Other ways of this program to the same result, timed beside it and told among the peers. */
  readonly beside?: readonly Contender[]
  readonly peer?: PeerJob
  /** What a peer's outputs still lack to be ours. */
  readonly fromPeer?: (values: readonly number[]) => readonly number[]
  /** The name of its time in bench/original.json. */
  readonly original?: string
  readonly reference: Reference
  /** What is timed may be several units: steps of a search, say. */
  readonly unitsPerRun?: number
  run(): Promise<number>
  /** Outputs of the last run at these positions. */
  outputs(positions: readonly number[]): Promise<ArrayLike<number>>
  dispose(): void | Promise<void>
}

export interface Workload {
  readonly name: string
  readonly title: string
  readonly unit: string
  /** What software adapters do not do in this way. */
  readonly gpuOnly?: boolean
  /** Cases are made one by one, each when its turn comes. */
  readonly cases: readonly ((session: Session) => Promise<Case>)[]
}

/** A peer spins its threads for a while after it ran; ours must not run into that. */
const SETTLE_MS = 50

/** Makes a workload's row in its own way, as `growth` does. */
export interface OwnWorkload extends Omit<Workload, 'cases'> {
  measure(session: Session): Promise<Row>
}

export async function measure(workload: Workload, session: Session): Promise<Row> {
  const rows: CaseRow[] = []
  try {
    for (const make of workload.cases) {
      const made = await make(session)
      session.note(`${workload.name}: ${made.label}`)
      try {
        rows.push(await measureCase(made, workload.unit, session))
      } finally {
        await made.dispose()
      }
    }
  } finally {
    await session.peers.close()
  }
  return summary(workload, rows, session)
}

async function measureCase(made: Case, unit: string, session: Session): Promise<CaseRow> {
  const { ready, missing } = made.peer ? await session.peers.prepare(made.peer) : { ready: [], missing: {} }
  const limits = made.limit === undefined ? [] : await session.limits(made.limit)
  const wrong: Record<string, string> = {}
  const contenders: Contender[] = [
    { name: 'ours', run: () => made.run() },
    ...limits,
    ...(made.beside ?? []),
    ...ready.map(peer => peerContender(peer, made, wrong)),
  ]
  const samples = await interleave(contenders, session.options)
  await checkOutputs(made)
  const units = made.unitsPerRun ?? 1
  const ours = spread((samples.get('ours') ?? []).map(ms => ms / units))
  const limit = limitFigure(limits, samples)
  const right = ready.filter(({ name }) => wrong[name] === undefined)
  const own = { version: commit(), adapter: session.device.label }
  const figures = [...right, ...(made.beside ?? []).map(({ name }) => ({ name, ...own }))]
  const peers = Object.fromEntries(
    figures.map(peer => [
      peer.name,
      peerFigure(
        peer,
        (samples.get(peer.name) ?? []).map(ms => ms / units),
        ours.median,
      ),
    ]),
  )
  const rates = ratesOf(ours.median, (made.flops ?? 0) / units, (made.bytes ?? 0) / units, limit)
  return {
    case: made.label,
    times: made.times ?? 1,
    ...ours,
    unit,
    ...rates,
    peers,
    missing: { ...missing, ...wrong },
    ...(made.original && { original: await originalFigure(made.original, ours.median, session) }),
    checked: true,
  }
}

/** @throws CheckError where the outputs of the last run are not those of the reference. */
export async function checkOutputs({ label, reference, outputs }: Case): Promise<void> {
  const problem = problemOf(await outputs(reference.positions), reference)
  if (problem !== undefined) throw new CheckError(`${label}: ${problem}`)
}

/** Runs a peer and notes where its outputs are not those of the reference. */
const peerContender = (peer: Peer, { reference, fromPeer }: Case, wrong: Record<string, string>): Contender => ({
  name: peer.name,
  run: async () => {
    const { ms, values } = await peer.run(reference.positions)
    const problem = problemOf(fromPeer?.(values) ?? values, reference)
    if (problem !== undefined) wrong[peer.name] = `its outputs are wrong: ${problem}`
    await new Promise(done => setTimeout(done, SETTLE_MS))
    return ms
  },
})

const peerFigure = (peer: Pick<Peer, 'version' | 'adapter'>, samples: readonly number[], ours: number): PeerFigure => ({
  median: median(samples),
  ratio: median(samples) / ours,
  n: samples.length,
  version: peer.version,
  adapter: peer.adapter,
})

/** The best of the limits of a kind, in 10⁹ a second. */
function limitFigure(limits: readonly Limit[], samples: ReadonlyMap<string, number[]>): LimitFigure | undefined {
  const [best] = limits
    .map(({ kind, name, amount }) => ({ kind, value: amount / median(samples.get(name) ?? []) / 1e6 }))
    .sort((a, b) => b.value - a.value)
  return best
}

function ratesOf(ms: number, flops: number, bytes: number, limit: LimitFigure | undefined) {
  const [gflops, gbps] = [flops / ms / 1e6, bytes / ms / 1e6]
  const rate = limit?.kind === 'copy' ? gbps : gflops
  return {
    ...(flops > 0 && { gflops }),
    ...(bytes > 0 && { gbps }),
    ...(limit && rate > 0 && { limit, ceilingShare: rate / limit.value }),
  }
}

/** The cases of a workload together: times add up, shares and rates follow from the sums. */
function summary({ name, title, unit }: Workload, cases: readonly CaseRow[], { device }: Session): Row {
  const ours = total(cases.map(row => ({ spread: row, times: row.times })))
  const sum = (value: (row: CaseRow) => number): number => cases.reduce((n, row) => n + row.times * value(row), 0)
  const rate = (key: 'gflops' | 'gbps') =>
    cases.every(row => row[key] !== undefined) ? sum(row => (row[key] ?? 0) * row.median) / ours.median : undefined
  const [gflops, gbps] = [rate('gflops'), rate('gbps')]
  const shared = cases.every(row => row.ceilingShare !== undefined)
  // The time that the limit allows, over the time that was taken.
  const share = sum(row => (row.ceilingShare ?? 0) * row.median) / ours.median
  const [first] = cases
  return {
    workload: name,
    title,
    ...ours,
    unit,
    ...(gflops !== undefined && { gflops }),
    ...(gbps !== undefined && { gbps }),
    ...(shared && first?.limit && { limit: first.limit, ceilingShare: share }),
    peers: peersTogether(cases, ours.median),
    missing: Object.assign({}, ...cases.map(row => row.missing)),
    ...(cases.length === 1 && first?.original && { original: first.original }),
    checked: cases.every(row => row.checked),
    cases: cases.length > 1 ? cases : [],
    adapter: device.label,
    ...conditions(),
  }
}

/** When and how it was measured. */
export const conditions = (): Pick<Row, 'commit' | 'clock' | 'load' | 'date'> => ({
  commit: commit(),
  clock: clockInUse(),
  load: Math.round(10 * (loadavg()[0] ?? 0)) / 10,
  date: new Date().toISOString(),
})

/** Peers that took part in every case. */
function peersTogether(cases: readonly CaseRow[], ours: number): Record<string, PeerFigure> {
  const [first, ...others] = cases
  const everywhere = Object.entries(first?.peers ?? {}).filter(([name]) => others.every(row => row.peers[name]))
  return Object.fromEntries(
    everywhere.map(([name, figure]) => {
      const together = cases.reduce((n, row) => n + row.times * (row.peers[name]?.median ?? 0), 0)
      return [name, { ...figure, median: together, ratio: together / ours }]
    }),
  )
}
