// Captions → unit vectors of the image-sentence embedding: for the cache of a bundle, and for `encode --space caption`.

import { packCounts, packOrder, sentenceCounts } from '../nets/gru.ts'
import { captionEmbedding, type EmbeddingOptions } from '../nets/visual-semantic.ts'
import { type Batch, capacityKey, encodeInBatches } from './batches.ts'
import type { Engine, Task } from './engine.ts'
import { values } from './picture-encoder.ts'

export class CaptionEncoder {
  readonly dim: number
  #engine: Engine
  #options: EmbeddingOptions
  #ids: (caption: string) => readonly number[]

  /** `ids` gives a caption's word ids with the final end token 0. */
  constructor(engine: Engine, options: EmbeddingOptions, ids: (caption: string) => readonly number[]) {
    this.#engine = engine
    this.#options = options
    this.#ids = ids
    this.dim = options.dim
  }

  /** Captions → [captions, dim], C order. An empty caption is its end token alone. */
  async encode(captions: readonly string[], task: Task = {}): Promise<Float32Array> {
    const ids = captions.map(this.#ids)
    const report = (done: number) => task.onProgress?.({ stage: 'captions', done, total: captions.length })
    return encodeInBatches(
      ids.map(list => list.length),
      this.dim,
      batch => this.#encodeBatch(batch, ids, task),
      report,
    )
  }

  async #encodeBatch(batch: Batch, ids: readonly (readonly number[])[], task: Task): Promise<Float32Array> {
    const { capacity, lengths, members } = batch
    const build = () =>
      captionEmbedding(this.#options, sentenceCounts(capacity.sentences, capacity.words, capacity.steps))
    const run = this.#options.encoder === 'gru' ? packed(lengths, members, ids) : inSequence(lengths, members, ids)
    return values(await this.#engine.run(`captions ${capacityKey(capacity)}`, build, run, task), 'embeddings')
  }
}

function packed(lengths: readonly number[], members: readonly number[], ids: readonly (readonly number[])[]) {
  const order = packOrder(lengths).map(({ sentence, place }) => ids[members[sentence] ?? 0]?.[place] ?? 0)
  return { inputs: { ids: Int32Array.from(order) }, counts: packCounts(lengths) }
}

/** The bag of words sums each caption's words where they stand. */
function inSequence(lengths: readonly number[], members: readonly number[], ids: readonly (readonly number[])[]) {
  const words = members.flatMap(member => ids[member] ?? [])
  const starts = new Uint32Array(lengths.length + 1)
  for (const [i, length] of lengths.entries()) starts[i + 1] = (starts[i] ?? 0) + length
  return {
    inputs: { ids: Int32Array.from(words), starts },
    counts: { words: words.length, sentences: lengths.length, starts: starts.length },
  }
}
