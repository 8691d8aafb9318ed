// A batch of sentences as the device takes it: longest first, words packed step by step (all first words, then the second words of
// those that have one, …). A position whose mask is 0 copies the state and costs nothing: it is left out.

import { InputError } from '../core/errors.ts'
import { Count } from '../core/shape.ts'
import type { BatchArray } from './types.ts'

/** A word of the batch. */
interface Position {
  readonly id: number
  /** The word before it; −1 for the first. */
  readonly previous: number
}

export interface Sentences {
  /** For each row the sentence (column of the batch) that it is. */
  readonly order: readonly number[]
  /** The words that count, row by row. */
  readonly rows: readonly (readonly Position[])[]
}

/** What a plan has room for. */
export type Room = Readonly<Record<string, number>>

/**
 * Sorts and checks `ids` [positions, sentences] with their mask.
 * @throws InputError for ids that the table does not have and masks that are not 0 or 1
 */
export function sentencesOf(name: string, ids: BatchArray, mask: BatchArray, nWords: number): Sentences {
  const [positions = 0, sentences = 0] = ids.shape
  if (ids.shape.length !== 2 || mask.shape.length !== 2 || mask.shape[0] !== positions || mask.shape[1] !== sentences)
    throw new InputError(
      `batch: ${name} is [${ids.shape.join(', ')}] and its mask [${mask.shape.join(', ')}]; both are [positions, sentences]`,
    )
  if (sentences === 0 || positions === 0) throw new InputError(`batch: ${name} has no sentences`)
  const word = (position: number, sentence: number): number => {
    const id = Number(ids.get(position, sentence))
    if (!Number.isInteger(id) || id < 0 || id >= nWords)
      throw new InputError(
        `batch: ${name}[${position}, ${sentence}] is ${id}; word ids are from 0 to ${nWords - 1} (n_words is ${nWords})`,
      )
    return id
  }
  const columns = Array.from({ length: sentences }, (_, sentence) => {
    const column: Position[] = []
    for (let position = 0; position < positions; position++) {
      const on = Number(mask.get(position, sentence))
      if (on !== 0 && on !== 1) throw new InputError(`batch: the mask of ${name} has a ${on}; it holds 0 and 1`)
      if (on === 0) continue
      column.push({ id: word(position, sentence), previous: position === 0 ? -1 : word(position - 1, sentence) })
    }
    return column
  })
  const order = columns.map((_, sentence) => sentence)
  order.sort((a, b) => (columns[b]?.length ?? 0) - (columns[a]?.length ?? 0) || a - b)
  return { order, rows: order.map(sentence => columns[sentence] ?? []) }
}

/** The counts that a GRU over the sentences needs; `name` tells several apart. */
export class SentenceTape {
  readonly name: string
  readonly sentences: Count
  readonly words: Count
  readonly steps: Count
  /** At each step: sentences that have a word, where the states begin that they continue, and where their words begin. */
  readonly rows: Count
  readonly from: Count
  readonly to: Count

  constructor(name: string, sentences: Count, room: Room) {
    const [words, steps] = [room[`${name} words`] ?? 1, room[`${name} steps`] ?? 1]
    this.name = name
    this.sentences = sentences
    this.words = new Count(`${name} words`, words)
    this.steps = new Count(`${name} steps`, steps)
    this.rows = new Count(`${name} rows`, sentences.max)
    this.from = new Count(`${name} from`, words)
    this.to = new Count(`${name} to`, words)
  }

  /** What a batch needs, for a plan with room enough. */
  static measure(name: string, { rows }: Sentences): Room {
    return { [`${name} words`]: rows.reduce((n, row) => n + row.length, 0), [`${name} steps`]: rows[0]?.length ?? 0 }
  }

  /** The values of the counts. */
  counts({ rows: sentences }: Sentences): Record<string, number | number[]> {
    const steps = sentences[0]?.length ?? 0
    const rows = Array.from({ length: steps }, (_, step) => sentences.filter(({ length }) => length > step).length)
    const to: number[] = []
    let words = 0
    for (const count of rows) {
      to.push(words)
      words += count
    }
    // The states before the first step lie behind all others.
    const from = to.map((_, step) => (step === 0 ? this.words.max : (to[step - 1] ?? 0)))
    const { name } = this
    return {
      [`${name} words`]: words,
      [`${name} steps`]: steps,
      [`${name} rows`]: rows,
      [`${name} from`]: from,
      [`${name} to`]: to,
    }
  }

  /** Something of each word, packed; `backwards` reads each sentence from its end. */
  pack({ rows }: Sentences, what: (word: Position) => number, backwards = false): Int32Array {
    const packed: number[] = []
    for (let step = 0; step < (rows[0]?.length ?? 0); step++)
      for (const row of rows) {
        const word = row[backwards ? row.length - 1 - step : step]
        if (step < row.length && word !== undefined) packed.push(what(word))
      }
    return Int32Array.from(packed)
  }

  /** The row of the tape with the last state of each sentence of the batch, in the batch's order. */
  last({ order, rows }: Sentences): Int32Array {
    const starts = this.counts({ order, rows })[`${this.name} to`] as number[]
    const last = new Int32Array(order.length)
    for (const [row, sentence] of order.entries()) {
      const length = rows[row]?.length ?? 0
      last[sentence] = length === 0 ? this.words.max + row : (starts[length - 1] ?? 0) + row
    }
    return last
  }
}
