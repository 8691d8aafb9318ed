// The original's recorded times, brought to this machine by numpy's GEMM 1024³ in the same run, where numpy is among the peers.

import { readFileSync } from 'node:fs'
import type { OriginalFigure } from './row.ts'
import type { Session } from './session.ts'
import { median } from './statistics.ts'

interface Recording {
  readonly numpyGemm: number
  readonly times: Readonly<Record<string, number>>
}

const recording = JSON.parse(readFileSync(new URL('../original.json', import.meta.url), 'utf8')) as Recording

const ROUNDS = 7
const SIZE = 1024

/** Against our time in ms. */
export async function originalFigure(name: string, ours: number, session: Session): Promise<OriginalFigure> {
  const recorded = recording.times[name]
  if (recorded === undefined) throw new TypeError(`bench/original.json has no time of ${name}`)
  const gemm = await numpyGemm(session)
  if (gemm === undefined) return { recorded, ratio: recorded / ours }
  const scaled = (recorded * gemm) / recording.numpyGemm
  return { recorded, scaled, ratio: scaled / ours }
}

/** Median ms of numpy's GEMM; undefined where there is no numpy. */
async function numpyGemm({ peers }: Session): Promise<number | undefined> {
  const job = { op: 'gemm', m: SIZE, n: SIZE, k: SIZE, seeds: [1, 2], scale: 1 }
  const [numpy] = (await peers.prepare(job, 'numpy')).ready
  if (numpy === undefined) return undefined
  const samples: number[] = []
  for (let i = 0; i <= ROUNDS; i++) samples.push((await numpy.run([0])).ms)
  return median(samples.slice(1))
}
