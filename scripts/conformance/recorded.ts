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
  readonly layout: string
}

interface IndexEntry {
  tolerance?: { atol: number }
  max_abs_value?: number
  layout?: string
  shape?: number[]
}

export class Recorded {
  readonly dir: string
  readonly #index: Record<string, IndexEntry>

  constructor(dir: string) {
    this.dir = dir
    this.#index = this.json<{ files: Record<string, IndexEntry> }>('index.json').files
  }

  /** A recorded JSON file. */
  json<T>(name: string): T {
    return JSON.parse(readFileSync(join(this.dir, name), 'utf8')) as T
  }

  /** A JSON file that not every folder has. */
  optional<T>(name: string): T | undefined {
    return existsSync(join(this.dir, name)) ? this.json<T>(name) : undefined
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
    const { tolerance, max_abs_value = 0, layout = '' } = entry
    return { rows, ...positions, atol: tolerance?.atol ?? 0, magnitude: max_abs_value, layout }
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
