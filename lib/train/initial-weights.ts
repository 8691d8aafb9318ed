// The parameters that training starts from, by the original's names and in its order: uniform in ±0.1, orthogonal where in = out and
// for what a GRU's states are multiplied with, biases zero. The numbers are our own, from a seed.

import ndarray, { type NdArray } from 'ndarray'
import type { Random } from '../core/random.ts'
import { orthogonal } from './orthogonal.ts'
import type { NamedArrays } from './types.ts'

/** Sizes under the original's names. */
export interface DecoderSizes {
  readonly dimctx: number
  readonly dim_word: number
  readonly dim: number
  readonly n_words: number
  readonly doutput: boolean
}

export interface EmbeddingSizes {
  readonly dim: number
  readonly dim_image: number
  readonly dim_word: number
  readonly n_words: number
  readonly encoder: 'gru' | 'bow'
}

export interface SkipThoughtsSizes {
  /** Of `bi` the joined width: each of the two encoders has half of it. */
  readonly dim: number
  readonly dim_word: number
  readonly n_words: number
  readonly encoder: 'uni' | 'bi'
}

const SCALE = 0.1

export function decoderWeights(sizes: DecoderSizes, random: Random): NamedArrays {
  const { dimctx, dim_word, dim, n_words, doutput } = sizes
  return {
    Wemb: matrix(n_words, dim_word, random),
    ...affine('ff_state', dimctx, dim, random),
    ...gru('decoder', dim_word, dim, random),
    ...(doutput ? affine('ff_hid', dim, dim_word, random) : {}),
    ...affine('ff_logit', doutput ? dim_word : dim, n_words, random),
  }
}

export function embeddingWeights(sizes: EmbeddingSizes, random: Random): NamedArrays {
  const { dim, dim_image, dim_word, n_words, encoder } = sizes
  return {
    Wemb: matrix(n_words, dim_word, random),
    ...(encoder === 'gru' ? gru('encoder', dim_word, dim, random) : {}),
    // Also where it is square.
    ff_image_W: uniform([dim_image, dim], Math.sqrt(6 / (dim_image + dim)), random),
    ff_image_b: zeros(dim),
  }
}

export function skipThoughtsWeights(sizes: SkipThoughtsSizes, random: Random): NamedArrays {
  const { dim, dim_word, n_words, encoder } = sizes
  const width = encoder === 'bi' ? dim / 2 : dim
  return {
    Wemb: matrix(n_words, dim_word, random),
    ...gru('encoder', dim_word, width, random),
    ...(encoder === 'bi' ? gru('encoder_r', dim_word, width, random) : {}),
    ...gru('decoder_f', dim_word, dim, random),
    ...gru('decoder_b', dim_word, dim, random),
    ...affine('ff_logit', dim, n_words, random),
  }
}

/** The two halves of W and of U are drawn each by itself. */
function gru(prefix: string, inputs: number, dim: number, random: Random): NamedArrays {
  return {
    [`${prefix}_W`]: sideBySide(matrix(inputs, dim, random), matrix(inputs, dim, random)),
    [`${prefix}_b`]: zeros(2 * dim),
    [`${prefix}_U`]: sideBySide(square(dim, random), square(dim, random)),
    [`${prefix}_Wx`]: matrix(inputs, dim, random),
    [`${prefix}_Ux`]: square(dim, random),
    [`${prefix}_bx`]: zeros(dim),
  }
}

const affine = (prefix: string, inputs: number, outputs: number, random: Random): NamedArrays => ({
  [`${prefix}_W`]: matrix(inputs, outputs, random),
  [`${prefix}_b`]: zeros(outputs),
})

const matrix = (inputs: number, outputs: number, random: Random): NdArray<Float32Array> =>
  inputs === outputs ? square(inputs, random) : uniform([inputs, outputs], SCALE, random)

const uniform = (shape: [number, number], scale: number, random: Random): NdArray<Float32Array> =>
  ndarray(random.floats(shape[0] * shape[1], scale), shape)

const square = (size: number, random: Random): NdArray<Float32Array> => ndarray(orthogonal(size, random), [size, size])

const zeros = (length: number): NdArray<Float32Array> => ndarray(new Float32Array(length), [length])

function sideBySide(left: NdArray<Float32Array>, right: NdArray<Float32Array>): NdArray<Float32Array> {
  const [rows = 0, columns = 0] = left.shape
  const data = new Float32Array(2 * rows * columns)
  for (let row = 0; row < rows; row++) {
    data.set(left.data.subarray(row * columns, (row + 1) * columns), 2 * row * columns)
    data.set(right.data.subarray(row * columns, (row + 1) * columns), (2 * row + 1) * columns)
  }
  return ndarray(data, [rows, 2 * columns])
}
