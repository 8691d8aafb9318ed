// `neural-storyteller/train` in Node: trainers for the decoder, the skip-thought encoders and the image-sentence embedding, equal to
// the original's update by update; and whole trainings, from texts to files that the original program loads.

export * from './api.ts'
export { Checkpoint, type CheckpointParts, type OpenedCheckpoint } from './checkpoint.node.ts'
export { type DecoderRequest, type Passages, trainDecoder } from './decoder-training.node.ts'
export { readDictionaryFile, writeDictionaryFile } from './dictionary-file.node.ts'
export { type CaptionedPictures, type EmbeddingRequest, trainEmbedding } from './embedding-training.node.ts'
export type { Trained, TrainingRequest } from './session.node.ts'
export { type SkipThoughtsRequest, trainSkipThoughts } from './skip-thoughts-training.node.ts'
export { Trainer } from './trainer.node.ts'
export { cacheVectors, type OpenVectors, openVectors } from './vector-file.node.ts'
export { readWordVectors } from './word-vectors.node.ts'
