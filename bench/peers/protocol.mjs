// The protocol of bench/harness/peer.ts for peers in JavaScript: one JSON line for one JSON line.

import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'

/** Milliseconds by the wall, or of CPU time over cores. */
function now(clock) {
  if (clock === 'wall') return performance.now()
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000 / availableParallelism()
}

const say = answer => process.stdout.write(`${JSON.stringify(answer)}\n`)

/**
 * Answers until the input ends. `operations`: by name, a function of a job that gives, once all is ready, a function to time; that one
 * gives the outputs as a Float32Array.
 */
export async function serve(about, operations) {
  say({ ready: true, ...about })
  let work
  for await (const line of createInterface({ input: process.stdin })) {
    const question = JSON.parse(line)
    try {
      if (question.do === 'prepare') {
        work = await operations[question.op](question)
        say({ prepared: true })
      } else {
        const start = now(question.clock)
        const outputs = await work()
        const ms = now(question.clock) - start
        say({ ms, values: question.positions.map(position => outputs[position]) })
      }
    } catch (error) {
      say({ error: String(error?.message ?? error).slice(0, 300) })
    }
  }
  process.exit(0)
}

/** The adapter that the bench measures, for peers that run on it. */
export const benchAdapter = process.env.STORYTELLER_BENCH_ADAPTER ?? 'WebGPU'
