// The captions of a bundle with their cached embeddings: nearest to a picture by one pass over the cache on the device.

import { InputError } from '../core/errors.ts'
import { nearestCaptions } from '../nets/visual-semantic.ts'
import type { Engine, Task } from './engine.ts'
import { values } from './picture-encoder.ts'

export interface Caption {
  readonly text: string
  /** Dot product of the two unit vectors. */
  readonly score: number
  /** Position among the bundle's captions. */
  readonly index: number
}

/** @throws InputError unless k is a whole number, 1 or more. */
export function checkK(k: number): void {
  if (!Number.isInteger(k) || k < 1) throw new InputError(`k is ${k}; give a whole number of captions, 1 or more`)
}

export class CaptionIndex {
  readonly captions: readonly string[]
  #engine: Engine
  #dim: number

  constructor(engine: Engine, captions: readonly string[], dim: number) {
    if (captions.length === 0) throw new InputError('this model has no captions; convert it with a file of captions')
    this.captions = captions
    this.#engine = engine
    this.#dim = dim
  }

  /** The k captions nearest to a picture's embedding [dim], nearest first; all of them where there are fewer than k. */
  async nearest(embedding: Float32Array, k: number, task: Task = {}): Promise<Caption[]> {
    checkK(k)
    const count = Math.min(k, this.captions.length)
    const build = () => nearestCaptions(this.captions.length, this.#dim, count)
    const outputs = await this.#engine.run(`nearest ${count}`, build, { inputs: { embedding } }, task)
    const scores = values(outputs, 'values')
    return Array.from(outputs.indices?.data ?? [], (index, i) => ({
      text: this.captions[index] ?? '',
      score: scores[i] ?? 0,
      index,
    }))
  }

  /** The scores of all captions. */
  async scores(embedding: Float32Array, task: Task = {}): Promise<Float32Array> {
    const build = () => nearestCaptions(this.captions.length, this.#dim, 1, true)
    return values(await this.#engine.run('scores', build, { inputs: { embedding } }, task), 'scores')
  }
}
