// The cost of texts that are not trained on, for each word (the ends of sentences count as words), as the network is at the moment.

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
  return cost / words
}
