// From texts to the arrays that the networks train on, as the originals' `prepare_data`: ids time first, with the end token after the
// last word and a mask over both; sentences that are too long are left out. One kind of examples for each network.

import ndarray, { type NdArray } from 'ndarray'
import { END } from './dictionary.ts'
import type { DecoderBatch, EmbeddingBatch, SkipThoughtsBatch } from './types.ts'

type Ids = NdArray<Int32Array>
type Floats = NdArray<Float32Array>
/** A batch whose ids are `Int32Array`s and whose other arrays are floats. */
type Made<Batch> = { readonly [name in keyof Batch]: name extends 'x' | 'y' | 'z' ? Ids : Floats }

/** What there is to train on. */
export interface Examples<Batch> {
  /** Words of each row: batches hold rows of one length. */
  readonly lengths: readonly number[]
  /** The arrays of these rows, with their number of positions that count; undefined where all had to be left out. */
  batch(rows: readonly number[]): Promise<{ readonly batch: Batch; readonly words: number } | undefined>
  /** Rows of batches that between them need as much room as any batch of up to this many rows. */
  largest(batchSize: number): number[][]
}

/** Rows of a table of vectors: [rows.length, dim], C order. */
export interface VectorTable {
  readonly dim: number
  read(rows: readonly number[]): Promise<Float32Array>
}

/** Ids and mask of some sentences. */
function padded(sentences: readonly (readonly number[])[]): { ids: Ids; mask: Floats; words: number } {
  const columns = sentences.length
  const positions = 1 + Math.max(0, ...sentences.map(sentence => sentence.length))
  const ids = new Int32Array(positions * columns).fill(END)
  const mask = new Float32Array(positions * columns)
  for (const [column, sentence] of sentences.entries()) {
    for (const [position, id] of sentence.entries()) ids[position * columns + column] = id
    for (let position = 0; position <= sentence.length; position++) mask[position * columns + column] = 1
  }
  const shape = [positions, columns]
  const words = sentences.reduce((n, sentence) => n + sentence.length + 1, 0)
  return { ids: ndarray(ids, shape), mask: ndarray(mask, shape), words }
}

const pick = <T>(values: readonly T[], rows: readonly number[]): T[] => rows.map(row => values[row] as T)

/** The longest rows, and those of one length that have the most words together. */
function largestOf(sentences: readonly (readonly number[])[], maxlen: number, batchSize: number): number[][] {
  const byLength = new Map<number, number[]>()
  for (const [row, { length }] of sentences.entries()) {
    const rows = byLength.get(length) ?? []
    if (length < maxlen && rows.length < batchSize) byLength.set(length, [...rows, row])
  }
  const groups = [...byLength].sort(([a], [b]) => b - a)
  const most = Math.max(0, ...groups.map(([length, rows]) => (length + 1) * rows.length))
  const widest = groups.find(([length, rows]) => (length + 1) * rows.length === most)
  return groups
    .slice(0, 1)
    .concat(widest === undefined ? [] : [widest])
    .map(([, rows]) => rows)
}

/** A decoder's: targets as ids, and the vector of each target's source sentence in the same row. */
export function decoderExamples(
  targets: readonly (readonly number[])[],
  contexts: VectorTable,
  maxlen: number,
): Examples<Made<DecoderBatch>> {
  return {
    lengths: targets.map(target => target.length),
    async batch(rows) {
      const kept = rows.filter(row => (targets[row]?.length ?? maxlen) < maxlen)
      if (kept.length === 0) return undefined
      const { ids, mask, words } = padded(pick(targets, kept))
      const ctx = ndarray(await contexts.read(kept), [kept.length, contexts.dim])
      return { batch: { x: ids, mask, ctx }, words }
    },
    largest: batchSize => largestOf(targets, maxlen, batchSize),
  }
}

/** An embedding's: captions as ids; `images`: the row of each caption's picture among the features. */
export function embeddingExamples(
  captions: readonly (readonly number[])[],
  images: readonly number[],
  features: VectorTable,
  maxlen: number,
): Examples<Made<EmbeddingBatch>> {
  return {
    lengths: captions.map(caption => caption.length),
    async batch(rows) {
      const kept = rows.filter(row => (captions[row]?.length ?? maxlen) < maxlen)
      if (kept.length === 0) return undefined
      const { ids, mask, words } = padded(pick(captions, kept))
      const im = ndarray(await features.read(pick(images, kept)), [kept.length, features.dim])
      return { batch: { x: ids, mask, im }, words }
    },
    largest: batchSize => largestOf(captions, maxlen, batchSize),
  }
}

/**
 * Skip-thoughts' from sentences in running order: row i is sentence i + 1 with the one after and the one before. A triple with a
 * sentence that is too long is left out; nothing marks where one book ends and the next begins.
 */
export function skipThoughtsExamples(
  sentences: readonly (readonly number[])[],
  maxlen: number,
): Examples<Made<SkipThoughtsBatch>> {
  const fits = (i: number): boolean => (sentences[i]?.length ?? maxlen) < maxlen
  return {
    lengths: sentences.slice(1, -1).map(sentence => sentence.length),
    async batch(rows) {
      const kept = rows.filter(row => fits(row) && fits(row + 1) && fits(row + 2))
      if (kept.length === 0) return undefined
      const shifted = (by: number) =>
        padded(
          pick(
            sentences,
            kept.map(row => row + by),
          ),
        )
      const [previous, middle, next] = [shifted(0), shifted(1), shifted(2)]
      const batch = {
        ...{ x: middle.ids, xMask: middle.mask },
        ...{ y: next.ids, yMask: next.mask },
        ...{ z: previous.ids, zMask: previous.mask },
      }
      return { batch, words: next.words + previous.words }
    },
    largest(batchSize) {
      // Neighbours of a batch may all be as long as the longest.
      const rows = sentences.flatMap((_, row) => (fits(row) && fits(row + 1) && fits(row + 2) ? [row] : []))
      const longest = (by: number): number[] => {
        const length = (row: number): number => sentences[row + by]?.length ?? 0
        const best = rows.reduce<number | undefined>(
          (found, row) => (found === undefined || length(row) > length(found) ? row : found),
          undefined,
        )
        return best === undefined ? [] : Array.from({ length: batchSize }, () => best)
      }
      return [0, 1, 2].map(longest).filter(batch => batch.length > 0)
    },
  }
}

/** Vectors in memory, [rows, dim]. */
export function tableOf({ data, shape: [, dim = 0] }: Floats): VectorTable {
  return {
    dim,
    async read(rows) {
      const out = new Float32Array(rows.length * dim)
      for (const [i, row] of rows.entries()) out.set(data.subarray(row * dim, (row + 1) * dim), i * dim)
      return out
    },
  }
}

/** The rows of a table from `first` on. */
export const tableFrom = (table: VectorTable, first: number): VectorTable => ({
  dim: table.dim,
  read: rows => table.read(rows.map(row => row + first)),
})
