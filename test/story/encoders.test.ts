// Sentences and captions into vectors: the same ones whatever they are batched with, in whatever order they come.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import { CaptionEncoder } from '../../lib/story/caption-encoder.ts'
import type { Engine } from '../../lib/story/engine.ts'
import { SentenceEncoder } from '../../lib/story/sentence-encoder.ts'
import { embeddingRows } from '../reference/embedding-rows.ts'
import { l2Normalize } from '../reference/l2-normalize.ts'
import { segmentSum } from '../reference/segment-sum.ts'
import { closedEngine, engineWith, rejection } from '../support/engine.ts'
import { array, assertClose, floats } from '../support/op-case.ts'

const [UNI, BI, DIM_WORD, ROWS] = [10, 6, 4, 50] as const
const OPTIONS = { uni: { dim: UNI, dimWord: DIM_WORD }, bi: { dim: BI, dimWord: DIM_WORD } }
const EMBEDDING = { dim: 8, dimWord: 8, dimImage: 5, nWords: 40, encoder: 'gru' } as const

const random = new Random(21)
const table = floats(random, 1, ROWS, DIM_WORD)
const gru = (name: string, units: number, width: number) => ({
  [`${name}.W`]: floats(random, 1, 3 * units, width),
  [`${name}.b`]: floats(random, 1, 3 * units),
  [`${name}.U`]: floats(random, 0.5, 3 * units, units),
})
const weights = {
  ...gru('uni-skip/encoder', UNI, DIM_WORD),
  ...gru('bi-skip/forward', BI, DIM_WORD),
  ...gru('bi-skip/backward', BI, DIM_WORD),
  ...gru('embedding/encoder', EMBEDDING.dim, EMBEDDING.dimWord),
  'embedding/words': floats(random, 1, EMBEDDING.nWords, EMBEDDING.dimWord),
}

const rowsOf = async (rows: readonly number[]): Promise<Float32Array> =>
  Float32Array.from(rows.flatMap(row => [...table.data.subarray(row * DIM_WORD, (row + 1) * DIM_WORD)]))
/** Words are numbers here. */
const tables = { row: (word: string) => (word === '<eos>' ? 0 : Number(word)), uni: rowsOf, bi: rowsOf }
const ids = (caption: string): number[] => [...caption.split(' ').filter(Boolean).map(Number), 0]

interface Context {
  engine: Engine
  sentences: SentenceEncoder
  captions: CaptionEncoder
}

const test = suite<Context>('encoders')
test.before(context => {
  context.engine = engineWith(weights)
  context.sentences = new SentenceEncoder(context.engine, OPTIONS, tables)
  context.captions = new CaptionEncoder(context.engine, EMBEDDING, ids)
})
test.after(({ engine }) => engine.dispose())

const NORMAL = { normalize: true, endToken: false }

const words = (random: Random, length: number, most: number = ROWS): string[] =>
  Array.from({ length }, () => String(random.integer(1, most - 1)))

/** Rows of two results are the same within rounding: another batch may take another kernel. */
function assertSame(actual: Float32Array, expected: Float32Array, what: string): void {
  assert.is(actual.length, expected.length)
  for (const [i, value] of actual.entries())
    assert.ok(
      Math.abs(value - (expected[i] ?? Number.NaN)) < 2e-6,
      `${what}, number ${i}: ${value}, not ${expected[i]}`,
    )
}

const rowOf = (vectors: Float32Array, dim: number, row: number) => vectors.subarray(row * dim, (row + 1) * dim)

test('sentences: a batch gives what each gives by itself, up to 300 words', async ({ sentences }) => {
  const random = new Random(1)
  const lists = [1, 300, 2, 17, 63, 64, 65, 1, 40].map(length => words(random, length))
  const together = await sentences.encode(lists, NORMAL)
  for (const [i, list] of lists.entries())
    assertSame(rowOf(together, sentences.dim, i), await sentences.encode([list], NORMAL), `sentence ${i}`)
})

test('sentences: order does not matter, nor do neighbours in 300 sentences of several batches', async ({
  sentences,
}) => {
  const random = new Random(2)
  const lists = Array.from({ length: 300 }, () => words(random, random.integer(1, 15)))
  const done: number[] = []
  const ahead = await sentences.encode(lists, NORMAL, { onProgress: progress => done.push(progress.done) })
  const back = await sentences.encode([...lists].reverse(), NORMAL)
  for (const i of lists.keys())
    assertSame(rowOf(back, sentences.dim, lists.length - 1 - i), rowOf(ahead, sentences.dim, i), `sentence ${i}`)
  assert.ok(done.length > 1 && done.at(-1) === 300)
})

test('sentences: the end token is one more word; parts are unit vectors only where that is wanted', async ({
  sentences,
}) => {
  const list = ['3', '4', '5']
  const [ended, plain] = [
    await sentences.encode([list], { normalize: false, endToken: true }),
    await sentences.encode([[...list, '<eos>']], { normalize: false, endToken: false }),
  ]
  assertSame(ended, plain, 'end token')
  const normal = await sentences.encode([[...list, '<eos>']], NORMAL)
  for (const [from, to] of [
    [0, UNI],
    [UNI, sentences.dim],
  ] as const) {
    const length = Math.hypot(...plain.subarray(from, to))
    assert.ok(Math.abs(length - 1) > 1e-3)
    assertSame(
      normal.subarray(from, to),
      plain.subarray(from, to).map(value => value / length),
      'unit part',
    )
  }
  assert.is((await sentences.encode([[]], { normalize: true, endToken: true })).length, sentences.dim)
})

test('sentences: an empty one is named by its line, before a device is opened', async () => {
  const encoder = new SentenceEncoder(closedEngine(), OPTIONS, tables)
  const error = await rejection(encoder.encode([['1'], ['2'], []], NORMAL))
  assert.instance(error, InputError)
  assert.match(error.message, /^line 3 is empty and can't be encoded; remove it, or append the end token with --eos$/)
})

test('captions: a batch gives what each gives by itself, an empty one is its end token', async ({ captions }) => {
  const random = new Random(3)
  const texts = [0, 1, 9, 300, 0, 24].map(length => words(random, length, EMBEDDING.nWords).join(' '))
  const together = await captions.encode(texts)
  for (const [i, text] of texts.entries()) {
    const row = rowOf(together, EMBEDDING.dim, i)
    assertSame(row, await captions.encode([text]), `caption ${i}`)
    assert.ok(Math.abs(Math.hypot(...row) - 1) < 1e-6)
  }
  assertSame(rowOf(together, EMBEDDING.dim, 4), rowOf(together, EMBEDDING.dim, 0), 'empty captions')
})

test('captions as bags of words: each the sum of its own words, whatever the order they are encoded in', async ({
  engine,
}) => {
  // The plans of an engine go by their names, so the bag of words has one of its own.
  const own = engineWith(weights)
  assert.ok(own !== engine)
  const bags = new CaptionEncoder(own, { ...EMBEDDING, encoder: 'bow' }, ids)
  const random = new Random(4)
  const texts = [3, 0, 12, 1, 7].map(length => words(random, length, EMBEDDING.nWords).join(' '))
  const lists = texts.map(ids)
  const starts = new Uint32Array(lists.length + 1)
  for (const [i, list] of lists.entries()) starts[i + 1] = (starts[i] ?? 0) + list.length
  const all = array(Int32Array.from(lists.flat()), lists.flat().length)
  const expected = l2Normalize(segmentSum(embeddingRows(all, weights['embedding/words']), array(starts, starts.length)))
  assertClose(array(await bags.encode(texts), texts.length, EMBEDDING.dim), expected, 13 * 2 ** -22)
  await own.dispose()
})

test.run()
