// The training itself: epochs of batches, a cost every few updates, samples, evaluations and saves, from wherever it was left to its
// end. Knows nothing of files and of what the examples are: who calls it gives those as functions. What is asked of the device between
// two updates is the cost alone, and that only when it is due.

import { AbortError } from '../core/errors.ts'
import { TrainingError } from './errors.ts'
import type { Examples } from './examples.ts'
import { epochBatches } from './homogeneous.ts'
import { type CurvePoint, type Progress, thinned } from './progress.ts'
import type { Batches, Moments, NamedArrays, TrainerKind, UpdateSettings } from './types.ts'

/** What the loop needs of a trainer. */
export interface Updates<K extends TrainerKind> {
  cost(batch: Batches[K]): Promise<number>
  update(batch: Batches[K], settings?: UpdateSettings): Promise<number>
  parameters(): Promise<NamedArrays>
  moments(): Promise<Moments>
}

export interface LoopSettings {
  readonly batchSize: number
  /** Sentences of this many words or more are left out. */
  readonly maxlen: number
  readonly maxEpochs: number
  /** Updates between two costs, samples, evaluations and saves; 0 for never. */
  readonly dispFreq: number
  readonly sampleFreq: number
  readonly validFreq: number
  readonly saveFreq: number
}

/** What is told of a batch's sentences as they are now: what they are and what the network makes of their source. */
export interface Sample {
  readonly truth: string
  readonly sample: string
}

/** What an evaluation found. Recalls and costs may both be there. */
export interface Evaluation {
  /** For a word of the held-out text. */
  readonly cost?: number
  /** The sum that decides whether the parameters are the best so far. */
  readonly recallSum?: number
  readonly [figure: string]: unknown
}

export type TrainingEvent =
  | {
      readonly type: 'update'
      readonly update: number
      readonly epoch: number
      /** Of `batches` in the epoch, from 1. */
      readonly batch: number
      readonly batches: number
      /** Of the batch, as the original prints it: summed over its words; and for one word. */
      readonly cost: number
      readonly costPerWord: number
      readonly wordsPerSecond: number
      /** Seconds that are left by the speed so far. */
      readonly secondsLeft: number
    }
  | { readonly type: 'samples'; readonly update: number; readonly samples: readonly Sample[] }
  | { readonly type: 'evaluation'; readonly update: number; readonly best: boolean; readonly figures: Evaluation }
  | { readonly type: 'saved'; readonly update: number }
  | { readonly type: 'epoch'; readonly epoch: number; readonly update: number }

export interface SavedParts {
  readonly parameters: NamedArrays
  readonly moments: Moments
  readonly progress: Progress
  /** Whether these parameters are to be what the training is remembered by: always, but for those that were not the best evaluated. */
  readonly best: boolean
}

export interface Training<K extends TrainerKind> {
  readonly trainer: Updates<K>
  readonly examples: Examples<Batches[K]>
  readonly settings: LoopSettings
  /** Where to begin: `notStarted`, or the progress of a checkpoint whose parameters and moments the trainer has. */
  readonly progress: Progress
  readonly save?: (parts: SavedParts) => Promise<void>
  /** Both may ask for the parameters as they are now; they are read from the device only then. */
  readonly sample?: (rows: readonly number[], parameters: () => Promise<NamedArrays>) => Promise<readonly Sample[]>
  readonly evaluate?: (parameters: () => Promise<NamedArrays>) => Promise<Evaluation>
  readonly onEvent?: (event: TrainingEvent) => void
  /** Stops after the update under way; what was learnt is saved. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Trains to the end of the last epoch and resolves to the progress then.
 * @throws TrainingError where a cost is no number, with the batch's rows; AbortError where the signal stopped it, after a save
 */
export async function train<K extends TrainerKind>(training: Training<K>): Promise<Progress> {
  return new Run(training).toTheEnd()
}

class Run<K extends TrainerKind> {
  readonly #training: Training<K>
  #progress: Progress
  /** The update that was saved last. */
  #saved: number
  #evaluated = -1
  /** The parameters as they were read last. */
  #read: { readonly step: number; readonly parameters: Promise<NamedArrays> } | undefined
  readonly #began = { clock: performance.now(), words: 0, updates: 0 }

  constructor(training: Training<K>) {
    this.#training = training
    this.#progress = training.progress
    this.#saved = training.progress.step
  }

  async toTheEnd(): Promise<Progress> {
    const { settings, examples, progress } = this.#training
    await this.#makeRoom()
    for (let epoch = progress.epoch; epoch < settings.maxEpochs; epoch++) {
      const order = epochBatches(examples.lengths, { ...settings, seed: progress.seed }, epoch)
      await this.#epoch(epoch, order)
      this.#progress = { ...this.#progress, epoch: epoch + 1, batch: 0 }
      this.#training.onEvent?.({ type: 'epoch', epoch, update: this.#progress.step })
    }
    if (settings.validFreq > 0) await this.#evaluate()
    await this.#save(this.#isUnjudged())
    return this.#progress
  }

  /**
   * Has the trainer plan for the largest batch at once: how its kernels add up, and with it every last bit, must not depend on the
   * batches that came first, or a training that is resumed would take another way.
   */
  async #makeRoom(): Promise<void> {
    const { trainer, examples, settings } = this.#training
    for (const rows of examples.largest(settings.batchSize)) {
      await this.#stopIfAsked()
      const made = await examples.batch(rows)
      if (made !== undefined) await trainer.cost(made.batch)
    }
  }

  async #epoch(epoch: number, order: readonly (readonly number[])[]): Promise<void> {
    const { examples } = this.#training
    const make = (place: number) => {
      const rows = order[place]
      return rows === undefined ? undefined : examples.batch(rows)
    }
    const first = this.#progress.epoch === epoch ? this.#progress.batch : 0
    let coming = make(first)
    for (let place = first; place < order.length; place++) {
      await this.#stopIfAsked()
      const made = await coming
      // The next batch is made while the device works on this one.
      coming = make(place + 1)
      coming?.catch(() => undefined)
      this.#progress = { ...this.#progress, epoch, batch: place + 1 }
      if (made === undefined) continue
      await this.#update(made, order[place] ?? [], order.length)
    }
  }

  async #update(
    { batch, words }: { batch: Batches[K]; words: number },
    rows: readonly number[],
    batches: number,
  ): Promise<void> {
    const { trainer, settings } = this.#training
    const step = this.#progress.step + 1
    const due = (frequency: number): boolean => frequency > 0 && step % frequency === 0
    const cost = await trainer.update(batch, { cost: due(settings.dispFreq) }).catch(error => {
      throw withBatch(error, rows)
    })
    this.#count(words)
    if (due(settings.dispFreq)) this.#tell(cost, words, batches)
    if (due(settings.sampleFreq)) await this.#sample(rows)
    if (due(settings.validFreq)) await this.#evaluate()
    if (due(settings.saveFreq)) await this.#save(this.#isUnjudged())
  }

  #count(words: number): void {
    this.#began.words += words
    this.#began.updates++
    const { step, words: before } = this.#progress
    const seconds = this.#training.progress.seconds + this.#seconds()
    this.#progress = { ...this.#progress, step: step + 1, words: before + words, seconds }
  }

  /** Since this run began. */
  #seconds(): number {
    return (performance.now() - this.#began.clock) / 1000
  }

  #tell(cost: number, words: number, batches: number): void {
    const { step: update, epoch, batch } = this.#progress
    const { settings, onEvent } = this.#training
    const costPerWord = cost / words
    this.#progress = { ...this.#progress, cost: thinned([...this.#progress.cost, [update, costPerWord]]) }
    const seconds = this.#seconds()
    const left = (settings.maxEpochs - epoch) * batches - batch
    onEvent?.({
      ...{ type: 'update', update, epoch, batch, batches, cost, costPerWord },
      wordsPerSecond: this.#began.words / seconds,
      secondsLeft: (left * seconds) / this.#began.updates,
    })
  }

  async #sample(rows: readonly number[]): Promise<void> {
    const { sample, onEvent } = this.#training
    if (sample === undefined) return
    const samples = await sample(rows, () => this.#parameters())
    onEvent?.({ type: 'samples', update: this.#progress.step, samples })
  }

  /** Evaluates, and saves what is the best so far. */
  async #evaluate(): Promise<void> {
    const { evaluate, onEvent } = this.#training
    const { step, best } = this.#progress
    if (evaluate === undefined || this.#evaluated === step) return
    this.#evaluated = step
    const figures = await evaluate(() => this.#parameters())
    const { cost, recallSum } = figures
    const isBest = recallSum !== undefined && recallSum > (best ?? Number.NEGATIVE_INFINITY)
    const point = (value: number | undefined): CurvePoint[] => (value === undefined ? [] : [[step, value]])
    this.#progress = {
      ...this.#progress,
      heldOut: thinned([...this.#progress.heldOut, ...point(cost)]),
      recall: thinned([...this.#progress.recall, ...point(recallSum)]),
      ...(isBest && { best: recallSum }),
    }
    onEvent?.({ type: 'evaluation', update: step, best: isBest, figures })
    if (isBest) await this.#save(true)
  }

  /** Read from the device once, however many ask between two updates. */
  #parameters(): Promise<NamedArrays> {
    const { step } = this.#progress
    if (this.#read?.step !== step) this.#read = { step, parameters: this.#training.trainer.parameters() }
    return this.#read.parameters
  }

  /** Where nothing was judged by its recall yet, the newest parameters are the best. */
  #isUnjudged(): boolean {
    return this.#progress.best === undefined
  }

  async #save(best: boolean): Promise<void> {
    const { save, trainer, onEvent } = this.#training
    if (save === undefined) return
    const [parameters, moments] = [await this.#parameters(), await trainer.moments()]
    await save({ parameters, moments, progress: this.#progress, best })
    this.#saved = this.#progress.step
    onEvent?.({ type: 'saved', update: this.#progress.step })
  }

  async #stopIfAsked(): Promise<void> {
    const { signal } = this.#training
    if (!signal?.aborted) return
    if (this.#saved !== this.#progress.step) await this.#save(this.#isUnjudged())
    throw new AbortError('interrupted', { cause: signal.reason })
  }
}

/** The same error with the rows of the batch that brought it. */
const withBatch = (error: unknown, rows: readonly number[]): unknown =>
  error instanceof TrainingError ? new TrainingError({ ...error, rows }) : error
