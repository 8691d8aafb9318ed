// Vocabulary expansion: a word that the encoder was not trained on gets a vector from an outside space of word vectors, by a linear
// map fitted on the words that both have (Kiros et al. 2015, section 2.2).

import { InputError } from '../core/errors.ts'
import { wordsById } from '../io/vocabularies.ts'
import { applyMap, type LinearMap, leastSquares } from './least-squares.ts'

export interface WordVector {
  readonly word: string
  readonly vector: ArrayLike<number>
}

/** The encoder's own words: [nWords, dim], C order, row by id. */
export interface OwnWords {
  readonly ids: ReadonlyMap<string, number>
  readonly nWords: number
  readonly dim: number
  readonly rows: Float32Array
}

/** Reads the outside vectors; called twice. */
export type OutsideVectors = () => AsyncIterable<WordVector>

const FIRST_WORD = 2

/** The map from the outside space to the encoder's. @throws InputError where too few words are in both. */
export async function fitExpansion(outside: OutsideVectors, own: OwnWords): Promise<LinearMap> {
  const inputs: number[] = []
  const targets: number[] = []
  let width: number | undefined
  for await (const { word, vector } of outside()) {
    width ??= vector.length
    const id = own.ids.get(word)
    if (id === undefined || id < FIRST_WORD || id >= own.nWords) continue
    for (let i = 0; i < width; i++) inputs.push(vector[i] ?? 0)
    for (let i = 0; i < own.dim; i++) targets.push(own.rows[id * own.dim + i] ?? 0)
  }
  if (width === undefined) throw new InputError('the file of word vectors is empty; give one that has vectors')
  const rows = targets.length / own.dim
  return leastSquares(
    { rows, columns: width, data: Float64Array.from(inputs) },
    { rows, columns: own.dim, data: Float64Array.from(targets) },
  )
}

/**
 * The rows of the table, in its order: the outside words, but for those with "_", then the encoder's own that were not among them. All
 * of the encoder's own words, the end token and UNK have its own vectors.
 */
export async function* expandedTable(
  outside: OutsideVectors,
  map: LinearMap,
  own: OwnWords,
): AsyncGenerator<{ word: string; row: Float32Array }> {
  const ownRows = new Map(ownTable(own).map(({ word, row }) => [word, row]))
  for await (const { word, vector } of outside()) {
    if (word.includes('_')) continue
    const row = ownRows.get(word)
    ownRows.delete(word)
    yield { word, row: row ?? applyMap(map, vector) }
  }
  for (const [word, row] of ownRows) yield { word, row }
}

/** The encoder's own words by id; of words with two ids the later counts. */
export function ownTable({ ids, nWords, dim, rows }: OwnWords): { word: string; row: Float32Array }[] {
  const words = wordsById(ids)
  const table = new Map<string, Float32Array>()
  for (let id = 0; id < nWords; id++) {
    const word = words.get(id)
    if (word !== undefined) table.set(word, rows.subarray(id * dim, (id + 1) * dim))
  }
  return [...table].map(([word, row]) => ({ word, row }))
}
