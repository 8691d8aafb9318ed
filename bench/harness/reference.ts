// What the timed outputs are compared with: values computed by plain f64 loops, or recorded from the original, at some positions.

import { StorytellerError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'

/** Timed outputs that are wrong: the figure means nothing. */
export class CheckError extends StorytellerError {}

export interface Reference {
  /** Flat positions in the output. */
  readonly positions: readonly number[]
  readonly values: readonly number[]
  /** Largest difference at each position. */
  readonly tolerances: readonly number[]
}

/** Half the distance from 1 to the next f32. */
const ROUNDING = 2 ** -24
/** Room for orders of summation and for Winograd's constants, which multiply a rounding error by about 4 (F(4, 3)). */
const ROOM = 8

/** Roundings of a sum of `terms` add up like a random walk; `magnitude`: the sum of the terms' absolute values. */
export const sumTolerance = (terms: number, magnitude: number): number => ROOM * Math.sqrt(terms) * ROUNDING * magnitude

/** `count` seeded positions below `size`, its first and last among them. */
export function samplePositions(size: number, count: number): number[] {
  const random = new Random(size)
  const inside = Array.from({ length: Math.max(0, count - 2) }, () => random.integer(0, size - 1))
  return [0, size - 1, ...inside]
}

/** The sums of products at these positions; `terms` gives each one's products. */
export function sums(positions: readonly number[], terms: (position: number) => Iterable<number>): Reference {
  const values: number[] = []
  const tolerances: number[] = []
  for (const position of positions) {
    let [sum, magnitude, count] = [0, 0, 0]
    for (const term of terms(position)) {
      sum += term
      magnitude += Math.abs(term)
      count++
    }
    values.push(sum)
    tolerances.push(sumTolerance(count, magnitude))
  }
  return { positions, values, tolerances }
}

/** What is wrong with these values at the reference's positions; undefined where nothing is. */
export function problemOf(actual: ArrayLike<number>, { positions, values, tolerances }: Reference): string | undefined {
  if (actual.length !== values.length) return `${actual.length} values came, ${values.length} were expected`
  for (const [i, value] of values.entries()) {
    const found = actual[i] ?? Number.NaN
    const tolerance = tolerances[i] ?? 0
    if (!(Math.abs(found - value) <= tolerance)) return `value ${positions[i]} is ${found}, not ${value} ± ${tolerance}`
  }
  return undefined
}
