// The library as Node's programs use it: models from folders and names, pictures in every form, vectors, styles, and errors that
// come before a device is opened.

import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ndarray from 'ndarray'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  DeviceError,
  FileError,
  InputError,
  loadTokenizer,
  meanVector,
  openWriter,
  type PictureInput,
  Storyteller,
} from '../lib/index.ts'
import { rejection } from './support/engine.ts'
import { original, picture, recorded, recordedRows, recordedStory, tiny, tinyBundle } from './support/tiny-model.ts'

interface Context {
  folder: string
  bundle: string
  teller: Storyteller
}

const test = suite<Context>('library')

test.before(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-library-'))
  process.env.STORYTELLER_HOME = join(context.folder, 'home')
  context.bundle = await tinyBundle(join(context.folder, 'home', 'bundles', 'small'))
  context.teller = await Storyteller.load(context.bundle)
})
test.after(async ({ folder, teller }) => {
  await teller.dispose()
  await rm(folder, { recursive: true, force: true })
})

const SHORT = { k: 3, bw: 2, maxlen: 5 } as const

test('a story, as the documents show it', async ({ teller }) => {
  const { story, captions } = await teller.tell(picture('mill'), { k: 5, bw: 5, lyric: false, style: 'romance' })
  assert.is(story, recordedStory('mill', 5, 5, 'romance'))
  const [top] = recorded
    .json<{ image: string; top100: number[] }[]>('top_captions.json')
    .filter(t => t.image === 'mill')
  assert.equal(
    captions.map(({ index }) => index),
    top?.top100.slice(0, 5),
  )
  assert.equal(Object.keys(captions[0] ?? {}), ['text', 'score', 'index'])
  assert.is(teller.model, 'weights')
  assert.equal(teller.styles, ['caption', 'romance', 'swift'])
  assert.equal(teller.notes, [])
  assert.ok((await teller.adapter()).length > 0)
})

test('pictures as a path, bytes, pixels and a preprocessed array are the same picture', async ({ teller }) => {
  const prepared = await teller.prepare(picture('harbour'))
  const bytes = new Uint8Array(await readFile(picture('harbour')))
  const forms: PictureInput[] = [picture('harbour'), bytes, prepared]
  const told = []
  for (const form of forms) told.push(await teller.captions(form, 3))
  assert.equal(told[1], told[0])
  assert.equal(told[2], told[0])
  const grey = { width: 300, height: 260, data: new Uint8ClampedArray(300 * 260 * 4).fill(255) }
  assert.is((await teller.captions(grey, 2)).length, 2)
})

test('arrays that are no preprocessed pictures are refused', async ({ teller }) => {
  const side = 224
  const data = new Float32Array(3 * side * side)
  const wrong: [PictureInput, RegExp][] = [
    [ndarray(data, [3, side, side]), /is \[1, 3, 224, 224\], this is \[3, 224, 224\]/],
    [ndarray(data, [1, side, side, 3]), /this is \[1, 224, 224, 3\]/],
    [ndarray(data, [1, 3, side, side]).transpose(0, 1, 3, 2), /in C order/],
    [ndarray(new Float64Array(data.length) as never, [1, 3, side, side]), /Float32Array/],
    [ndarray(new Float32Array(2 * data.length), [1, 3, side, side], undefined, data.length), /nothing else in it/],
  ]
  for (const [form, message] of wrong) {
    const error = await rejection(teller.tell(form, SHORT))
    assert.instance(error, InputError)
    assert.match(error.message, message)
  }
})

test('vectors of every space; uni and bi parts are those of the whole', async ({ teller }) => {
  const lines = ['a red boat .', 'the cow sleeps']
  const [skip, uni, bi, caption] = [
    await teller.encode(lines),
    await teller.encode(lines, { space: 'uni' }),
    await teller.encode(lines, { space: 'bi' }),
    await teller.encode(lines, { space: 'caption' }),
  ]
  assert.equal(
    [skip, uni, bi, caption].map(({ shape }) => shape),
    [
      [2, 32],
      [2, 18],
      [2, 14],
      [2, 26],
    ],
  )
  for (const row of [0, 1]) {
    const whole = skip.data.subarray(row * 32, (row + 1) * 32)
    assert.equal(uni.data.slice(row * 18, (row + 1) * 18), whole.slice(0, 18))
    assert.equal(bi.data.slice(row * 14, (row + 1) * 14), whole.slice(18))
  }
  const lengths = [uni.data.slice(0, 18), bi.data.slice(0, 14), caption.data.slice(0, 26)].map(part =>
    Math.hypot(...part),
  )
  for (const length of lengths) assert.ok(Math.abs(length - 1) < 1e-6)
  assert.ok(Math.abs(Math.hypot(...(await teller.encode(lines, { normalize: false })).data.slice(0, 18)) - 1) > 1e-3)
})

test('what cannot be encoded names its line; the end token makes it possible', async ({ teller }) => {
  for (const empty of ['', '  ', '\t']) {
    const error = await rejection(teller.encode(['a boat', empty]))
    assert.instance(error, InputError)
    assert.match(error.message, /^line 2 is empty/)
  }
  assert.equal((await teller.encode(['a boat', ''], { endToken: true })).shape, [2, 32])
  assert.match((await rejection(teller.encode([]))).message, /no sentences/)
  const request = { space: 'caption', normalize: false } as const
  assert.match((await rejection(teller.encode(['a boat'], request))).message, /caption vectors are unit vectors/)
})

test('a style is the mean of the passages that are long enough', async ({ teller }) => {
  const [short, long, other] = ['the cow sleeps', 'a boat runs near the river '.repeat(5), 'the man sits '.repeat(9)]
  const vector = await teller.style([short, long, other])
  const { data } = await teller.encode([long, other])
  assert.equal(vector, meanVector(data, 32))
  assert.equal(await teller.style([short], 5), meanVector((await teller.encode([short])).data, 32))
  assert.match((await rejection(teller.style([short]))).message, /none of the 1 passages has 100 characters or more/)
})

test('compat reads words with letters beyond ASCII as unknown', async ({ teller, bundle }) => {
  const lines = ['the café', 'the zyzzyvas']
  const rows = async (from: Storyteller) => {
    const { data } = await from.encode(lines)
    return [data.slice(0, 32), data.slice(32)]
  }
  const [café, unknown] = await rows(teller)
  assert.not.equal(café, unknown)
  const compat = await Storyteller.load(bundle, { compat: true })
  const [asUnknown, same] = await rows(compat)
  assert.equal(asUnknown, same)
  await compat.dispose()
})

test('a trace has every stage; scores and order are those of the captions', async ({ teller }) => {
  const { image, stages, scores, trace } = await teller.trace(picture('mill'), SHORT)
  assert.equal(image.shape, [1, 3, 224, 224])
  for (const name of ['pool1', 'pool2', 'pool3', 'pool4', 'pool5', 'fc6', 'fc7', 'prob'])
    assert.ok(stages[name] !== undefined, name)
  assert.is(scores.length, 200)
  const { captions, skipVectors, written, imageEmbedding, result } = trace
  for (const { index, score } of captions) assert.ok(Math.abs(score - (scores[index] ?? 2)) < 1e-6)
  assert.is(skipVectors.length, 3 * 32)
  assert.equal([written.shifted.length, written.state.length, imageEmbedding.length], [32, 22, 26])
  assert.is(result.story, result.hypotheses[0]?.text)
})

test('models: a folder of originals is converted once, a bundle of the cache goes by its name', async ({
  teller,
  folder,
}) => {
  const originals = join(folder, 'originals')
  await cp(join(tiny, 'weights'), originals, { recursive: true })
  const stages: string[] = []
  const first = await Storyteller.load(originals, { onProgress: ({ stage }) => stages.push(stage) })
  await first.dispose()
  assert.ok(stages.length > 0)
  const bundles = join(folder, 'home', 'bundles')
  const made = async () => {
    const names = (await readdir(bundles)).filter(name => name.startsWith('originals-'))
    return Promise.all(names.map(async name => [name, (await stat(join(bundles, name, 'manifest.json'))).mtimeMs]))
  }
  const before = await made()
  assert.is(before.length, 1)
  const second = await Storyteller.load(originals, { onProgress: ({ stage }) => assert.unreachable(stage) })
  assert.is(second.model, first.model)
  await second.dispose()
  assert.equal(await made(), before)
  const named = await Storyteller.load('small')
  assert.equal((await named.encode(['a boat'])).data, (await teller.encode(['a boat'])).data)
  await named.dispose()
})

test('the embedded model says what it is', async () => {
  const embedded = await Storyteller.load()
  assert.is(embedded.notes.length, 1)
  assert.ok(embedded.styles.includes('romance'))
  await embedded.dispose()
})

test('models that are none are refused by name', async ({ folder }) => {
  await writeFile(join(folder, 'file'), '')
  const cases: [string, RegExp][] = [
    ['nowhere', /^nowhere is neither a folder nor a bundle of the cache; .*"storyteller ls"/],
    [join(folder, 'nowhere'), /is neither a folder nor a bundle/],
    [join(folder, 'file'), /is not a folder/],
    [join(tiny, 'images'), /holds no weights of the original program/],
    ['../nowhere', /neither a folder nor a bundle/],
  ]
  for (const [model, message] of cases) assert.match((await rejection(Storyteller.load(model))).message, message)
})

test('an adapter that is not there: only when one is needed, and after the picture was read', async ({ bundle }) => {
  const teller = await Storyteller.load(bundle, { adapter: 'no-such-adapter' })
  assert.instance(await rejection(teller.tell(join(tiny, 'nothing.png'))), FileError)
  assert.match((await rejection(teller.tell(picture('mill'), { style: 'gothic' }))).message, /no style gothic/)
  const error = await rejection(teller.tell(picture('mill'), SHORT))
  assert.instance(error, DeviceError)
  assert.match(error.message, /"no-such-adapter"/)
  await teller.dispose()
})

test('memory is bounded: a budget that is too small is a typed error', async ({ bundle }) => {
  const teller = await Storyteller.load(bundle, { memoryLimit: 2 ** 20 })
  const error = await rejection(teller.tell(picture('mill'), SHORT))
  assert.instance(error, DeviceError)
  assert.match(error.message, /of the budget of 1 MiB/)
  await teller.dispose()
})

test('after dispose there is a typed error; disposing twice is harmless', async ({ bundle }) => {
  const teller = await Storyteller.load(bundle)
  await teller.captions(picture('mill'), 1)
  await teller.dispose()
  await teller.dispose()
  assert.instance(await rejection(teller.captions(picture('mill'), 1)), InputError)
})

test('a decoder by itself: of a bundle, or an original file', async ({ bundle }) => {
  const vectors = (await recordedRows('shift')).rows[0]?.subarray(2 * 32, 3 * 32) ?? new Float32Array()
  const text = async (model: string) => {
    const { writer, dispose } = await openWriter(model)
    const { hypotheses } = await writer.search({ vectors }, { width: 2, maxlen: 1000 })
    await dispose()
    return hypotheses.map(({ tokens }) => tokens)
  }
  assert.equal(await text(original('romance.npz')), await text(bundle))
  assert.not.equal(await text(original('romance_doutput.npz')), await text(bundle))
  assert.match((await rejection(openWriter(original('nothing.npz')))).message, /nothing\.npz: there is no such file/)
  assert.match((await rejection(openWriter(original('uni_skip.npz')))).message, /is not a decoder/)
})

test('words of a model, and of the built-in splitter', async ({ bundle }) => {
  const text = "The man doesn't wait. He's asleep."
  const expected = ['The', 'man', 'does', "n't", 'wait', '.', 'He', "'s", 'asleep', '.']
  for (const model of [undefined, bundle]) assert.equal((await loadTokenizer(model))(text), expected)
})

test.run()
