// One net's training within the recipe: batches of rows of one length in the order of the seed, round after round; a step that falls
// to nothing; the cost in the log.

import ndarray from 'ndarray'
import type { Examples } from '../../lib/train/examples.ts'
import { epochBatches } from '../../lib/train/homogeneous.ts'
import { Trainer } from '../../lib/train/index.ts'
import type { Batches, NamedArrays, TrainerKind, TrainerOptions } from '../../lib/train/types.ts'
import { rateAt, type Schedule } from './settings.ts'
import type { Log } from './work.ts'

/** Longer sentences and passages there are none. */
const MAXLEN = 100
const TELL_EVERY = 20

export interface Training<K extends TrainerKind> {
  readonly kind: K
  readonly options: TrainerOptions
  /** Before the first update. */
  readonly parameters: NamedArrays
  readonly examples: Examples<Batches[K]>
  readonly schedule: Schedule
  readonly seed: number
}

/** Word vectors ten times as large as the original begins with: so few updates don't suffice to part the words of small ones. */
export function withLargeWords(parameters: NamedArrays): NamedArrays {
  const { Wemb } = parameters
  if (Wemb === undefined) throw new TypeError('there are no word vectors')
  return {
    ...parameters,
    Wemb: ndarray(
      Wemb.data.map(x => 10 * x),
      Wemb.shape,
    ),
  }
}

/** Trains to the end of the schedule and gives the parameters. */
export async function trained<K extends TrainerKind>(training: Training<K>, log: Log): Promise<NamedArrays> {
  const { kind, options, parameters, examples, schedule, seed } = training
  const trainer = await Trainer.create(kind, options, parameters)
  const progress = new Progress(kind, schedule, log)
  try {
    let update = 0
    for (let epoch = 0; update < schedule.updates; epoch++)
      for (const rows of epochBatches(examples.lengths, { batchSize: schedule.batch, maxlen: MAXLEN, seed }, epoch)) {
        if (update === schedule.updates) break
        const made = await examples.batch(rows)
        if (made === undefined) continue
        update++
        const isTold = progress.isDue(update)
        const cost = await trainer.update(made.batch, { cost: isTold, lrate: rateAt(schedule, update) })
        if (isTold) progress.tell(update, cost / made.words)
      }
    return await trainer.parameters()
  } finally {
    await trainer.dispose()
  }
}

/** Tells the cost every few updates. */
export class Progress {
  readonly #name: string
  readonly #schedule: Schedule
  readonly #log: Log
  readonly #start = performance.now()

  constructor(name: string, schedule: Schedule, log: Log) {
    this.#name = name
    this.#schedule = schedule
    this.#log = log
  }

  isDue(update: number): boolean {
    return update % TELL_EVERY === 0 || update === this.#schedule.updates
  }

  /** `cost`: of one word, or one picture. */
  tell(update: number, cost: number): void {
    const seconds = (performance.now() - this.#start) / 1000
    const left = (seconds / update) * (this.#schedule.updates - update)
    const { updates } = this.#schedule
    this.#log(`  ${this.#name} ${update}/${updates}: cost ${cost.toFixed(3)}, ${Math.round(left)} s left`)
  }
}
