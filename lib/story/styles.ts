// Styles: mean vectors of passages, by name or from a file, and weighted sums of them: "romance*0.7+mine.npy*0.3".

import type { NdArray } from 'ndarray'
import { InputError, UsageError } from '../core/errors.ts'

export interface StyleTerm {
  /** A style of the model, or a path ending in .npy. */
  readonly name: string
  readonly weight: number
}

/** No shift at all: the story is told from the captions' own vector. */
export const NO_STYLE = 'none'
/** The name of the style that is subtracted: the mean of captions. */
export const CAPTION_STYLE = 'caption'

/** Parses NAME|FILE.npy[*WEIGHT][+…]. */
export function parseStyle(expression: string): StyleTerm[] {
  return expression.split('+').map(term => {
    const [name = '', factor, ...more] = term.split('*').map(part => part.trim())
    const weight = factor === undefined ? 1 : Number(factor)
    if (name === '' || factor === '' || !Number.isFinite(weight) || more.length > 0)
      throw new UsageError(
        `style "${expression}": "${term}" is not NAME, FILE.npy or one of them with *WEIGHT; example: romance*0.7+mine.npy*0.3`,
      )
    return { name, weight }
  })
}

/** The weighted sum of an expression's styles; undefined for "none". */
export async function styleVector(
  expression: string,
  find: (name: string) => Promise<Float32Array>,
): Promise<Float32Array | undefined> {
  if (expression === NO_STYLE) return undefined
  const terms = parseStyle(expression)
  const vectors = await Promise.all(terms.map(({ name }) => find(name)))
  return weightedSum(
    vectors,
    terms.map(term => term.weight),
    terms.map(term => term.name),
  )
}

/** Σ weight · vector; all of one length. `names` are for the error message. */
export function weightedSum(
  vectors: readonly Float32Array[],
  weights: readonly number[],
  names: readonly string[],
): Float32Array {
  const [first] = vectors
  if (first === undefined) throw new InputError('a style needs at least one vector')
  const sum = new Float64Array(first.length)
  for (const [i, vector] of vectors.entries()) {
    if (vector.length !== first.length)
      throw new InputError(
        `style ${names[i]} has ${vector.length} numbers, ${names[0]} has ${first.length}; mix styles of one model`,
      )
    for (const [j, value] of vector.entries()) sum[j] = (sum[j] ?? 0) + (weights[i] ?? 0) * value
  }
  return Float32Array.from(sum)
}

/** The mean of vectors [count, dim], C order, in double precision. */
export function meanVector(vectors: Float32Array, dim: number): Float32Array {
  const count = vectors.length / dim
  if (count === 0) throw new InputError('a style needs at least one passage')
  const sum = new Float64Array(dim)
  for (const [i, value] of vectors.entries()) sum[i % dim] = (sum[i % dim] ?? 0) + value
  return Float32Array.from(sum, value => value / count)
}

/** The one vector of a file that is used as a style. */
export function oneVector(vectors: NdArray<Float32Array>, file: string): Float32Array {
  if (vectors.shape[0] !== 1)
    throw new InputError(
      `${file} holds ${vectors.shape[0]} vectors, a style is one; average them with "storyteller style make"`,
    )
  return vectors.data
}
