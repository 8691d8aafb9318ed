// What is not trained on: taken apart from the rest, and its cost for each word (the ends of sentences count as words) as the network is
// at the moment.

import { InputError } from '../core/errors.ts'
import type { Examples } from './examples.ts'
import { epochBatches } from './homogeneous.ts'
import type { Updates } from './loop.ts'
import type { Batches, TrainerKind } from './types.ts'

export async function heldOutCost<K extends TrainerKind>(
  trainer: Pick<Updates<K>, 'cost'>,
  examples: Examples<Batches[K]>,
  { batch_size: batchSize, maxlen_w: maxlen }: { batch_size: number; maxlen_w: number },
): Promise<number> {
  let [cost, words] = [0, 0]
  // Always in the same order, so that equal parameters have equal costs.
  for (const rows of epochBatches(examples.lengths, { batchSize, maxlen, seed: 0 }, 0)) {
    const made = await examples.batch(rows)
    if (made === undefined) continue
    cost += await trainer.cost(made.batch)
    words += made.words
  }
  if (words === 0) throw new InputError('nothing that was held out is short enough to be looked at; hold out more')
  return cost / words
}

/** The first, and the last `count` of a list apart. @throws InputError where nothing would be left to train on. */
export function heldApart<T>(all: readonly T[], count: number, what: string): { train: T[]; held: T[] } {
  if (count >= all.length)
    throw new InputError(
      `${count} of ${all.length} ${what} cannot be held out: none would be left; give more, or hold out fewer`,
    )
  return { train: all.slice(0, all.length - count), held: all.slice(all.length - count) }
}

/** Pictures that are held out where nothing is said: a tenth of all, but no more than these. */
const MOST_HELD = 1000
export const usualHeldOut = (pictures: number): number => Math.min(MOST_HELD, Math.ceil(pictures / 10))
