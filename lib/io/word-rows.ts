// Rows of a table too big for memory, read when they are asked for, through a small cache of those used last.
// Invariant: a call reads each missing row once; neighbours are read together. Knows nothing of words or files.

import { InputError } from '../core/errors.ts'

/** The part of a bundle's tensor that rows are read from: [rows, dim]. */
export interface RowTable {
  readonly name: string
  readonly shape: readonly number[]
  readRange(start: number, count: number): Promise<Float32Array>
}

export interface WordRowsOptions {
  /** Bytes of rows kept. */
  cacheBytes?: number
  /** Bytes between two wanted rows that are read along rather than skipped; more where a request is dear (HTTP). */
  gapBytes?: number
}

/** Bytes of one read at most, and reads under way at once. */
const LONGEST_READ = 2 ** 20
const AT_ONCE = 8

interface Run {
  readonly first: number
  last: number
  readonly ids: number[]
}

export class WordRows {
  readonly rows: number
  readonly dim: number
  #table: RowTable
  #gap: number
  #longest: number
  #keep: number
  /** Least recently used first. */
  #cache = new Map<number, Float32Array>()

  constructor(table: RowTable, { cacheBytes = 2 ** 23, gapBytes = 4096 }: WordRowsOptions = {}) {
    const [rows = 0, dim = 0] = table.shape
    this.#table = table
    this.rows = rows
    this.dim = dim
    this.#gap = Math.floor(gapBytes / (4 * dim))
    this.#longest = Math.max(1, Math.floor(LONGEST_READ / (4 * dim)))
    this.#keep = Math.max(1, Math.floor(cacheBytes / (4 * dim)))
  }

  /**
   * The rows `ids`, in that order: f32 [ids.length, dim].
   * @throws InputError for an id that the table has no row for, FileError where the table cannot be read.
   */
  async read(ids: ArrayLike<number>): Promise<Float32Array> {
    const wanted = Array.from(ids)
    const wrong = wanted.find(id => !Number.isInteger(id) || id < 0 || id >= this.rows)
    if (wrong !== undefined)
      throw new InputError(`${this.#table.name} has rows 0 to ${this.rows - 1}, row ${wrong} was asked for`)
    const found = new Map<number, Float32Array>()
    for (const id of wanted) this.#take(id, found)
    await this.#fetch(this.#runs(wanted.filter(id => !found.has(id))), found)
    const out = new Float32Array(wanted.length * this.dim)
    for (const [i, id] of wanted.entries()) out.set(found.get(id) ?? [], i * this.dim)
    return out
  }

  #take(id: number, found: Map<number, Float32Array>): void {
    const row = this.#cache.get(id)
    if (row === undefined) return
    this.#cache.delete(id)
    this.#cache.set(id, row)
    found.set(id, row)
  }

  /** The missing rows, cut into stretches to be read at once. */
  #runs(missing: readonly number[]): Run[] {
    const runs: Run[] = []
    for (const id of Int32Array.from(new Set(missing)).sort()) {
      const run = runs.at(-1)
      if (run && id - run.last - 1 <= this.#gap && id - run.first < this.#longest) {
        run.last = id
        run.ids.push(id)
      } else runs.push({ first: id, last: id, ids: [id] })
    }
    return runs
  }

  async #fetch(runs: readonly Run[], found: Map<number, Float32Array>): Promise<void> {
    for (let i = 0; i < runs.length; i += AT_ONCE)
      await Promise.all(
        runs.slice(i, i + AT_ONCE).map(async ({ first, last, ids }) => {
          const data = await this.#table.readRange(first * this.dim, (last - first + 1) * this.dim)
          for (const id of ids)
            this.#keepRow(id, data.slice((id - first) * this.dim, (id - first + 1) * this.dim), found)
        }),
      )
  }

  #keepRow(id: number, row: Float32Array, found: Map<number, Float32Array>): void {
    found.set(id, row)
    this.#cache.set(id, row)
    if (this.#cache.size <= this.#keep) return
    for (const oldest of this.#cache.keys()) {
      this.#cache.delete(oldest)
      break
    }
  }
}
