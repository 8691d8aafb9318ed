// Picture → feature (VGG-19's fc7 over its norm) → place in the image-sentence embedding.

import type { NdArray } from 'ndarray'
import type { Outputs } from '../graph/plan.ts'
import { type Vgg19Options, vgg19 } from '../nets/vgg19.ts'
import { type EmbeddingOptions, imageEmbedding } from '../nets/visual-semantic.ts'
import type { Engine, Task } from './engine.ts'

export class PictureEncoder {
  #engine: Engine
  #vgg: Vgg19Options
  #embedding: () => EmbeddingOptions

  /** `embedding` is asked when a place in it is: features need none. */
  constructor(engine: Engine, vgg: Vgg19Options, embedding: () => EmbeddingOptions) {
    this.#engine = engine
    this.#vgg = vgg
    this.#embedding = embedding
  }

  /** image [1, 3, 224, 224] → feature [fc7]. */
  async feature(image: NdArray<Float32Array>, task: Task = {}): Promise<Float32Array> {
    const inputs = { image: image.data }
    return values(await this.#engine.run('vgg19', () => vgg19(this.#vgg), { inputs }, task), 'feature')
  }

  /** The same with every stage: pool1..5, fc6, fc7, fc8, prob and feature. */
  stages(image: NdArray<Float32Array>, task: Task = {}): Promise<Outputs> {
    return this.#engine.run('vgg19 stages', () => vgg19(this.#vgg, true), { inputs: { image: image.data } }, task)
  }

  /** feature [fc7] → unit vector [dim] of the image-sentence embedding. */
  async embed(feature: Float32Array, task: Task = {}): Promise<Float32Array> {
    const build = () => imageEmbedding(this.#embedding())
    return values(await this.#engine.run('image embedding', build, { inputs: { feature } }, task), 'embedding')
  }
}

/** An output that is known to be f32. */
export function values(outputs: Outputs, name: string): Float32Array {
  const data = outputs[name]?.data
  if (!(data instanceof Float32Array)) throw new TypeError(`output ${name} is no f32 array`)
  return data
}
