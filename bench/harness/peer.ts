// Another program that does the same work, as a child that answers one JSON line with one JSON line:
//   (starts)                               → {"ready":true,"version":"…","adapter":"…"}
//   {"do":"prepare","op":"gemm",…}         → {"prepared":true}
//   {"do":"run","positions":[…],"clock":"wall"} → {"ms":12.3,"values":[…]}   timed by itself; outputs at these flat positions
// Anything that goes wrong is {"error":"…"}: the peer is then said to be missing.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { clockInUse } from './clock.ts'

export interface PeerProgram {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Operations it knows. */
  readonly ops: readonly string[]
  readonly cwd?: string
}

/** What a peer is asked to prepare: an operation, its sizes and the seeds of its numbers. */
export type PeerJob = { readonly op: string } & Readonly<Record<string, unknown>>

export interface PeerRun {
  readonly ms: number
  readonly values: readonly number[]
}

type Answer = Readonly<Record<string, unknown>>

/** Why a peer cannot take part. */
export class PeerError extends Error {}

/** Milliseconds until a peer that says nothing is given up. */
const PATIENCE = 300_000
/** Characters of what it wrote on stderr that are kept for the reason. */
const TAIL = 300

export class Peer {
  readonly name: string
  version = ''
  adapter = ''
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  #said = ''

  private constructor({ name, command, args, cwd }: PeerProgram) {
    this.name = name
    this.#child = spawn(command, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.on('error', error => {
      this.#said += error.message
    })
    this.#child.stdin.on('error', () => undefined)
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-TAIL)
    })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** @throws PeerError where it does not start. */
  static async start(program: PeerProgram): Promise<Peer> {
    const peer = new Peer(program)
    const { version, adapter } = await peer.#answer()
    peer.version = String(version)
    peer.adapter = String(adapter)
    return peer
  }

  async prepare(job: PeerJob): Promise<void> {
    await this.#ask({ do: 'prepare', ...job })
  }

  async run(positions: readonly number[]): Promise<PeerRun> {
    const { ms, values } = await this.#ask({ do: 'run', positions, clock: clockInUse() })
    if (typeof ms !== 'number' || !Array.isArray(values)) throw new PeerError('its answer has no ms or no values')
    return { ms, values: values.map(Number) }
  }

  close(): void {
    this.#child.stdin.end()
    this.#child.kill()
  }

  #ask(question: object): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`)
    return this.#answer()
  }

  /** The next line that is an answer; libraries may print others. */
  async #answer(): Promise<Answer> {
    const timer = setTimeout(() => {
      this.#said = `no answer within ${PATIENCE / 1000} s`
      this.#child.kill('SIGKILL')
    }, PATIENCE)
    try {
      for (;;) {
        const { done, value } = await this.#lines.next()
        if (done) throw new PeerError(this.#reason())
        const answer = parse(value)
        if (answer?.error !== undefined) throw new PeerError(String(answer.error))
        if (answer !== undefined) return answer
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** The last line on stderr. */
  #reason(): string {
    return this.#said.trim().split('\n').at(-1)?.trim() || 'it ended without a word'
  }
}

function parse(line: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Answer) : undefined
  } catch {
    return undefined
  }
}
