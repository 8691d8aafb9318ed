// The whole way on the tiny model: what the options do, in which order things are told, and that stopping at any stage leaves the
// storyteller as it was.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ndarray, { type NdArray } from 'ndarray'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError, InputError, UsageError } from '../../lib/core/errors.ts'
import type { Device } from '../../lib/gpu/device.ts'
import { openDevice } from '../../lib/gpu/open.node.ts'
import { loadPicture } from '../../lib/image/load.node.ts'
import { openBundle } from '../../lib/io/bundle.ts'
import { folderFiles } from '../../lib/io/bundle-files.node.ts'
import { encodeNpy, readVectors } from '../../lib/io/npy.node.ts'
import { BundleStages } from '../../lib/story/bundle-stages.ts'
import type { CaptionIndex } from '../../lib/story/caption-index.ts'
import type { PictureEncoder } from '../../lib/story/picture-encoder.ts'
import { oneVector } from '../../lib/story/styles.ts'
import type { TellOptions } from '../../lib/story/tell-options.ts'
import { type Stages, type Story, type StoryEvent, Teller } from '../../lib/story/teller.ts'
import { StorytellerBase } from '../../lib/storyteller.ts'
import { Opened, rejection } from '../support/engine.ts'
import { picture, recordedRows, recordedStory, tinyBundle } from '../support/tiny-model.ts'

interface Context {
  folder: string
  bundle: string
  stages: BundleStages
  teller: Teller
  image: NdArray<Float32Array>
  /** What VGG-19 makes of it. */
  feature: Float32Array
}

const test = suite<Context>('teller')

async function openStages(folder: string, open: () => Promise<Device> = () => openDevice()): Promise<BundleStages> {
  const readVector = async (path: string) => oneVector(await readVectors(path), path)
  return new BundleStages(await openBundle(folderFiles(folder)), open, { compat: true, readVector })
}

/** These stages without VGG-19, which takes longest and is not what is tested here: the picture was seen before. */
function seen(stages: BundleStages, feature: Float32Array): Stages {
  const pictures = () => {
    const real = stages.pictures()
    return { feature: async () => feature, embed: real.embed.bind(real) } as unknown as PictureEncoder
  }
  return {
    pictures,
    captions: task => stages.captions(task),
    sentences: () => stages.sentences(),
    writer: () => stages.writer(),
    tokenizer: () => stages.tokenizer(),
    style: name => stages.style(name),
  }
}

test.before(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-teller-'))
  context.bundle = await tinyBundle(join(context.folder, 'tiny'))
  context.stages = await openStages(context.bundle)
  context.image = await loadPicture(picture('mill'), { compat: true })
  context.feature = await context.stages.pictures().feature(context.image)
  context.teller = new Teller(seen(context.stages, context.feature))
})
test.after(async ({ folder, stages }) => {
  await stages.dispose()
  await rm(folder, { recursive: true, force: true })
})

const SMALL = { k: 5, bw: 5 } as const
const untimed = ({ timings: _, ...story }: Story) => story

const told = (k: number, bw: number, style: string) => recordedStory('mill', k, bw, style)

test('k, beam width and style give the recorded stories; n gives more of them, cheapest first', async ({
  teller,
  image,
}) => {
  for (const style of ['romance', 'swift']) {
    const story = await teller.tell(image, { ...SMALL, style, n: 4 })
    assert.is(story.story, told(5, 5, style))
    assert.is(story.captions.length, 5)
    assert.is(story.lines, undefined)
    assert.is(story.hypotheses.length, 4)
    assert.is(story.hypotheses[0]?.text, story.story)
    const costs = story.hypotheses.map(({ cost }) => cost)
    assert.equal(
      costs,
      [...costs].sort((a, b) => a - b),
    )
    assert.equal(Object.keys(story.timings), ['vgg19', 'embedding', 'captions', 'sentences', 'story'])
  }
  assert.is((await teller.tell(image, { ...SMALL, n: 200 })).hypotheses.length, 5)
})

test('lyric: lines between commas; the story itself stays whole', async ({ teller, image }) => {
  const { story, lines } = await teller.tell(image, { k: 100, bw: 5, lyric: true })
  assert.is(story, told(100, 5, 'romance'))
  assert.ok(story.startsWith(', '))
  assert.equal(lines, [story.slice(2)])
})

test('more captions than there are: all of them', async ({ teller, image }) => {
  const { captions } = await teller.tell(image, { ...SMALL, k: 1000, maxlen: 1 })
  assert.is(captions.length, 200)
  assert.is(new Set(captions.map(({ index }) => index)).size, 200)
  assert.is((await teller.captions(image, 1_000_000)).length, 200)
})

test('maxlen 1: the only word is the one that is left out', async ({ teller, image }) => {
  const { story, hypotheses } = await teller.tell(image, { ...SMALL, maxlen: 1 })
  assert.is(story, '')
  assert.is(hypotheses[0]?.tokens.length, 1)
})

test('styles: none shifts nothing, mixtures add up, files count like names', async ({
  teller,
  image,
  folder,
  stages,
}) => {
  const shift = async (style: string) => (await teller.trace(image, { ...SMALL, maxlen: 1, style })).written.shifted
  const [none, romance, swift] = [await shift('none'), await shift('romance'), await shift('swift')]
  const expected = (await recordedRows('skip_mean')).rows[3] ?? new Float32Array()
  for (const [i, value] of none.entries()) assert.ok(Math.abs(value - (expected[i] ?? Number.NaN)) < 1e-5)
  const caption = await stages.style('caption')
  const file = join(folder, 'swift copy.npy')
  await writeFile(file, encodeNpy(ndarray(await stages.style('swift'), [1, 32])))
  const mixed = await shift(`romance*0.75+${file}*-0.25`)
  for (const [i, value] of mixed.entries()) {
    const [n = 0, r = 0, s = 0, c = 0] = [none[i], romance[i], swift[i], caption[i]]
    const wanted = n - c + 0.75 * (r - n + c) - 0.25 * (s - n + c)
    assert.ok(Math.abs(value - wanted) < 2e-6, `number ${i}: ${value}, not ${wanted}`)
  }
})

test('sampling: the seed repeats the story, whatever is drawn beside it', async ({ teller, image }) => {
  const draw = (options: TellOptions) => teller.tell(image, { k: 5, maxlen: 20, sample: true, ...options })
  const one = await draw({ seed: 7 })
  assert.equal(untimed(await draw({ seed: 7 })), untimed(one))
  const three = await draw({ seed: 7, n: 3 })
  assert.is(three.story, one.story)
  assert.is(three.hypotheses.length, 3)
  assert.not.equal((await draw({ seed: 8 })).story, one.story)
  const [cold, colder] = [await draw({ temperature: 0 }), await draw({ temperature: 0, seed: 99 })]
  assert.is(cold.story, colder.story)
})

test('events: stages, captions, the search as it goes on, the story', async ({ stages, image }) => {
  const base = new StorytellerBase({ stages, notes: [], loadPicture: () => Promise.reject(new Error('no files here')) })
  const events: StoryEvent[] = []
  for await (const event of base.stream(image, SMALL)) events.push(event)
  const types = events.map(({ type }) => type)
  assert.is(types.filter(type => type === 'captions').length, 1)
  assert.is(types.filter(type => type === 'story').length, 1)
  assert.is(types.at(-1), 'story')
  assert.ok(types.indexOf('captions') < types.indexOf('beam'))
  const beams = events.flatMap(event => (event.type === 'beam' ? [event] : []))
  assert.ok(beams.length >= 2)
  for (const [i, { steps, live, finished, bestCost }] of beams.entries()) {
    assert.ok(steps > (beams[i - 1]?.steps ?? 0))
    assert.ok(live + finished <= SMALL.bw && finished >= (beams[i - 1]?.finished ?? 0))
    assert.is(bestCost === undefined, finished === 0)
  }
  const last = events.at(-1)
  if (last?.type !== 'story') throw new Error('the last event is no story')
  assert.equal(untimed(last.story), untimed(await base.tell(image, SMALL)))
  assert.ok(Math.abs((beams.at(-1)?.bestCost ?? 0) - (last.story.hypotheses[0]?.cost ?? 1)) < 1e-6)
})

test('a stream that nobody reads on stops the story', async ({ stages, image }) => {
  const base = new StorytellerBase({ stages, notes: [], loadPicture: () => Promise.reject(new Error('no files here')) })
  const seen: string[] = []
  for await (const { type } of base.stream(image, SMALL)) {
    seen.push(type)
    if (type === 'beam') break
  }
  assert.is(seen.at(-1), 'beam')
  assert.is((await base.tell(image, SMALL)).story, told(5, 5, 'romance'))
})

/** Tells with a signal that is given as soon as `when` says so. */
async function stopped(
  teller: Teller,
  image: NdArray<Float32Array>,
  when: (event: StoryEvent) => boolean,
): Promise<Error> {
  const stop = new AbortController()
  const heard: StoryEvent[] = []
  const error = await rejection(
    teller.trace(image, { ...SMALL, signal: stop.signal }, event => {
      heard.push(event)
      if (when(event)) stop.abort(new Error('enough'))
    }),
  )
  assert.ok(heard.some(when), 'it never came to that')
  assert.is(heard.at(-1)?.type === 'story', false)
  return error
}

test('stopped at any stage: a typed error, nothing left on the device, and the next story is the same', async ({
  bundle,
  image,
  feature,
}) => {
  const stages = await openStages(bundle)
  const teller = new Teller(seen(stages, feature))
  const stage = (name: string) => (event: StoryEvent) => event.type === 'stage' && event.stage === name
  assert.is((await stopped(teller, image, stage('weights'))).name, 'AbortError')
  const expected = untimed(await teller.tell(image, SMALL))
  const { memory } = (await stages.engine.weights()).device
  const held = memory.used
  const moments = [
    stage('sentences'),
    stage('words'),
    ...(['captions', 'beam'] as const).map(type => (e: StoryEvent) => e.type === type),
  ]
  for (const when of moments) {
    const error = await stopped(teller, image, when)
    assert.instance(error, AbortError)
    assert.is((error.cause as Error).message, 'enough')
    assert.is(memory.used, held)
    assert.equal(untimed(await teller.tell(image, SMALL)), expected)
    assert.is(memory.used, held)
  }
  assert.instance(await rejection(teller.tell(image, { ...SMALL, signal: AbortSignal.abort() })), AbortError)
  await stages.dispose()
})

test('stories told at once are those told one by one, and one that is stopped leaves the others', async ({
  bundle,
  image,
  feature,
}) => {
  const stages = await openStages(bundle)
  const teller = new Teller(seen(stages, feature))
  const stop = new AbortController()
  const styles = ['romance', 'swift', 'romance']
  const others: Promise<Story>[] = []
  // The others begin when the first is alone at loading weights: only who makes a plan hears of them.
  const onProgress = ({ stage }: { readonly stage: string }) => {
    if (stage !== 'weights' || stop.signal.aborted) return
    others.push(...styles.map(style => teller.tell(image, { ...SMALL, style })))
    stop.abort()
  }
  const doomed = rejection(teller.tell(image, { ...SMALL, signal: stop.signal, onProgress }))
  assert.instance(await doomed, AbortError)
  assert.equal(
    (await Promise.all(others)).map(({ story }) => story),
    styles.map(style => told(5, 5, style)),
  )
  await stages.dispose()
})

test('what can be found wrong is told before a device is opened', async ({ bundle, image, folder }) => {
  const stages = await openStages(bundle, () => Promise.reject(new Opened()))
  const teller = new Teller(stages)
  const short = join(folder, 'short.npy')
  await writeFile(short, encodeNpy(ndarray(new Float32Array(3), [3])))
  const cases: [TellOptions, RegExp][] = [
    [{ k: 0 }, /^k, the number of captions, is 0; it must be a whole number from 1 to 1000$/],
    [{ k: 1001 }, /is 1001/],
    [{ bw: 201 }, /^bw, the beam width, is 201; .* from 1 to 200$/],
    [{ bw: 1.5 }, /is 1\.5/],
    [{ maxlen: 0 }, /^maxlen is 0/],
    [{ n: 201 }, /^n, the number of stories, is 201/],
    [{ temperature: -0.1 }, /^temperature is -0\.1; it must be a number of 0 or more$/],
    [{ temperature: Number.POSITIVE_INFINITY }, /temperature is Infinity/],
    [{ seed: 2 ** 32 }, /^seed is 4294967296; it must be a whole number from 0 to 4294967295$/],
    [{ style: 'gothic' }, /has no style gothic; it has caption, romance, swift$/],
    [{ style: short }, /the positive style has 3 numbers, the decoder takes 32; use a style made for this model/],
    [{ style: join(folder, 'nowhere.npy') }, /nowhere\.npy: there is no such file; check the path/],
  ]
  for (const [options, message] of cases) {
    const error = await rejection(teller.tell(image, options))
    assert.is(error instanceof Opened, false, `${JSON.stringify(options)} opened a device`)
    assert.match(error.message, message)
  }
  assert.instance(await rejection(teller.tell(image, { style: 'romance*' })), UsageError)
  assert.instance(await rejection(teller.captions(image, 0)), InputError)
  assert.instance(await rejection(teller.tell(image, { bw: undefined, k: undefined } as TellOptions)), Opened)
  await stages.dispose()
})

test('nearest captions that are all empty are told', async ({ stages, image, feature }) => {
  const nearest = async () => [{ text: ' ', score: 1, index: 0 }]
  const empty: Stages = { ...seen(stages, feature), captions: async () => ({ nearest }) as unknown as CaptionIndex }
  const error = await rejection(new Teller(empty).tell(image, SMALL))
  assert.instance(error, InputError)
  assert.match(error.message, /all of the nearest captions are empty/)
})

test.run()
