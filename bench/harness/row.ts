// What a bench reports: one row a workload, with its cases below it where it has several. Only types.

import type { Spread } from './statistics.ts'

export interface PeerFigure {
  readonly median: number
  /** Its median over ours: above 1 we are faster. */
  readonly ratio: number
  /** Samples; 0 where only its first run was timed. */
  readonly n: number
  readonly version: string
  readonly adapter: string
}

export interface OriginalFigure {
  /** What the original took on the machine of the recording, in ms. */
  readonly recorded: number
  /** The same on this machine: times numpy's GEMM here over numpy's GEMM there. Absent where numpy was not run. */
  readonly scaled?: number
  /** Over ours: above 1 we are faster. */
  readonly ratio: number
}

export interface LimitFigure {
  readonly kind: 'multiply-add' | 'copy'
  /** GFLOP/s or GB/s, the median of the same rounds. */
  readonly value: number
}

export interface Figures extends Spread {
  readonly unit: string
  readonly gflops?: number
  readonly gbps?: number
  readonly limit?: LimitFigure
  /** Of the limit measured beside it. */
  readonly ceilingShare?: number
  readonly peers: Readonly<Record<string, PeerFigure>>
  /** Peers that could not be asked, and why. */
  readonly missing: Readonly<Record<string, string>>
  readonly original?: OriginalFigure
  /** Whether the timed outputs were compared with a reference in this run. */
  readonly checked: boolean
}

export interface CaseRow extends Figures {
  readonly case: string
  /** How often it counts in its workload. */
  readonly times: number
}

export interface Row extends Figures {
  readonly workload: string
  /** What was measured, in a few words. */
  readonly title: string
  readonly cases: readonly CaseRow[]
  readonly adapter: string
  readonly commit: string
  /** wall, or cpu: CPU time over cores (harness/clock.ts). */
  readonly clock: 'wall' | 'cpu'
  /** Processes that wanted a core in the last minute, when it was measured. */
  readonly load: number
  /** ISO, UTC. */
  readonly date: string
}
