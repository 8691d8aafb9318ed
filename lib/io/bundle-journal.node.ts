// What a bundle that is being written has finished, in its folder, a line of JSON each: the tensors, and the hashes of source files.
// A line is added once what it speaks of is on the disk, so that whoever finds the folder after its writer has died can go on from
// there. A last line that is torn counts for nothing; a journal of other sources or options is no one's.

import { appendFile, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TensorEntry } from './manifest.ts'

const FILE = 'journal.jsonl'
/** Of the journal's own lines and of what the converter makes of the same sources; another version's work is not gone on with. */
const VERSION = 1

interface TensorLine {
  readonly tensor: string
  readonly bytes: number
  readonly entry: TensorEntry
}
interface SourceLine {
  readonly source: string
  readonly sha256: string
}

export class BundleJournal {
  readonly #dir: string
  readonly #tensors = new Map<string, TensorLine>()
  readonly #sources = new Map<string, string>()

  private constructor(dir: string) {
    this.#dir = dir
  }

  /** Begins a journal of what is made from `key`: the sources as they are, and the options. */
  static async begin(dir: string, key: string): Promise<BundleJournal> {
    await writeFile(join(dir, FILE), `${JSON.stringify({ version: VERSION, key })}\n`)
    return new BundleJournal(dir)
  }

  /** The journal that a dead writer left; undefined where there is none of the same key. */
  static async find(dir: string, key: string): Promise<BundleJournal | undefined> {
    const text = await readFile(join(dir, FILE), 'utf8').catch(() => '')
    // What follows the last "\n" is a line that was being written.
    const [head, ...lines] = text.split('\n').slice(0, -1).map(parsed)
    if (head === undefined || !('key' in head) || head.key !== key || head.version !== VERSION) return undefined
    const journal = new BundleJournal(dir)
    for (const line of lines) if (line !== undefined) journal.#remember(line)
    return journal
  }

  /** A tensor that is finished, its file whole. */
  async tensor(name: string): Promise<TensorEntry | undefined> {
    const line = this.#tensors.get(name)
    if (line === undefined) return undefined
    const found = await stat(join(this.#dir, line.entry.file)).catch(() => undefined)
    return found?.size === line.bytes ? line.entry : undefined
  }

  async addTensor(name: string, bytes: number, entry: TensorEntry): Promise<void> {
    await this.#add({ tensor: name, bytes, entry })
  }

  /** The hash of a source file that was read to its end. */
  source(name: string): string | undefined {
    return this.#sources.get(name)
  }

  async addSource(name: string, sha256: string): Promise<void> {
    await this.#add({ source: name, sha256 })
  }

  async #add(line: Line): Promise<void> {
    this.#remember(line)
    await appendFile(join(this.#dir, FILE), `${JSON.stringify(line)}\n`)
  }

  #remember(line: Line | Head): void {
    if ('tensor' in line) this.#tensors.set(line.tensor, line)
    else if ('source' in line) this.#sources.set(line.source, line.sha256)
  }
}

type Line = TensorLine | SourceLine
interface Head {
  readonly version: number
  readonly key: string
}

/** A line; undefined where it is none of ours. */
function parsed(text: string): Line | Head | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isLine(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isLine = (value: unknown): value is Line | Head =>
  typeof value === 'object' && value !== null && ('tensor' in value || 'source' in value || 'key' in value)
