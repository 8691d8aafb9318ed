// What `neural-storyteller/train` gives everywhere.

export * from '../core/errors.ts'
export { type Derailment, TrainingError } from './errors.ts'
export type * from './types.ts'
