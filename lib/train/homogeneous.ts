// Which sentences make a batch: those of one length together, so that nothing is padded. An epoch takes one batch of each length in
// turn, lengths in random order, round and round until all are used; within a length the order is random too. The order follows
// from the seed and the epoch's number alone: whoever resumes finds it again.

import { hash, Random } from '../core/random.ts'

export interface BatchSettings {
  readonly batchSize: number
  /** Sentences of this many words or more are left out. */
  readonly maxlen: number
  readonly seed: number
}

/** The batches of an epoch (from 0), as rows of the text. `lengths`: words of each row. */
export function epochBatches(
  lengths: readonly number[],
  { batchSize, maxlen, seed }: BatchSettings,
  epoch: number,
): number[][] {
  const random = new Random(hash(epoch, seed))
  const byLength = new Map<number, number[]>()
  for (const [row, length] of lengths.entries()) {
    if (length >= maxlen) continue
    const rows = byLength.get(length)
    if (rows === undefined) byLength.set(length, [row])
    else rows.push(row)
  }
  const queues = shuffled([...byLength.values()], random).map(rows => shuffled(rows, random))
  const batches: number[][] = []
  const rounds = Math.max(0, ...queues.map(rows => Math.ceil(rows.length / batchSize)))
  for (let round = 0; round < rounds; round++)
    for (const rows of queues) {
      const batch = rows.slice(round * batchSize, (round + 1) * batchSize)
      if (batch.length > 0) batches.push(batch)
    }
  return batches
}

/** A shuffled copy (Fisher and Yates). */
function shuffled<T>(values: readonly T[], random: Random): T[] {
  const out = [...values]
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.integer(0, i)
    const moved = out[i] as T
    out[i] = out[j] as T
    out[j] = moved
  }
  return out
}
