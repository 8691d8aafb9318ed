// The benches as a process: `storyteller bench` starts it with its options as JSON. Rows go to stdout, what goes on to stderr.

import { StorytellerError, UsageError } from '../lib/core/errors.ts'
import { type Clock, useClock } from './harness/clock.ts'
import { type Format, format } from './harness/format.ts'
import { measure } from './harness/measure.ts'
import { PEERS } from './harness/peers.ts'
import { save } from './harness/results.ts'
import type { Row } from './harness/row.ts'
import { Session } from './harness/session.ts'
import { WORKLOADS } from './workloads/index.ts'

/** As cli/bench.ts sends them. */
export interface Request {
  readonly workloads: readonly string[]
  readonly format: Format
  readonly adapter?: string
  readonly repeat: number
  /** Names of peers; none where it is empty. */
  readonly peers: readonly string[]
  readonly quiet: boolean
  readonly clock: Clock
  /** Keeps the rows in bench/results. */
  readonly save: boolean
}

/** Milliseconds that one contender may take in all rounds of a case. */
const BUDGET = 20_000

async function main(request: Request): Promise<void> {
  useClock(request.clock)
  const workloads = chosen(request.workloads, WORKLOADS, 'workload')
  const peers = chosen(request.peers, request.peers.length > 0 ? PEERS : [], 'peer')
  const note = (text: string): void => {
    if (!request.quiet) process.stderr.write(`${text}\n`)
  }
  const options = { adapter: request.adapter, rounds: request.repeat, budget: BUDGET, peers }
  const session = await Session.open(options, note)
  note(`on ${session.device.label}`)
  const rows: Row[] = []
  try {
    for (const workload of workloads) {
      if (workload.gpuOnly && !session.isHardware) {
        note(`${workload.name}: on GPUs only`)
        continue
      }
      rows.push(await ('measure' in workload ? workload.measure(session) : measure(workload, session)))
    }
  } finally {
    await session.close()
    if (rows.length > 0) process.stdout.write(format(rows, request.format))
    if (rows.length > 0 && request.save) note(`kept in ${save(rows)}`)
  }
}

/** Those of these names, in their own order; all where none is named. */
function chosen<T extends { readonly name: string }>(
  names: readonly string[],
  all: readonly T[],
  what: string,
): readonly T[] {
  const unknown = names.find(name => name !== 'all' && !all.some(one => one.name === name))
  if (unknown !== undefined)
    throw new UsageError(`there is no ${what} ${unknown}; there are ${all.map(({ name }) => name).join(', ')}`)
  return names.length === 0 || names.includes('all') ? all : all.filter(({ name }) => names.includes(name))
}

try {
  await main(JSON.parse(process.argv[2] ?? '{}') as Request)
} catch (error) {
  if (!(error instanceof StorytellerError)) throw error
  process.stderr.write(`storyteller: ${error.message}\n`)
  process.exitCode = error.exitCode
}
