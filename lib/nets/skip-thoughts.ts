// Skip-thoughts (Kiros et al. 2015): a sentence's vector is the last state of the uni-directional encoder, then the last
// states of the two encoders of the bi-directional model, the second of which reads the words backwards.

import { Graph } from '../graph/graph.ts'
import { join } from '../ops/concat.ts'
import { normalizeRows } from '../ops/l2-normalize.ts'
import { encodeSentences, type SentenceCounts } from './gru.ts'

export interface SkipThoughtsOptions {
  readonly uni: { readonly dim: number; readonly dimWord: number }
  /** `dim` of each of the two encoders. */
  readonly bi: { readonly dim: number; readonly dimWord: number }
}

/**
 * Inputs: packed word vectors `uni`, `forward` [words, dimWord] and `backward` (each sentence reversed).
 * Output `vectors` [sentences, uni.dim + 2·bi.dim]; with `normalize` the uni part and the whole bi part are each divided by
 * their L2 norm.
 */
export function skipThoughts({ uni, bi }: SkipThoughtsOptions, counts: SentenceCounts, normalize: boolean): Graph {
  const graph = new Graph()
  const input = (name: string, width: number) => graph.input(name, 'f32', [counts.words, width])
  const uniState = encodeSentences(graph, 'uni-skip/encoder', input('uni', uni.dimWord), uni.dim, counts)
  const forward = encodeSentences(graph, 'bi-skip/forward', input('forward', bi.dimWord), bi.dim, counts)
  const backward = encodeSentences(graph, 'bi-skip/backward', input('backward', bi.dimWord), bi.dim, counts)
  const biState = join(forward, backward)
  graph.output('vectors', normalize ? join(normalizeRows(uniState), normalizeRows(biState)) : join(uniState, biState))
  return graph
}
