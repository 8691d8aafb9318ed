// The image-sentence embedding (Kiros, Salakhutdinov & Zemel 2014): captions as unit vectors, pictures as a linear map of their features
// (not of unit length while training), and each pair's score to be above all others' by a margin.

import { InputError } from '../../core/errors.ts'
import { Count } from '../../core/shape.ts'
import type { Graph } from '../../graph/graph.ts'
import { contrastiveCost } from '../../ops/contrastive.ts'
import { embed } from '../../ops/embedding-rows.ts'
import { linear } from '../../ops/gemm.ts'
import { normalizeRows } from '../../ops/l2-normalize.ts'
import type { Tensor } from '../../ops/op.ts'
import { sumSegments } from '../../ops/segment-sum.ts'
import { gruStates } from '../gru.ts'
import { Layout } from '../layout.ts'
import { affine, type RecipeFor, rowsOf, sizeOf } from '../recipe.ts'
import { type Room, type Sentences, SentenceTape, sentencesOf } from '../sentences.ts'
import type { EmbeddingBatch } from '../types.ts'

const tapeOf = (room: Room): SentenceTape => new SentenceTape('x', new Count('sentences', room.sentences ?? 1), room)

export const embeddingRecipe: RecipeFor<EmbeddingBatch> = (options, parameters) => {
  const { encoder = 'gru', margin = 0.2 } = options
  if (encoder !== 'gru' && encoder !== 'bow')
    throw new InputError(`embedding: encoder is "${encoder}"; use "gru" or "bow"`)
  if (!Number.isFinite(margin)) throw new InputError(`embedding: margin is ${margin}; give a number`)
  const nWords = sizeOf(parameters, 'Wemb', 0, options, 'n_words')
  const dimWord = sizeOf(parameters, 'Wemb', 1, options, 'dim_word')
  const dimImage = sizeOf(parameters, 'ff_image_W', 0, options, 'dim_image')
  const dim = sizeOf(parameters, 'ff_image_W', 1, options, 'dim')
  if (encoder === 'bow' && dim !== dimWord)
    throw new InputError(`embedding: with encoder "bow" dim (${dim}) and dim_word (${dimWord}) are equal`)
  const layout = new Layout().same('Wemb', 'embedding/words', [nWords, dimWord])
  if (encoder === 'gru') layout.gru('encoder', 'embedding/encoder', dimWord, dim)
  layout.affine('ff_image', 'embedding/image', dimImage, dim)

  /** Of each sentence in the batch's order, before it is brought to unit length. */
  const sentenceVectors = (graph: Graph, tape: SentenceTape): Tensor<'f32', 2> => {
    const vectors = embed(graph.input('x', 'i32', [tape.words]), graph.parameter('embedding/words', [nWords, dimWord]))
    if (encoder === 'bow') {
      const starts = graph.input('starts', 'u32', [new Count('starts', tape.sentences.max + 1)])
      return sumSegments(vectors, starts, tape.sentences)
    }
    const states = gruStates(graph, 'embedding/encoder', vectors, dim, tape)
    return embed(graph.input('last', 'i32', [tape.sentences]), states)
  }

  return {
    layout,
    gradClip: 2,
    prepare({ x, mask, im }) {
      const sentences = sentencesOf('x', x, mask, nWords)
      const count = sentences.order.length
      const inBatchOrder = Array.from({ length: count }, (_, i) => i)
      const images = rowsOf('im', im, inBatchOrder, dimImage)
      return {
        room: { sentences: count, ...SentenceTape.measure('x', sentences) },
        pack(room) {
          const tape = tapeOf(room)
          if (encoder === 'bow') {
            const { x, starts } = sentenceBySentence(sentences)
            const counts = { sentences: count, starts: count + 1, 'x words': x.length }
            return { inputs: { images, x, starts }, counts }
          }
          const inputs = { images, x: tape.pack(sentences, w => w.id), last: tape.last(sentences) }
          return { inputs, counts: { sentences: count, ...tape.counts(sentences) } }
        },
      }
    },
    build(graph, room) {
      const tape = tapeOf(room)
      const images = graph.input('images', 'f32', [tape.sentences, dimImage])
      const captions = normalizeRows(sentenceVectors(graph, tape))
      return [contrastiveCost(linear(affine(graph, 'embedding/image', images, dim), captions), margin)]
    },
  }
}

/** Words of all sentences one after another, in the batch's order, and where each begins. */
function sentenceBySentence({ order, rows }: Sentences): { x: Int32Array; starts: Uint32Array } {
  const words: number[] = []
  const starts = new Uint32Array(order.length + 1)
  for (let sentence = 0; sentence < order.length; sentence++) {
    words.push(...(rows[order.indexOf(sentence)] ?? []).map(({ id }) => id))
    starts[sentence + 1] = words.length
  }
  return { x: Int32Array.from(words), starts }
}
