// Where training starts: names, order and shapes as the originals', how numbers are spread, and what is orthogonal.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../../lib/core/random.ts'
import { decoderWeights, embeddingWeights, skipThoughtsWeights } from '../../lib/train/initial-weights.ts'
import { orthogonal } from '../../lib/train/orthogonal.ts'
import type { NamedArrays } from '../../lib/train/types.ts'

const shapes = (parameters: NamedArrays) => Object.entries(parameters).map(([name, { shape }]) => [name, ...shape])
const gru = (prefix: string, inputs: number, dim: number) => [
  [`${prefix}_W`, inputs, 2 * dim],
  [`${prefix}_b`, 2 * dim],
  [`${prefix}_U`, dim, 2 * dim],
  [`${prefix}_Wx`, inputs, dim],
  [`${prefix}_Ux`, dim, dim],
  [`${prefix}_bx`, dim],
]
const sizes = { dimctx: 11, dim_word: 5, dim: 7, dim_image: 13, n_words: 37 }

test('names, order and shapes are the originals’', () => {
  const random = new Random(1)
  const words = ['Wemb', 37, 5]
  const state = [
    ['ff_state_W', 11, 7],
    ['ff_state_b', 7],
  ]
  const logit = (inputs: number) => [
    ['ff_logit_W', inputs, 37],
    ['ff_logit_b', 37],
  ]
  assert.equal(shapes(decoderWeights({ ...sizes, doutput: false }, random)), [
    words,
    ...state,
    ...gru('decoder', 5, 7),
    ...logit(7),
  ])
  assert.equal(shapes(decoderWeights({ ...sizes, doutput: true }, random)), [
    ...[words, ...state, ...gru('decoder', 5, 7)],
    ...[['ff_hid_W', 7, 5], ['ff_hid_b', 5], ...logit(5)],
  ])
  const image = (dim: number) => [
    ['ff_image_W', 13, dim],
    ['ff_image_b', dim],
  ]
  assert.equal(shapes(embeddingWeights({ ...sizes, encoder: 'gru' }, random)), [
    words,
    ...gru('encoder', 5, 7),
    ...image(7),
  ])
  assert.equal(shapes(embeddingWeights({ ...sizes, dim: 5, encoder: 'bow' }, random)), [words, ...image(5)])
  assert.equal(shapes(skipThoughtsWeights({ ...sizes, encoder: 'uni' }, random)), [
    ...[words, ...gru('encoder', 5, 7), ...gru('decoder_f', 5, 7), ...gru('decoder_b', 5, 7), ...logit(7)],
  ])
  assert.equal(shapes(skipThoughtsWeights({ ...sizes, dim: 14, encoder: 'bi' }, random)), [
    ...[words, ...gru('encoder', 5, 7), ...gru('encoder_r', 5, 7)],
    ...[...gru('decoder_f', 5, 14), ...gru('decoder_b', 5, 14), ...logit(14)],
  ])
})

test('numbers are uniform within their scale; biases are zero; a seed is a start', () => {
  const made = embeddingWeights({ dim: 40, dim_image: 40, dim_word: 30, n_words: 200, encoder: 'gru' }, new Random(2))
  for (const [name, scale] of [
    ['Wemb', 0.1],
    ['encoder_Wx', 0.1],
    ['ff_image_W', Math.sqrt(6 / 80)],
  ] as const) {
    const numbers = [...(made[name]?.data ?? [])]
    const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
    const square = numbers.reduce((sum, value) => sum + value * value, 0) / numbers.length
    assert.ok(
      numbers.every(value => Math.abs(value) <= scale),
      name,
    )
    assert.ok(Math.abs(mean) < 0.1 * scale, name)
    assert.ok(Math.abs(square / (scale * scale) - 1 / 3) < 0.03, name)
  }
  assert.ok(made.encoder_b?.data.every(value => value === 0))
  const again = (seed: number) => embeddingWeights({ ...sizes, encoder: 'gru' }, new Random(seed)).encoder_U?.data
  assert.equal(again(2), again(2))
  assert.not.equal(again(2), again(3))
})

/** QᵀQ − 1 at its largest, for `columns` columns from `first` on of rows of `width`. */
function offOrthogonal(data: Float32Array, size: number, width = size, first = 0): number {
  let worst = 0
  for (let a = 0; a < size; a++)
    for (let b = 0; b < size; b++) {
      let sum = a === b ? -1 : 0
      for (let row = 0; row < size; row++)
        sum += (data[row * width + first + a] ?? 0) * (data[row * width + first + b] ?? 0)
      worst = Math.max(worst, Math.abs(sum))
    }
  return worst
}

test('square weights are orthogonal, each half of a GRU’s by itself', () => {
  const made = decoderWeights({ ...sizes, dim: 9, dim_word: 9, dimctx: 9, doutput: true }, new Random(4))
  for (const name of ['ff_state_W', 'decoder_Ux', 'decoder_Wx', 'ff_hid_W'])
    assert.ok(offOrthogonal(made[name]?.data ?? new Float32Array(), 9) < 1e-6, name)
  for (const name of ['decoder_U', 'decoder_W'])
    for (const half of [0, 9])
      assert.ok(offOrthogonal(made[name]?.data ?? new Float32Array(), 9, 18, half) < 1e-6, name)
})

test('no direction and no sign of orthogonal matrices is preferred', () => {
  const random = new Random(5)
  const [draws, size] = [4000, 3]
  const sums = new Float64Array(size * size)
  const squares = new Float64Array(size * size)
  let determinants = 0
  for (let i = 0; i < draws; i++) {
    const q = [...orthogonal(size, random)] as [number, number, number, number, number, number, number, number, number]
    for (const [at, value] of q.entries()) {
      sums[at] = (sums[at] ?? 0) + value / draws
      squares[at] = (squares[at] ?? 0) + value ** 2 / draws
    }
    const [a, b, c, d, e, f, g, h, j] = q
    determinants += (a * (e * j - f * h) - b * (d * j - f * g) + c * (d * h - e * g)) / draws
  }
  // Each number has mean 0 and mean square 1/size; 4.5 standard errors of 4000 draws.
  assert.ok(
    sums.every(mean => Math.abs(mean) < (4.5 * Math.sqrt(1 / size)) / Math.sqrt(draws)),
    [...sums].join(),
  )
  assert.ok(
    squares.every(square => Math.abs(square - 1 / size) < 4.5 * Math.sqrt(4 / 45 / draws)),
    [...squares].join(),
  )
  assert.ok(Math.abs(determinants) < 4.5 / Math.sqrt(draws))
})

test.run()
