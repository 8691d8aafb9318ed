// The loop with a trainer that only counts: what is asked of it and when, what is saved, and that a training that was stopped goes on
// with the very batches that it would have had.

import ndarray from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError } from '../../lib/core/errors.ts'
import { TrainingError } from '../../lib/train/errors.ts'
import type { Examples } from '../../lib/train/examples.ts'
import { type LoopSettings, type SavedParts, type Training, type TrainingEvent, train } from '../../lib/train/loop.ts'
import { notStarted, type Progress } from '../../lib/train/progress.ts'
import type { DecoderBatch, NamedArrays } from '../../lib/train/types.ts'
import { rejection } from '../support/engine.ts'

const start: Progress = notStarted({
  ...{ kind: 'decoder', seed: 3, data: 'a'.repeat(64), compat: false },
  machine: { adapter: 'test', kernels: [] },
})
const never: LoopSettings = {
  ...{ batchSize: 2, maxlen: 10, maxEpochs: 2 },
  ...{ dispFreq: 0, sampleFreq: 0, validFreq: 0, saveFreq: 0 },
}
/** Nine rows of three lengths and one that is too long: five batches an epoch. */
const lengths = [3, 3, 3, 3, 3, 4, 4, 5, 5, 12]

/** A trainer that notes the rows of each batch, whose parameter is the number of updates. */
class Counting {
  readonly rows: number[][] = []
  readonly costs: boolean[] = []
  readonly largest: number[][] = []
  reads = 0
  failAt = 0
  done: number
  constructor(done = 0) {
    this.done = done
  }
  async update({ x }: DecoderBatch, { cost = true }: { cost?: boolean } = {}): Promise<number> {
    this.rows.push(Array.from(x.data, Number))
    this.costs.push(cost)
    this.done++
    if (this.done === this.failAt) throw new TrainingError({ update: this.done, cost: Number.NaN, tensor: 'decoder_U' })
    return cost ? this.done : Number.NaN
  }
  async cost({ x }: DecoderBatch): Promise<number> {
    this.largest.push(Array.from(x.data, Number))
    return 0
  }
  async parameters(): Promise<NamedArrays> {
    this.reads++
    return { count: ndarray(Float32Array.of(this.done), [1]) }
  }
  async moments() {
    return { m: {}, v: {}, step: this.done }
  }
}

/** Batches that hold the numbers of their rows; row 8 must be left out. */
const examples: Examples<DecoderBatch> = {
  lengths,
  async batch(rows) {
    const kept = rows.filter(row => row !== 8)
    const x = ndarray(Int32Array.from(kept), [1, kept.length])
    return kept.length === 0 ? undefined : { batch: { x, mask: x, ctx: x }, words: 2 * kept.length }
  },
  largest: () => [[7], [8], [0, 1]],
}

async function run(trainer: Counting, more: Partial<Training<'decoder'>>, settings: Partial<LoopSettings> = {}) {
  const events: TrainingEvent[] = []
  const saved: SavedParts[] = []
  const given = { trainer, examples, settings: { ...never, ...settings }, progress: start }
  const save = async (parts: SavedParts) => void saved.push(parts)
  const ended = train<'decoder'>({ ...given, save, onEvent: event => events.push(event), ...more })
  return { ended, events, saved }
}

test('every row once an epoch, nothing read but at the end', async () => {
  const trainer = new Counting()
  const { ended, saved } = await run(trainer, {})
  const progress = await ended
  const expected = [0, 1, 2, 3, 4, 5, 6, 7]
  for (const half of [trainer.rows.slice(0, 5), trainer.rows.slice(5)]) assert.equal(half.flat().sort(), expected)
  assert.ok(trainer.costs.every(cost => !cost))
  assert.is(trainer.reads, 1)
  assert.equal(
    saved.map(({ progress: { step, epoch, batch } }) => [step, epoch, batch]),
    [[trainer.rows.length, 2, 0]],
  )
  assert.is(progress.words, 32)
  assert.equal(trainer.largest, [[7], [0, 1]], 'room was not made for the largest batches')
})

test('costs, samples, evaluations and saves come when they are due, parameters are read once for all', async () => {
  const trainer = new Counting()
  const sampled: number[][] = []
  const { ended, events } = await run(
    trainer,
    {
      sample: async rows => {
        sampled.push([...rows])
        return [{ truth: 'a', sample: 'b' }]
      },
      evaluate: async parameters => ({ cost: (await parameters()).count?.data[0] }),
    },
    { dispFreq: 2, sampleFreq: 3, validFreq: 3, saveFreq: 3, maxEpochs: 1 },
  )
  const progress = await ended
  const at = (type: TrainingEvent['type']) =>
    events.flatMap(event => (event.type === type && 'update' in event ? [event.update] : []))
  assert.equal(at('update'), [2, 4])
  assert.equal(at('samples'), [3])
  assert.equal(at('evaluation'), [3, 5])
  assert.equal(at('saved'), [3, 5])
  assert.is(trainer.reads, 2)
  assert.equal(progress.heldOut, [
    [3, 3],
    [5, 5],
  ])
  assert.equal(
    progress.cost.map(([update]) => update),
    [2, 4],
  )
  assert.is(sampled.length, 1)
})

test('a training that goes on from any save has the batches that it would have had', async () => {
  const whole = new Counting()
  const { ended, saved } = await run(whole, {}, { saveFreq: 1, dispFreq: 1, maxEpochs: 3 })
  const end = await ended
  assert.ok(saved.length > 12)
  for (const { progress } of saved) {
    const rest = new Counting(progress.step)
    const again = await run(rest, { progress: JSON.parse(JSON.stringify(progress)) }, { dispFreq: 1, maxEpochs: 3 })
    const { seconds: _, ...resumed } = await again.ended
    const { seconds: __, ...expected } = end
    assert.equal(resumed, expected, `from update ${progress.step}`)
    assert.equal(rest.rows, whole.rows.slice(progress.step))
  }
})

test('only better recalls take the place of the best', async () => {
  const sums = [10, 30, 20, 30, 40]
  const { ended, saved, events } = await run(
    new Counting(),
    { evaluate: async () => ({ recallSum: sums.shift() ?? 0 }) },
    { validFreq: 1, saveFreq: 2, maxEpochs: 1 },
  )
  assert.is((await ended).best, 40)
  assert.equal(
    saved.map(({ best, progress: { step } }) => [step, best]),
    [
      [1, true],
      [2, true],
      [2, false],
      [4, false],
      [5, true],
      [5, false],
    ],
  )
  assert.equal(
    events.flatMap(event => (event.type === 'evaluation' ? [event.best] : [])),
    [true, true, false, false, true],
  )
})

test('the signal stops after the update under way, and what was learnt is saved', async () => {
  const stop = new AbortController()
  const trainer = new Counting()
  const { ended, saved } = await run(
    trainer,
    { signal: stop.signal, onEvent: event => event.type === 'update' && event.update === 3 && stop.abort() },
    { dispFreq: 1 },
  )
  assert.instance(await rejection(ended), AbortError)
  assert.is(trainer.done, 3)
  assert.equal(
    saved.map(({ progress }) => progress.step),
    [3],
  )
})

test('a cost that is no number names update, batch and tensor; nothing is saved after it', async () => {
  const trainer = new Counting()
  trainer.failAt = 4
  const { ended, saved } = await run(trainer, {}, { saveFreq: 3 })
  const error = await rejection(ended)
  assert.match(error.message, /update 4 with the rows .*: the cost is NaN and decoder_U is not finite/)
  assert.match(error.message, new RegExp(`rows ${trainer.rows[3]?.[0]}`))
  assert.equal(
    saved.map(({ progress }) => progress.step),
    [3],
  )
})

test.run()
