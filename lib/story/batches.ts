// Sentences into batches for the packed GRU: longest first, as many as the plan's rows and words hold, and back again in the
// order of the caller. Plans come in a few capacities, so that any batch finds one. Pure.

import { InputError } from '../core/errors.ts'

export interface Capacity {
  readonly sentences: number
  readonly words: number
  readonly steps: number
}

export interface Batch {
  /** Positions in the caller's list, longest sentence first. */
  readonly members: readonly number[]
  readonly lengths: readonly number[]
  readonly capacity: Capacity
}

/** Sentences of a batch: one alone and a few have kernels that waste no rows on them. */
const SENTENCES = [1, 8, 128] as const
const MOST_SENTENCES = 128
/** Words of a batch; the last is the longest sentence there may be. */
const WORDS = [64, 512, 2048, 8192, 32768] as const
/** Beyond this a batch holds one long sentence alone. */
const USUAL = 2048

/** Cuts sentences of the given lengths (1 or more each) into batches. */
export function batches(lengths: readonly number[]): Batch[] {
  const order = lengths.map((_, i) => i).sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0) || a - b)
  const made: Batch[] = []
  let members: number[] = []
  let words = 0
  const close = () => {
    if (members.length > 0) made.push(toBatch(members, lengths))
    members = []
    words = 0
  }
  for (const i of order) {
    const length = lengths[i] ?? 0
    if (members.length === MOST_SENTENCES || (members.length > 0 && words + length > USUAL)) close()
    members.push(i)
    words += length
  }
  close()
  return made
}

function toBatch(members: readonly number[], all: readonly number[]): Batch {
  const lengths = members.map(i => all[i] ?? 0)
  const total = lengths.reduce((n, length) => n + length, 0)
  const words = WORDS.find(most => total <= most)
  if (words === undefined)
    throw new InputError(
      `a sentence has ${lengths[0]} words; the longest that can be encoded has ${WORDS.at(-1)}: split it`,
    )
  const steps = WORDS.find(most => (lengths[0] ?? 0) <= most) ?? words
  const sentences = SENTENCES.find(most => members.length <= most) ?? MOST_SENTENCES
  return { members, lengths, capacity: { sentences, words, steps } }
}

export const capacityKey = ({ sentences, words, steps }: Capacity): string => `${sentences}×${words}×${steps}`

/** Encodes lists of any number and lengths batch by batch; `encode` gives one row of `width` values for each member. */
export async function encodeInBatches(
  lengths: readonly number[],
  width: number,
  encode: (batch: Batch) => Promise<Float32Array>,
  onBatch?: (done: number) => void,
): Promise<Float32Array> {
  const out = new Float32Array(lengths.length * width)
  let done = 0
  for (const batch of batches(lengths)) {
    const rows = await encode(batch)
    for (const [row, member] of batch.members.entries())
      out.set(rows.subarray(row * width, (row + 1) * width), member * width)
    done += batch.members.length
    onBatch?.(done)
  }
  return out
}
