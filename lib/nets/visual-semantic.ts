// The image-sentence embedding (Kiros, Salakhutdinov & Zemel 2014): pictures and captions as unit vectors in one space,
// compared by dot product. Its sentence half is a GRU or a bag of words; both read the end token, id 0, after the last word.

import { Count } from '../core/shape.ts'
import { Graph } from '../graph/graph.ts'
import { addBias } from '../ops/elementwise.ts'
import { embed } from '../ops/embedding-rows.ts'
import { linear } from '../ops/gemm.ts'
import { normalizeRows } from '../ops/l2-normalize.ts'
import { sumSegments } from '../ops/segment-sum.ts'
import { largestOf } from '../ops/top-k.ts'
import { encodeSentences, type SentenceCounts } from './gru.ts'

export interface EmbeddingOptions {
  readonly dim: number
  readonly dimWord: number
  readonly dimImage: number
  readonly nWords: number
  readonly encoder: 'gru' | 'bow'
}

/** `feature` [1, dimImage] (fc7 over its norm) → `embedding` [1, dim], a unit vector. */
export function imageEmbedding({ dim, dimImage }: EmbeddingOptions): Graph {
  const graph = new Graph()
  const feature = graph.input('feature', 'f32', [1, dimImage])
  const weight = graph.parameter('embedding/image.W', [dim, dimImage])
  graph.output(
    'embedding',
    normalizeRows(addBias(linear(feature, weight), graph.parameter('embedding/image.b', [dim]))),
  )
  return graph
}

/**
 * Captions as unit vectors: `ids` [words] → `embeddings` [sentences, dim]. For the GRU the ids come packed (see gru.ts); for the
 * bag of words sentence by sentence, with `starts` [sentences + 1] as the second input.
 */
export function captionEmbedding(options: EmbeddingOptions, counts: SentenceCounts): Graph {
  const graph = new Graph()
  const ids = graph.input('ids', 'i32', [counts.words])
  const vectors = embed(ids, graph.parameter('embedding/words', [options.nWords, options.dimWord]))
  if (options.encoder === 'gru') {
    graph.output('embeddings', normalizeRows(encodeSentences(graph, 'embedding/encoder', vectors, options.dim, counts)))
    return graph
  }
  const starts = graph.input('starts', 'u32', [new Count('starts', counts.sentences.max + 1)])
  graph.output('embeddings', normalizeRows(sumSegments(vectors, starts, counts.sentences)))
  return graph
}

/** `embedding` [1, dim] against all cached captions [captions, dim]: `scores` if wanted, and the k best. */
export function nearestCaptions(captions: number, dim: number, k: number, allScores = false): Graph {
  const graph = new Graph()
  const embedding = graph.input('embedding', 'f32', [1, dim])
  const scores = linear(embedding, graph.parameter('captions/embeddings', [captions, dim]))
  const { indices, values } = largestOf(scores, k)
  graph.output('indices', indices)
  graph.output('values', values)
  if (allScores) graph.output('scores', scores)
  return graph
}
