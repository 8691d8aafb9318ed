// The verdicts of a conformance run: one row a stage, as a table or JSON.

import { difference, type RecordedRows } from './recorded.ts'

export interface Row {
  readonly stage: string
  /** Largest difference, or number of texts that differ; absent where the stage was not compared. */
  readonly error?: number
  readonly limit?: number
  readonly ok: boolean
  readonly note?: string
}

/** Tells of a row on stderr as it comes. */
export function announce({ stage, limit, ok }: Row): void {
  process.stderr.write(`${stage}: ${limit === undefined ? 'not compared' : ok ? 'pass' : 'FAIL'}\n`)
}

/** From the picture on, every array stays within this share of its largest magnitude. */
const FROM_PICTURE = 1e-4

export class Report {
  readonly rows: Row[] = []
  readonly #onRow: (row: Row) => void

  /** `onRow` hears of each row as it comes: a run at full size takes minutes. */
  constructor(onRow: (row: Row) => void = () => undefined) {
    this.#onRow = onRow
  }

  get failed(): number {
    return this.rows.filter(row => !row.ok).length
  }

  add(row: Row): void {
    this.rows.push(row)
    this.#onRow(row)
  }

  /** Fed the recorded input: held to the recorded tolerance. */
  fed(stage: string, actual: ReadonlyMap<number, Float32Array>, recorded: RecordedRows | undefined): void {
    this.#compare(stage, actual, recorded, recorded?.atol ?? 0)
  }

  /** Computed from the picture on. */
  fromPicture(stage: string, actual: ReadonlyMap<number, Float32Array>, recorded: RecordedRows | undefined): void {
    this.#compare(stage, actual, recorded, FROM_PICTURE * (recorded?.magnitude ?? 0))
  }

  /** `differing` of `total` texts or lists are not the recorded ones. */
  texts(stage: string, differing: readonly string[], total: number, note = ''): void {
    const first = differing[0] === undefined ? '' : `first: ${differing[0]}`
    const notes = [`${total} compared`, note, first].filter(part => part !== '').join('; ')
    this.add({ stage, error: differing.length, limit: 0, ok: differing.length === 0 && total > 0, note: notes })
  }

  skipped(stage: string, note: string): void {
    this.add({ stage, ok: true, note: `not compared: ${note}` })
  }

  table(): string {
    const cells = this.rows.map(({ stage, error, limit, ok, note = '' }) => [
      stage,
      error === undefined ? '' : show(error),
      limit === undefined ? '' : show(limit),
      error === undefined ? '–' : ok ? 'pass' : 'FAIL',
      note,
    ])
    const all = [['stage', 'error', 'limit', 'verdict', ''], ...cells]
    const widths = [0, 1, 2, 3].map(column => Math.max(...all.map(row => (row[column] ?? '').length)))
    return all
      .map(row =>
        row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n')
  }

  #compare(
    stage: string,
    actual: ReadonlyMap<number, Float32Array>,
    recorded: RecordedRows | undefined,
    limit: number,
  ): void {
    if (recorded === undefined) return
    const error = Math.max(...[...actual].map(([row, values]) => difference(values, recorded, row)))
    this.add({ stage, error, limit, ok: actual.size > 0 && error <= limit, note: `${actual.size} rows` })
  }
}

const show = (value: number): string => (Number.isInteger(value) ? String(value) : value.toExponential(1))
