// Shapes whose sizes may vary between runs. A `Count` has a maximum that memory is planned for; its actual value is
// given with each run (or each step of a loop), so that a new caption or story never means a new plan.

import { ShapeError } from './errors.ts'

/** A size that varies: sentences in a batch, words, live hypotheses. */
export class Count {
  readonly name: string
  /** The largest value it may take; memory is planned for this. */
  readonly max: number
  constructor(name: string, max: number) {
    if (!Number.isInteger(max) || max < 1)
      throw new ShapeError(`count ${name}: the maximum is ${max}; give an integer of 1 or more`)
    this.name = name
    this.max = max
  }
}

export type Dim = number | Count
export type Rank = 1 | 2 | 3 | 4

/** A tuple of `R` sizes. */
export type Dims<R extends Rank> = R extends 1
  ? readonly [Dim]
  : R extends 2
    ? readonly [Dim, Dim]
    : R extends 3
      ? readonly [Dim, Dim, Dim]
      : readonly [Dim, Dim, Dim, Dim]

export const largest = (dim: Dim): number => (typeof dim === 'number' ? dim : dim.max)

/** Elements at the largest sizes: what memory is planned for. */
export const capacity = (shape: readonly Dim[]): number => shape.reduce<number>((n, d) => n * largest(d), 1)

export const sameDim = (a: Dim, b: Dim): boolean => a === b
export const sameShape = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((d, i) => b[i] !== undefined && sameDim(d, b[i]))

/** "[rows≤64, 4800]": for messages and printed plans. */
export const showShape = (shape: readonly Dim[]): string =>
  `[${shape.map(d => (typeof d === 'number' ? d : `${d.name}≤${d.max}`)).join(', ')}]`

/** Turns sizes into numbers: what a run (or one step of a loop) knows. */
export type Resolve = (dim: Dim) => number
