// Runs a worker and watches it from outside: what it holds at most, how long a case takes, whether it dies. The process may write
// to one empty folder only, start no program and evaluate no text; whatever is left in that folder is told.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { bundledWorker, ROOT } from './bundle.ts'
import { type Answer, type CaseResult, MEMORY_LIMIT, type Request } from './protocol.ts'

/** A process without any sign of a case's end hangs after so much processor time, or, where it waits, so much of anyone's. */
const BUSY_MS = 20_000
const IDLE_MS = 10 * 60_000
const POLL_MS = 25

const CANARY = 'canary'

export interface Trouble {
  readonly index: number
  readonly kind: 'wrong end' | 'crash' | 'hang' | 'memory' | 'escape'
  readonly detail: string
  /** The input in base64, where the worker could tell it. */
  readonly bytes?: string | undefined
}

export interface Run {
  readonly troubles: Trouble[]
  readonly results: CaseResult[]
  /** Bytes beyond the idle process's, at most; undefined where the system does not tell. */
  peak: number | undefined
  slowest: CaseResult | undefined
}

/** Runs cases of a worker (`[format, seed]` or `['malformed']`) in one process; after a crash or a hang in another one. */
export async function watch(
  what: readonly string[],
  { from, count, all = false }: Request,
  { busyMs = BUSY_MS } = {},
): Promise<Run> {
  const worker = await bundledWorker()
  const run: Run = { troubles: [], results: [], peak: undefined, slowest: undefined }
  for (let next = from; next < from + count; ) {
    const trouble = await new Watched(worker, what, run, busyMs).run({ from: next, count: from + count - next, all })
    if (trouble !== undefined) run.troubles.push(trouble)
    next = trouble?.kind === 'crash' || trouble?.kind === 'hang' ? trouble.index + 1 : from + count
  }
  return run
}

/** Flags of Node's that enforce what must not happen. */
function enforcing(folder: string): string[] {
  const stable = process.allowedNodeEnvironmentFlags.has('--permission')
  return [
    ...[stable ? '--permission' : '--experimental-permission', '--allow-fs-read=*', `--allow-fs-write=${folder}`],
    ...['--allow-worker', '--allow-addons', '--no-warnings', '--expose-gc'],
  ]
}

class Watched {
  readonly #run: Run
  readonly #busyMs: number
  readonly #folder = mkdtempSync(join(tmpdir(), 'storyteller-fuzz-'))
  readonly #child: ChildProcess
  readonly #lines: Interface
  readonly #ended: Promise<string>
  #errors = ''
  /** The case under way. */
  #current = -1
  #lastSign = { time: 0, cpu: 0 }
  #idle: number | undefined
  #stopped: Trouble | undefined

  constructor(worker: string, what: readonly string[], run: Run, busyMs: number) {
    this.#run = run
    this.#busyMs = busyMs
    writeFileSync(join(this.#folder, CANARY), CANARY)
    const child = spawn(process.execPath, [...enforcing(this.#folder), worker, ...what], {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: this.#folder, STORYTELLER_HOME: this.#folder, NODE_OPTIONS: '' },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    })
    child.stdin.on('error', () => undefined)
    child.stderr.on('data', chunk => {
      this.#errors = `${this.#errors}${chunk}`.slice(-3000)
    })
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      this.#sign()
      this.#current = Number(/(\d+)\n[^\n]*$/.exec(chunk.toString())?.[1] ?? this.#current)
    })
    this.#child = child
    this.#sign()
    this.#lines = createInterface({ input: child.stdout })
    this.#ended = new Promise(resolve => child.on('close', (code, signal) => resolve(String(signal ?? code))))
  }

  /** Runs the cases to their end, or until the process must be stopped. */
  async run(request: Request): Promise<Trouble | undefined> {
    const answers = this.#answers()
    const timer = setInterval(() => this.#look(), POLL_MS)
    try {
      if ((await answers.next()).done) throw new Error(`the worker did not start: ${this.#errors}`)
      this.#idle = memory(this.#child.pid, 'VmRSS')
      this.#sign()
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`)
      const isDone = await this.#collect(answers)
      this.#look()
      this.#child.stdin?.end()
      const end = await this.#ended
      return this.#stopped ?? (isDone ? (this.#tooMuch() ?? this.#escape()) : this.#crash(end))
    } finally {
      clearInterval(timer)
      this.#child.kill('SIGKILL')
      rmSync(this.#folder, { recursive: true, force: true })
    }
  }

  async *#answers(): AsyncGenerator<Answer> {
    for await (const line of this.#lines) yield JSON.parse(line)
  }

  /** Takes the results as they come; whether all did. */
  async #collect(answers: AsyncIterable<Answer>): Promise<boolean> {
    const { results, troubles } = this.#run
    for await (const answer of answers) {
      if ('result' in answer) {
        const { index, problem, bytes } = answer.result
        results.push(answer.result)
        if (problem !== undefined) troubles.push({ index, kind: 'wrong end', detail: problem, bytes })
      } else if ('done' in answer) {
        const { slowest } = answer
        if (slowest !== undefined && slowest.cpu > (this.#run.slowest?.cpu ?? 0)) this.#run.slowest = slowest
        return true
      }
    }
    return false
  }

  /** Stops a process that runs away or hangs. */
  #look(): void {
    const most = memory(this.#child.pid, 'VmHWM')
    const peak = most === undefined || this.#idle === undefined ? undefined : most - this.#idle
    if (peak !== undefined) this.#run.peak = Math.max(this.#run.peak ?? 0, peak)
    const [busy, waited] = [processorMs(this.#child.pid) - this.#lastSign.cpu, performance.now() - this.#lastSign.time]
    // One that takes a little too much tells the case itself; one that takes more and more never would.
    if (peak !== undefined && peak > 3 * MEMORY_LIMIT)
      this.#stop('crash', `it held ${Math.round(peak / 2 ** 20)} MiB more than idle`)
    else if (this.#idle !== undefined && busy > this.#busyMs)
      this.#stop('hang', `no end within ${this.#busyMs / 1000} s of processor time`)
    else if (waited > IDLE_MS) this.#stop('hang', `no end within ${IDLE_MS / 60_000} minutes`)
  }

  #stop(kind: Trouble['kind'], detail: string): void {
    this.#stopped ??= this.#trouble(kind, detail)
    this.#child.kill('SIGKILL')
  }

  #sign(): void {
    this.#lastSign = { time: performance.now(), cpu: processorMs(this.#child.pid) }
  }

  #tooMuch(): Trouble | undefined {
    const { peak, troubles } = this.#run
    if (peak === undefined || peak <= MEMORY_LIMIT || troubles.some(({ detail }) => detail.includes('MiB')))
      return undefined
    return this.#trouble('memory', `${Math.round(peak / 2 ** 20)} MiB more than idle, in one of the cases before`)
  }

  #crash(end: string): Trouble {
    return this.#trouble('crash', `the process ended with ${end}: ${this.#errors}`)
  }

  #escape(): Trouble | undefined {
    const left = readdirSync(this.#folder).filter(name => name !== CANARY)
    const isWhole = readFileSync(join(this.#folder, CANARY), 'utf8') === CANARY
    return left.length === 0 && isWhole ? undefined : this.#trouble('escape', `left behind: ${left}`)
  }

  #trouble(kind: Trouble['kind'], detail: string): Trouble {
    return { index: this.#current, kind, detail }
  }
}

/** Milliseconds of processor time that a process has used; 0 where the system does not tell. */
function processorMs(pid: number | undefined): number {
  try {
    // After the name in brackets: the 12th and 13th fields, in hundredths of a second.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return 10 * (Number(fields[11]) + Number(fields[12]))
  } catch {
    return 0
  }
}

/** Bytes that a process holds, or held at most, as Linux tells it. */
function memory(pid: number | undefined, field: 'VmRSS' | 'VmHWM'): number | undefined {
  try {
    const kilobytes = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}
