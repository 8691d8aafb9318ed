// What the watched process and its watcher say to each other, in JSON lines.

import { hash } from '../../lib/core/random.ts'

/** What a case may take beyond what the idle process does: bytes, and processor time. */
export const MEMORY_LIMIT = 200 * 2 ** 20
export const CPU_LIMIT_MS = 1000

/** Cases `from` to `from + count - 1`. */
export interface Request {
  readonly from: number
  readonly count: number
  /** Tell how every case ended, not only those that went wrong. */
  readonly all?: boolean
}

export interface CaseResult {
  readonly index: number
  /** Bytes of the input. */
  readonly size: number
  /** Milliseconds of processor time. */
  cpu: number
  /** Bytes more than the idle process, at most until its end. */
  memory: number
  /** Of the error that was thrown. */
  message?: string
  offset?: number
  /** What is wrong, where something is. */
  problem?: string | undefined
  /** The input, or a smaller one that goes wrong too, in base64. */
  bytes?: string
}

export type Answer =
  | { readonly ready: true }
  | { readonly result: CaseResult }
  | { readonly done: true; readonly slowest: CaseResult | undefined }

/** Each case has a seed of its own, so that it can be made again without those before it. */
export const caseSeed = (seed: number, index: number): number => hash(index, seed) | 0
