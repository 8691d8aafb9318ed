// What the drawings of places share: what they draw on, numbers and colours at random, a street lamp.

import type { Random } from '../../lib/core/random.ts'
import type { Rgb } from './canvas.ts'
import type { Pen } from './pen.ts'
import { line, path } from './shapes.ts'

export interface Ground {
  readonly pen: Pen
  readonly random: Random
  /** What far things fade into; not to be lit again. */
  readonly far: Rgb
  readonly horizon: number
  /** Lamps and windows shine. */
  readonly dark: boolean
}

export const between = (random: Random, low: number, high: number): number => low + (high - low) * random.uniform()
export const heights = (random: Random, count: number, low: number, high: number): number[] =>
  Array.from({ length: count }, () => between(random, low, high))
/** Nearly this colour. */
export const jittered = (random: Random, colour: Rgb, by = 14): Rgb => [
  colour[0] + by * (2 * random.uniform() - 1),
  colour[1] + by * (2 * random.uniform() - 1),
  colour[2] + by * (2 * random.uniform() - 1),
]

/** A post with a lamp on it, for places where people live. */
export function drawLamp(pen: Pen, dark: boolean): void {
  pen.line(path('0,0 0,-0.9'), [44, 44, 52], 0.05, 0.035)
  pen.fill(path('-0.09,-0.9 0.09,-0.9 0.06,-1.06 -0.06,-1.06'), [252, 232, 170])
  if (dark) pen.glow(path('-0.09,-0.9 0.09,-0.9 0.06,-1.06 -0.06,-1.06'), [255, 226, 140])
  if (dark) pen.halo(0, -0.98, 0.36, [255, 214, 120], 0.4)
  pen.fill(line(path('-0.11,-1.07 0.11,-1.07'), 0.04), [44, 44, 52])
}
