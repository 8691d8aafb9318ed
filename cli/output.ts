// What a verb says and where: results on stdout, everything else on stderr. With --json stdout carries JSON only; progress is
// a bar on a terminal and plain lines otherwise.

import cliProgress from 'cli-progress'
import type { Progress } from '../lib/story/engine.ts'

export interface OutputOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly debug?: number
}

/** `detail`: what else is to be seen beside a bar. */
export type ShownProgress = Progress & { readonly detail?: string }

/** Milliseconds between two plain progress lines of one stage. */
const LINE_INTERVAL = 2000

export class Output {
  readonly json: boolean
  readonly quiet: boolean
  readonly debug: number
  #bar: cliProgress.SingleBar | undefined
  #stage = ''
  #lastLine = 0
  /** When the stage began, and how much was done by then. */
  #began = { at: 0, done: 0 }

  constructor({ json = false, quiet = false, debug = 0 }: OutputOptions) {
    this.json = json
    this.quiet = quiet
    this.debug = debug
  }

  /** A line of the result for people; nothing with --json. */
  line(text = ''): void {
    this.#endBar()
    if (!this.json) process.stdout.write(`${visible(text)}\n`)
  }

  /** One JSON object of the result; nothing without --json. */
  object(value: unknown): void {
    this.#endBar()
    if (this.json) process.stdout.write(`${toJson(value)}\n`)
  }

  /** A remark beside the result. */
  note(text: string): void {
    this.#endBar()
    if (!this.quiet) process.stderr.write(`${visible(text)}\n`)
  }

  /** Debug levels: 1 the model and the plans by name, 2 plans in full. */
  debugNote(level: number, text: () => string): void {
    if (this.debug >= level) process.stderr.write(`${text()}\n`)
  }

  /** Progress of one stage; a new stage begins a new bar. */
  readonly progress = ({ stage, done, total, detail = '' }: ShownProgress): void => {
    if (this.quiet) return
    const told = detail === '' ? '' : ` · ${detail}`
    if (process.stderr.isTTY) this.#drawBar(stage, done, total, told)
    else this.#progressLine(stage, done, total, told)
  }

  /** Ends what is being drawn. */
  close(): void {
    this.#endBar()
  }

  #drawBar(stage: string, done: number, total: number, told: string): void {
    if (stage !== this.#stage) this.#endBar()
    this.#stage = stage
    if (this.#bar === undefined) {
      this.#bar = new cliProgress.SingleBar({
        format: '{stage} [{bar}] {value}/{total} · {eta_formatted}{told}',
        stream: process.stderr,
        clearOnComplete: true,
        hideCursor: true,
      })
      this.#bar.start(total, done, { stage: stage.padEnd(10), told })
    } else {
      this.#bar.setTotal(total)
      this.#bar.update(done, { told })
    }
    if (done >= total) this.#endBar()
  }

  /** Plain lines only of what takes long: the first after LINE_INTERVAL, the next ones as far apart. */
  #progressLine(stage: string, done: number, total: number, told: string): void {
    const now = performance.now()
    if (stage !== this.#stage) {
      this.#lastLine = now
      this.#began = { at: now, done }
    }
    this.#stage = stage
    if (now - this.#lastLine < LINE_INTERVAL) return
    this.#lastLine = now
    const left = ((now - this.#began.at) * (total - done)) / (done - this.#began.done)
    const time = Number.isFinite(left) && done < total ? ` · ${duration(left)} left` : ''
    process.stderr.write(`${stage}: ${done}/${total}${time}${told}\n`)
  }

  #endBar(): void {
    this.#bar?.stop()
    this.#bar = undefined
    this.#stage = ''
  }
}

/** Milliseconds as people say them: "40 s", "7 min", "2 h 5 min". */
function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 2) return `${Math.ceil(ms / 1000)} s`
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** What files call things may hold control characters: they are shown, and do not steer the terminal. */
export const visible = (text: string): string =>
  text.replaceAll(/\p{Cc}/gu, c =>
    c === '\n' || c === '\t' ? c : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )

/** JSON has no infinity: it is the string "inf", as in the recorded references. */
export const toJson = (value: unknown, indent = 0): string =>
  JSON.stringify(value, (_key, part: unknown) => (part === Number.POSITIVE_INFINITY ? 'inf' : part), indent)
