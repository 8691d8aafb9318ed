// How well an embedding in training does on pictures and captions that it is not trained on: both become unit vectors with the
// parameters of the moment, and are compared.

import type { Device } from '../gpu/device.ts'
import type { Outputs, Plan } from '../graph/plan.ts'
import { packCounts, packOrder, sentenceCounts } from '../nets/gru.ts'
import { captionEmbedding, type EmbeddingOptions, imageEmbedding } from '../nets/visual-semantic.ts'
import { END } from './dictionary.ts'
import { recall, type Vectors } from './recall.ts'
import { embeddingRecipe } from './recipes/embedding.ts'
import { withParameters } from './trained-nets.ts'
import type { NamedArrays } from './types.ts'

export interface Development {
  /** [pictures, dimImage] */
  readonly features: Float32Array
  /** As ids, without the end token. */
  readonly captions: readonly (readonly number[])[]
  /** The picture of each caption. */
  readonly owners: readonly number[]
}

/** Captions that are embedded at once. */
const TOGETHER = 128

export async function evaluateEmbedding(
  device: Device,
  options: EmbeddingOptions,
  parameters: NamedArrays,
  { features, captions, owners }: Development,
): Promise<ReturnType<typeof recall>> {
  const { layout } = embeddingRecipe({ encoder: options.encoder }, parameters)
  return withParameters(device, layout, parameters, async planOf => {
    const images = await embedImages(await planOf(imageEmbedding(options)), options, features)
    const steps = 1 + Math.max(0, ...captions.map(({ length }) => length))
    const counts = sentenceCounts(TOGETHER, TOGETHER * steps, steps)
    const texts = await embedCaptions(await planOf(captionEmbedding(options, counts)), options, captions)
    return recall(images, texts, owners)
  })
}

async function embedImages(plan: Plan, { dim, dimImage }: EmbeddingOptions, features: Float32Array): Promise<Vectors> {
  const data = new Float32Array((features.length / dimImage) * dim)
  for (let image = 0; image * dimImage < features.length; image++) {
    const feature = features.slice(image * dimImage, (image + 1) * dimImage)
    data.set(vectorsOf(await plan.run({ inputs: { feature } }), 'embedding'), image * dim)
  }
  return { dim, data }
}

async function embedCaptions(
  plan: Plan,
  { dim, encoder }: EmbeddingOptions,
  captions: readonly (readonly number[])[],
): Promise<Vectors> {
  const data = new Float32Array(captions.length * dim)
  const order = captions.map((_, i) => i).sort((a, b) => (captions[b]?.length ?? 0) - (captions[a]?.length ?? 0))
  for (let first = 0; first < order.length; first += TOGETHER) {
    const members = order.slice(first, first + TOGETHER)
    const sentences = members.map(member => [...(captions[member] ?? []), END])
    const outputs = await plan.run(encoder === 'gru' ? packed(sentences) : inSequence(sentences))
    const vectors = vectorsOf(outputs, 'embeddings')
    for (const [i, member] of members.entries()) data.set(vectors.subarray(i * dim, (i + 1) * dim), member * dim)
  }
  return { dim, data }
}

/** Longest first, word by word, as a GRU reads them. */
function packed(sentences: readonly (readonly number[])[]) {
  const lengths = sentences.map(({ length }) => length)
  const ids = packOrder(lengths).map(({ sentence, place }) => sentences[sentence]?.[place] ?? END)
  return { inputs: { ids: Int32Array.from(ids) }, counts: packCounts(lengths) }
}

/** One after the other, as a bag of words sums them. */
function inSequence(sentences: readonly (readonly number[])[]) {
  const ids = Int32Array.from(sentences.flat())
  const starts = new Uint32Array(sentences.length + 1)
  for (const [i, { length }] of sentences.entries()) starts[i + 1] = (starts[i] ?? 0) + length
  return { inputs: { ids, starts }, counts: { words: ids.length, sentences: sentences.length, starts: starts.length } }
}

function vectorsOf(outputs: Outputs, name: string): Float32Array {
  const data = outputs[name]?.data
  if (!(data instanceof Float32Array)) throw new TypeError(`output ${name} is no f32 array`)
  return data
}
