// A folder of outputs recorded from the original program: arrays with their tolerance, whole or as samples at given positions.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readNpy } from '../../lib/io/npy.node.ts'

/** One row a picture, sentence or step. */
export interface RecordedRows {
  readonly rows: readonly Float32Array[]
  /** Flat positions of the values within a row; undefined where the row is whole. */
  readonly positions?: Int32Array
  /** Of float32 with another order of summation, fed the recorded input. */
  readonly atol: number
  /** The largest magnitude of the array. */
  readonly magnitude: number
  /** The axes and what they count, in words. */
  readonly layout: string
}

interface IndexEntry {
  tolerance?: { atol: number }
  max_abs_value?: number
  layout?: string
  what?: string
  shape?: number[]
}

export class Recorded {
  readonly dir: string
  readonly #index: Record<string, IndexEntry>

  constructor(dir: string) {
    this.dir = dir
    this.#index = this.json<{ files: Record<string, IndexEntry> }>('index.json').files
  }

  /** A recorded JSON file; `absent` where the folder does not have it. */
  json<T>(name: string, absent?: T): T {
    const path = join(this.dir, name)
    if (absent !== undefined && !existsSync(path)) return absent
    return JSON.parse(readFileSync(path, 'utf8')) as T
  }

  has(name: string): boolean {
    return existsSync(join(this.dir, name))
  }

  /** An array by its stem ("vgg_fc7"), whole or sampled; undefined where the folder has neither. */
  async rows(stem: string): Promise<RecordedRows | undefined> {
    const whole = this.#index[`${stem}.npy`]
    const entry = whole ?? this.#index[`${stem}.sample.npy`]
    if (entry === undefined) return undefined
    const array = await readNpy(join(this.dir, whole ? `${stem}.npy` : `${stem}.sample.npy`))
    const [count = 0, ...rest] = array.shape
    const width = rest.reduce((n, d) => n * d, 1)
    const data = array.data as Float32Array
    const rows = Array.from({ length: count }, (_, i) => data.subarray(i * width, (i + 1) * width))
    const positions = whole
      ? {}
      : { positions: (await readNpy(join(this.dir, `${stem}.index.npy`))).data as Int32Array }
    const { tolerance, max_abs_value = 0, layout = '', what = '' } = entry
    return { rows, ...positions, atol: tolerance?.atol ?? 0, magnitude: max_abs_value, layout: `${layout}; ${what}` }
  }
}

/** The largest difference of a row from its recorded one; a wrong length is an infinite one. */
export function difference(actual: Float32Array, recorded: RecordedRows, row: number): number {
  const expected = recorded.rows[row]
  if (expected === undefined || (recorded.positions === undefined && actual.length !== expected.length))
    return Number.POSITIVE_INFINITY
  let largest = 0
  for (const [i, value] of expected.entries()) {
    const error = Math.abs((actual[recorded.positions?.[i] ?? i] ?? Number.NaN) - value)
    if (!(error <= largest)) largest = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
  }
  return largest
}

/** The shifts of one picture, in order, by the layout's words: "k in (5,100), style in (romance, swift)"; else the usual one. */
export function shiftsIn(layout: string): { k: number; style: string }[] {
  const ks = /k in \(?(\d[\d, ]*)/.exec(layout)?.[1]?.split(',') ?? ['100']
  const styles = /style in \(([^)]*)\)/.exec(layout)?.[1]?.split(/,\s*/) ?? ['romance']
  return ks.flatMap(k => styles.map(style => ({ k: Number(k), style })))
}
