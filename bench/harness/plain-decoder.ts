// The decoder in f64, one hypothesis at a time, with weights in the bundle's layouts: the reference of beam and train.

import { affine, type Gru, gruStep } from './gru-reference.ts'

interface Affine {
  readonly W: Float32Array
  readonly b: Float32Array
}

export interface DecoderWeights {
  /** [words, width] */
  readonly words: Float32Array
  readonly gru: Gru
  readonly state: Affine
  readonly logits: Affine
}

export class PlainDecoder {
  readonly #weights: DecoderWeights
  readonly #width: number

  /** `width`: numbers a word. */
  constructor(weights: DecoderWeights, width: number) {
    this.#weights = weights
    this.#width = width
  }

  /** The state before the first word. */
  start(thought: ArrayLike<number>): Float64Array {
    const { W, b } = this.#weights.state
    return affine(W, thought, b).map(Math.tanh)
  }

  /** The state after a word (undefined: none yet), and of each next one -ln of its probability. */
  step(state: Float64Array, word: number | undefined): { next: Float64Array; costs: Float64Array } {
    const { words, gru, logits } = this.#weights
    const width = this.#width
    const vector = word === undefined ? new Float32Array(width) : words.subarray(word * width, (word + 1) * width)
    const next = gruStep(gru, state, vector)
    const scores = affine(logits.W, next, logits.b)
    const top = scores.reduce((a, b) => Math.max(a, b))
    const sum = scores.reduce((n, x) => n + Math.exp(x - top), 0)
    return { next, costs: scores.map(x => top + Math.log(sum) - x) }
  }
}
