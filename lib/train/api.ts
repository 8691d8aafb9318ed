// What `neural-storyteller/train` gives everywhere.

export * from '../core/errors.ts'
export { type CommonOptions, DEFAULTS } from './defaults.ts'
export { buildDictionary, type Dictionary, wordIds } from './dictionary.ts'
export { type Derailment, TrainingError } from './errors.ts'
export {
  decoderExamples,
  type Examples,
  embeddingExamples,
  skipThoughtsExamples,
  tableOf,
  type VectorTable,
} from './examples.ts'
export { epochBatches } from './homogeneous.ts'
export { decoderWeights, embeddingWeights, skipThoughtsWeights } from './initial-weights.ts'
export {
  type Evaluation,
  type LoopSettings,
  type Sample,
  type SavedParts,
  type Training,
  type TrainingEvent,
  train,
} from './loop.ts'
export { notStarted, type Progress } from './progress.ts'
export { type Recall, recall, recallSum } from './recall.ts'
export type * from './types.ts'
