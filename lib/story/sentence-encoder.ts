// Sentences → skip-thought vectors. Words become rows of the tables on disk, sentences become batches of the packed GRUs.

import { InputError } from '../core/errors.ts'
import { packCounts, packOrder, sentenceCounts } from '../nets/gru.ts'
import { type SkipThoughtsOptions, skipThoughts } from '../nets/skip-thoughts.ts'
import { type Batch, capacityKey, encodeInBatches } from './batches.ts'
import type { Engine, Task } from './engine.ts'
import { values } from './picture-encoder.ts'

/** Where the words of sentences come from: row numbers, and rows of the two tables. */
export interface WordTables {
  /** Row of a word; unknown words have the row of UNK. */
  row(word: string): number
  uni(rows: readonly number[]): Promise<Float32Array>
  bi(rows: readonly number[]): Promise<Float32Array>
}

export interface EncodeOptions {
  /** Divide the uni part and the bi part by their L2 norms. */
  readonly normalize: boolean
  /** Append the end token to every sentence. */
  readonly endToken: boolean
}

export const END_TOKEN = '<eos>'

export class SentenceEncoder {
  /** Numbers in a vector: uni.dim + 2·bi.dim. */
  readonly dim: number
  /** Numbers of its first, uni-directional part. */
  readonly uniDim: number
  #engine: Engine
  #options: SkipThoughtsOptions
  #tables: WordTables

  constructor(engine: Engine, options: SkipThoughtsOptions, tables: WordTables) {
    this.#engine = engine
    this.#options = options
    this.#tables = tables
    this.uniDim = options.uni.dim
    this.dim = options.uni.dim + 2 * options.bi.dim
  }

  /** Tokenised sentences → vectors [sentences, dim], C order. An empty sentence needs `endToken`. */
  async encode(
    sentences: readonly (readonly string[])[],
    options: EncodeOptions,
    task: Task = {},
  ): Promise<Float32Array> {
    const rows = sentences.map((words, i) => this.#rows(words, options, i))
    const lengths = rows.map(r => r.length)
    const report = (done: number) => task.onProgress?.({ stage: 'sentences', done, total: rows.length })
    return encodeInBatches(lengths, this.dim, batch => this.#encodeBatch(batch, rows, options.normalize, task), report)
  }

  #rows(words: readonly string[], { endToken }: EncodeOptions, index: number): number[] {
    const all = endToken ? [...words, END_TOKEN] : words
    if (all.length === 0)
      throw new InputError(
        `line ${index + 1} is empty and can't be encoded; remove it, or append the end token with --eos`,
      )
    return all.map(word => this.#tables.row(word))
  }

  async #encodeBatch(
    batch: Batch,
    rows: readonly (readonly number[])[],
    normalize: boolean,
    task: Task,
  ): Promise<Float32Array> {
    const { capacity, lengths, members } = batch
    const key = `skip-thoughts ${normalize} ${capacityKey(capacity)}`
    const build = () =>
      skipThoughts(this.#options, sentenceCounts(capacity.sentences, capacity.words, capacity.steps), normalize)
    const pack = (backwards: boolean) =>
      packOrder(lengths, backwards).map(({ sentence, place }) => rows[members[sentence] ?? 0]?.[place] ?? 0)
    const [ahead, back] = [pack(false), pack(true)]
    const inputs = {
      uni: await this.#tables.uni(ahead),
      forward: await this.#tables.bi(ahead),
      backward: await this.#tables.bi(back),
    }
    return values(await this.#engine.run(key, build, { inputs, counts: packCounts(lengths) }, task), 'vectors')
  }
}
