// How far a training is: what a checkpoint's state keeps besides the moments, as JSON, checked when it is read. The order of batches
// follows from the seed and the epoch (homogeneous.ts), so that these two and the place in the epoch are the state of all randomness.

import * as v from 'valibot'
import { FileError } from '../core/errors.ts'
import type { TrainerKind } from './types.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hexadecimal'))
/** [update, value]: a curve's points; a cost may be no number, which JSON has as null. */
const curve = v.array(v.tuple([count, v.nullable(v.number())]))

const progress = v.object({
  format: v.literal(1),
  kind: v.picklist(['decoder', 'skip-thoughts', 'embedding']),
  /** Updates made. */
  step: count,
  /** From 0, with the number of its batches that are done. */
  epoch: count,
  batch: count,
  seed: count,
  /** Of what decides the batches: whoever goes on must have the same. */
  data: sha256,
  /** Whether Adam is the original's. */
  compat: v.boolean(),
  /** What it ran on; the same adapter and kernels go on bit for bit. */
  machine: v.object({ adapter: v.string(), kernels: v.array(v.string()) }),
  /** Words trained on, and the time that took. */
  words: count,
  seconds: v.number(),
  /** Cost for a word: of the batches that were read, and of the held-out text. */
  cost: curve,
  heldOut: curve,
  /** Sums of the six recalls, and the best of them. */
  recall: curve,
  best: v.optional(v.number()),
})
/** With the two files that the state belongs to, by their SHA-256. */
const stored = v.object({ ...progress.entries, belongs: v.object({ npz: sha256, options: sha256 }) })

export type Progress = v.InferOutput<typeof progress>
export type StoredProgress = v.InferOutput<typeof stored>
export type CurvePoint = Progress['cost'][number]

/** A training that has not begun. */
export const notStarted = (
  given: Pick<Progress, 'seed' | 'data' | 'compat' | 'machine'> & { kind: TrainerKind },
): Progress => ({
  ...{ format: 1, step: 0, epoch: 0, batch: 0, words: 0, seconds: 0, cost: [], heldOut: [], recall: [] },
  ...given,
})

/** Points of a curve at most. */
const MOST_POINTS = 2000

/** A curve that has grown too long, with each two neighbours as one point. */
export function thinned(points: readonly CurvePoint[]): CurvePoint[] {
  if (points.length <= MOST_POINTS) return [...points]
  return points.flatMap(([update, value], i): CurvePoint[] => {
    const before = points[i - 1]
    if (i % 2 === 0 || before === undefined) return i === points.length - 1 ? [[update, value]] : []
    const [, other] = before
    return [[update, value === null || other === null ? null : (value + other) / 2]]
  })
}

/** @throws FileError where it is not what `JSON.stringify` made of it. */
export function parseProgress(text: string, file: string): StoredProgress {
  const cure = 'remove it to go on from the weights alone'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new FileError('is no state of a training', { file, cure }, { cause })
  }
  const result = v.safeParse(stored, value)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new FileError(`${v.getDotPath(issue) ?? 'the state'}: ${issue.message}`, { file, cure })
}
