// Whole trainings from their requests to their files: that they learn, that one that was stopped goes on bit for bit, that a
// checkpoint of the original's is continued with its Adam, and what is refused.

import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import ndarray from 'ndarray'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError, InputError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import {
  Checkpoint,
  type DecoderRequest,
  Trainer,
  TrainingError,
  type TrainingEvent,
  tableOf,
  trainDecoder,
  trainEmbedding,
  trainSkipThoughts,
} from '../../lib/train/index.ts'
import { rejection } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { testDevice } from '../support/gpu.ts'
import { smallContexts, smallText } from '../support/small-text.ts'

const test = suite('trainings')
const device = await testDevice()
const { folder, remove } = await temporaryFolder()
test.after(remove)

const DIM = 6
const passages = (texts: readonly string[]) => ({
  texts,
  contexts: tableOf(ndarray(smallContexts(texts, DIM), [texts.length, DIM])),
})
const OPTIONS = { dim: 12, dim_word: 8, batch_size: 4, max_epochs: 3, lrate: 0.01, sampleFreq: 0 }

const request = (name: string, more: Partial<DecoderRequest> = {}): DecoderRequest => ({
  ...{ out: join(folder, name, 'small.npz'), passages: passages(smallText(40)), options: OPTIONS, device, seed: 5 },
  ...more,
})

test('a decoder learns; its files are there; costs, samples and the held-out text are told', async () => {
  const events: TrainingEvent[] = []
  const { progress, files } = await trainDecoder(
    request('decoder', {
      heldOut: passages(smallText(6, 2)),
      options: { ...OPTIONS, max_epochs: 5, sampleFreq: 30, validFreq: 30 },
      onEvent: event => events.push(event),
    }),
  )
  const [[, first] = [0, 0], [, last] = [0, 0]] = [progress.cost[0], progress.cost.at(-1)]
  assert.ok((last ?? 9) < 0.6 * (first ?? 0), `${first} → ${last}`)
  assert.ok((progress.heldOut.at(-1)?.[1] ?? 9) < (progress.heldOut[0]?.[1] ?? 0))
  const sampled = events.flatMap(event => (event.type === 'samples' ? event.samples : []))
  assert.ok(sampled.length > 0 && sampled.every(({ truth }) => truth.endsWith('.')))
  assert.equal(files.map(file => file.slice(join(folder, 'decoder').length + 1)).sort(), [
    'small.html',
    'small.npz',
    'small.npz.pkl',
    'small.npz.state',
    'small_dictionary.pkl',
  ])
  assert.match(await readFile(join(folder, 'decoder', 'small.html'), 'utf8'), /<polyline/)
})

test('a training that was stopped goes on bit for bit, with its options', async () => {
  await trainDecoder(request('whole'))
  const cut = request('cut')
  for (const updates of [3, 2, 7]) {
    const stop = new AbortController()
    let seen = 0
    const onEvent = (event: TrainingEvent) => event.type === 'update' && ++seen === updates && stop.abort()
    const reload = updates !== 3
    const options = reload ? {} : OPTIONS
    const error = await rejection(trainDecoder({ ...cut, options, reload, onEvent, signal: stop.signal }))
    assert.instance(error, AbortError)
  }
  const { progress } = await trainDecoder({ ...cut, options: {}, reload: true })
  assert.is(progress.step, 39)
  assert.equal(await readFile(join(folder, 'cut', 'small.npz')), await readFile(join(folder, 'whole', 'small.npz')))
  const { resumable } = await new Checkpoint(cut.out).open()
  const whole = await new Checkpoint(join(folder, 'whole', 'small.npz')).open()
  for (const [name, { data }] of Object.entries(whole.resumable?.moments.v ?? {}))
    assert.equal(resumable?.moments.v[name]?.data, data, name)
  assert.equal(resumable?.progress.cost, whole.resumable?.progress.cost)
})

test('a checkpoint of the original’s is continued with its Adam, moments zero, epochs anew', async () => {
  const asked = request('original')
  await trainDecoder({ ...asked, options: { ...OPTIONS, lrate: 0.0002 } })
  await rm(`${asked.out}.state`)
  const before = await new Checkpoint(asked.out).open()
  const notes: string[] = []
  const stop = new AbortController()
  const onEvent = (event: TrainingEvent) => event.type === 'update' && stop.abort()
  const onNote = (note: string) => notes.push(note)
  await rejection(trainDecoder({ ...asked, options: {}, reload: true, onEvent, onNote, signal: stop.signal }))
  assert.match(notes.join('\n'), /has no state/)
  const after = await new Checkpoint(asked.out).open()
  assert.is(after.resumable?.progress.compat, true)
  assert.equal([after.resumable?.progress.step, after.resumable?.progress.epoch], [1, 0])
  // The original's first step is about 3.5 lr where there is a gradient, the textbook's 1.
  const moved = Object.entries(before.parameters).flatMap(([name, { data }]) =>
    Array.from(data, (value, i) => Math.abs((after.parameters[name]?.data[i] ?? 0) - value)),
  )
  assert.ok(Math.abs(Math.max(...moved) / 0.0002 - 3.51) < 0.02, `${Math.max(...moved)}`)
})

test('what does not fit a checkpoint is refused', async () => {
  const asked = request('whole', { reload: true })
  const message = async (more: Partial<DecoderRequest>) => {
    const error = await rejection(trainDecoder({ ...asked, ...more }))
    assert.instance(error, InputError)
    return error.message
  }
  assert.match(await message({ passages: passages(smallText(40, 3).slice(0, 30)) }), /was trained on other text/)
  assert.match(await message({ options: { batch_size: 5 } }), /batch_size/)
  assert.match(await message({ options: { dim: 13 } }), /dim is 13/)
  assert.match(await message({ seed: 6 }), /begun with seed 5/)
  assert.match(await message({ compat: true }), /begun with compat false/)
  assert.match(await message({ passages: passages(['the captain sings .']) }), /no word "sings"/)
  const skip = { out: asked.out, reload: true, device, sentences: smallText(9) }
  assert.match((await rejection(trainSkipThoughts(skip))).message, /is the checkpoint of a decoder/)
})

test('numbers that are none stop the training with update, batch and tensor named', async () => {
  const error = await rejection(trainDecoder(request('spoilt', { options: { ...OPTIONS, lrate: 1e39 } })))
  assert.instance(error, TrainingError)
  assert.match(
    error.message,
    /update \d+ with the rows \d+(, \d+)*: the cost is .* and the gradient of \S+ is not finite/,
  )
})

test('nothing to train on, and names that are none', async () => {
  const message = async (more: Partial<DecoderRequest>) =>
    (await rejection(trainDecoder(request('none', more)))).message
  assert.match(await message({ passages: passages([]) }), /nothing to train a decoder on/)
  assert.match(await message({ options: { maxlen_w: 3 } }), /none of the 40 passages has fewer than 3 words/)
  assert.match(await message({ out: join(folder, 'small') }), /is not named so/)
  assert.match(
    (await rejection(trainSkipThoughts({ out: join(folder, 'a.npz'), device, sentences: ['a', 'b'] }))).message,
    /three or more/,
  )
  const odd = {
    out: join(folder, 'b.npz'),
    device,
    sentences: smallText(9),
    encoder: 'bi',
    options: { dim: 5 },
  } as const
  assert.match((await rejection(trainSkipThoughts(odd))).message, /even number/)
})

test('encoders of both kinds share a folder and the words of one', async () => {
  const sentences = smallText(30)
  const options = { dim: 8, dim_word: 6, batch_size: 8, max_epochs: 2, lrate: 0.01 }
  const at = (name: string) => join(folder, 'encoders', `${name}.npz`)
  const uni = await trainSkipThoughts({ out: at('uni_skip'), sentences, options, device, heldOut: smallText(9, 4) })
  // The first encoder's words are those of the held-out text, too.
  const dictionary = at('uni_skip').replace('.npz', '_dictionary.pkl')
  await trainSkipThoughts({ out: at('bi_skip'), sentences, options, device, encoder: 'bi', dictionary })
  assert.ok(uni.files.some(file => file.endsWith('utable.npy')))
  const { options: stated, parameters } = await new Checkpoint(at('bi_skip')).open()
  assert.is(stated.get('dim'), 4)
  assert.equal(parameters.encoder_r_U?.shape, [4, 8])
  const more = { ...options, max_epochs: 3 }
  const { progress } = await trainSkipThoughts({ out: at('bi_skip'), sentences, options: more, device, reload: true })
  assert.is(progress.epoch, 3)
  const other = await rejection(trainSkipThoughts({ out: at('uni2'), sentences: smallText(3), options, device }))
  assert.match(other.message, /has the words of another encoder/)
})

test('an embedding keeps the parameters that found most, beside its newest state', async () => {
  const random = new Random(6)
  const kinds = ['cat', 'dog', 'boat']
  const places = kinds.map(() => random.floats(7))
  const pictures = (count: number) => {
    const of = Array.from({ length: count }, (_, i) => i % kinds.length)
    const data = Float32Array.from(of.flatMap(kind => [...(places[kind] ?? [])].map(x => x + 0.1 * random.uniform())))
    const captions = of.map(kind => ['a small', 'one big', 'the red'].map(start => `${start} ${kinds[kind]} .`))
    return { captions, features: tableOf(ndarray(data, [count, 7])) }
  }
  for (const encoder of ['gru', 'bow'] as const) {
    const sums: number[] = []
    const { progress } = await trainEmbedding({
      ...{ out: join(folder, encoder, 'emb.npz'), device, encoder, pictures: pictures(20), development: pictures(6) },
      options: { dim: 10, dim_word: 8, batch_size: 10, max_epochs: 4, lrate: 0.01, validFreq: 5, dispFreq: 5 },
      onEvent: event => event.type === 'evaluation' && sums.push(event.figures.recallSum ?? 0),
    })
    assert.ok(sums.length > 3)
    assert.is(progress.best, Math.max(...sums))
    const { options, parameters } = await new Checkpoint(join(folder, encoder, 'emb.npz')).open()
    assert.equal([options.get('dim_image'), options.get('n_words')], [7, parameters.Wemb?.shape[0]])
  }
})

test('the trainer of a saved checkpoint has its parameters, moments and step', async () => {
  const { parameters, resumable } = await new Checkpoint(join(folder, 'whole', 'small.npz')).open()
  const trainer = await Trainer.create('decoder', {}, parameters, {
    device,
    ...(resumable && { moments: resumable.moments }),
  })
  assert.is(trainer.step, 39)
  const now = await trainer.moments()
  for (const [name, { data }] of Object.entries(resumable?.moments.m ?? {})) assert.equal(now.m[name]?.data, data, name)
  await trainer.dispose()
})

test.run()
