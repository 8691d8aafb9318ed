// npm run fuzz -- [--seconds N | --count N] [--format F] [--seed S] [--case I]: reads inputs that are damaged at random or made
// by a grammar, in processes that are watched from outside. Ends with what it tried; exit 1 on any crash, hang, unbounded
// allocation, or error that is no refusal in words.

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { FORMATS } from './formats.ts'
import { type Run, type Trouble, watch } from './watched.ts'

/** Cases of one process. */
const BATCH = 5000

interface Task {
  readonly seed: number
  readonly count: number
  readonly first: number
  readonly msPerFormat: number
}

interface Tried {
  readonly format: string
  cases: number
  readonly troubles: Trouble[]
  peak: number
  slowest: number
}

async function fuzz(format: string, { seed, count, first, msPerFormat }: Task): Promise<Tried> {
  const tried: Tried = { format, cases: 0, troubles: [], peak: 0, slowest: 0 }
  const started = performance.now()
  for (let from = first; from < first + count && performance.now() - started < msPerFormat; from += BATCH) {
    const batch = Math.min(BATCH, first + count - from)
    const run: Run = await watch([format, String(seed)], { from, count: batch })
    tried.cases += batch
    tried.troubles.push(...run.troubles)
    tried.peak = Math.max(tried.peak, run.peak ?? 0)
    tried.slowest = Math.max(tried.slowest, run.slowest?.cpu ?? 0)
    for (const trouble of run.troubles) report(format, seed, trouble)
  }
  return tried
}

function report(format: string, seed: number, { index, kind, detail, bytes }: Trouble): void {
  process.stdout.write(
    `${format}: ${kind}: ${detail}\n  again: npm run fuzz -- --format ${format} --seed ${seed} --case ${index}\n`,
  )
  if (bytes !== undefined) process.stdout.write(`  smaller: ${bytes.slice(0, 2000)} (base64)\n`)
}

function readArguments() {
  const whole = (name: string, text: string | undefined): number | undefined => {
    if (text === undefined) return undefined
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < 0)
      throw new RangeError(`--${name} takes a whole number`)
    return value
  }
  const option = { type: 'string' } as const
  const { values } = parseArgs({
    options: { seconds: option, count: option, format: option, seed: option, case: option },
  })
  const { format } = values
  if (format !== undefined && !Object.hasOwn(FORMATS, format))
    throw new RangeError(`there is no format ${format}; there are ${Object.keys(FORMATS).join(', ')}`)
  return {
    formats: format === undefined ? Object.keys(FORMATS) : [format],
    seconds: whole('seconds', values.seconds),
    count: whole('count', values.count),
    seed: whole('seed', values.seed) ?? Date.now() % 2 ** 31,
    only: whole('case', values.case),
  }
}

async function main(): Promise<number> {
  const { formats, seconds, count, seed, only } = readArguments()
  const started = performance.now()
  const atOnce = Math.min(formats.length, Math.max(1, availableParallelism()))
  const timed = seconds ?? (count === undefined && only === undefined ? 60 : Number.POSITIVE_INFINITY)
  const task: Task = {
    seed,
    first: only ?? 0,
    count: only === undefined ? (count ?? Number.POSITIVE_INFINITY) : 1,
    msPerFormat: (1000 * timed * atOnce) / formats.length,
  }
  const queue = [...formats]
  const all: Tried[] = []
  const work = async () => {
    for (let format = queue.shift(); format !== undefined; format = queue.shift()) {
      const tried = await fuzz(format, task)
      all.push(tried)
      process.stdout.write(
        `${format}: ${tried.cases} inputs, ${Math.round(tried.peak / 2 ** 20)} MiB and ${Math.round(tried.slowest)} ms at most, ${tried.troubles.length} failed\n`,
      )
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  const cases = all.reduce((n, tried) => n + tried.cases, 0)
  const failed = all.reduce((n, tried) => n + tried.troubles.length, 0)
  const took = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(
    `tried ${cases} inputs of ${all.length} formats with seed ${seed} in ${took} s: ${failed} failed\n`,
  )
  return failed === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof RangeError) && !(error instanceof TypeError)) throw error
  process.stderr.write(
    `npm run fuzz -- [--seconds N | --count N] [--format F] [--seed S] [--case I]: ${error.message}\n`,
  )
  process.exitCode = 2
}
