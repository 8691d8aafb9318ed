// What goes wrong in training and is nobody's input: numbers that are none.

import { StorytellerError } from '../core/errors.ts'

/** Where training went off the rails. */
export interface Derailment {
  /** The update that brought it, counted from 1. */
  readonly update: number
  readonly cost: number
  /** The first parameter with a gradient or value that is no number, if one was found. */
  readonly tensor: string | undefined
  /** The rows of the text that the update's batch had, where they are known. */
  readonly rows?: readonly number[]
}

/** A cost or a gradient is NaN or infinite. The update has been made all the same: the parameters are spoilt, go back to a checkpoint. */
export class TrainingError extends StorytellerError {
  readonly update: number
  readonly cost: number
  readonly tensor: string | undefined
  readonly rows: readonly number[] | undefined
  constructor({ update, cost, tensor, rows }: Derailment) {
    super(
      `update ${update}${rows === undefined ? '' : ` with the rows ${rows.join(', ')}`}: ` +
        `the cost is ${cost}${tensor === undefined ? '' : ` and ${tensor} is not finite`}; ` +
        'go back to the last checkpoint, with a lower lrate or a grad_clip, or without the batch of this update',
    )
    this.update = update
    this.cost = cost
    this.tensor = tensor
    this.rows = rows
  }
}
