// `neural-storyteller/nets`: the networks as graphs, weights by their names in a bundle.

export {
  beamSearchGraph,
  type DecoderOptions,
  decoderStep,
  feedGraph,
  sampleGraph,
  stateGraph,
} from './decoder.ts'
export { encodeSentences, packCounts, packOrder, type SentenceCounts, sentenceCounts } from './gru.ts'
export { type SkipThoughtsOptions, skipThoughts } from './skip-thoughts.ts'
export { type Vgg19Options, vgg19 } from './vgg19.ts'
export { captionEmbedding, type EmbeddingOptions, imageEmbedding, nearestCaptions } from './visual-semantic.ts'
