// The clock of all samples. `wall` is the truth on a machine of one's own. `cpu` is the CPU time of this process over its cores: about what
// the wall would show with all cores to itself, and the only figure worth anything while others use them; it serves software adapters alone.

import { availableParallelism } from 'node:os'

export const CLOCKS = ['wall', 'cpu'] as const
export type Clock = (typeof CLOCKS)[number]

let clock: Clock = 'wall'

/** Chooses the clock of this process; before anything is timed. */
export function useClock(wanted: Clock): void {
  clock = wanted
}

export const clockInUse = (): Clock => clock

/** Milliseconds on the clock in use. */
export function now(): number {
  if (clock === 'wall') return performance.now()
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000 / availableParallelism()
}

/** Milliseconds until the work is done. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = now()
  await work()
  return now() - start
}
