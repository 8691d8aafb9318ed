// Vectors into text: searches and samples of small random decoders against plain loops, the rules of words and costs, and that
// wrong arguments are refused before a device is opened.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import type { Engine } from '../../lib/story/engine.ts'
import { byCost, cheapest, eligible, type Hypothesis, Writer } from '../../lib/story/writer.ts'
import { beamSearch } from '../reference/beam-search.ts'
import { softmax } from '../reference/softmax.ts'
import { closedEngine, engineWith, rejection } from '../support/engine.ts'
import { array } from '../support/op-case.ts'
import { plainDecoder, type SmallDecoder, smallDecoder } from '../support/small-decoder.ts'

const OPTIONS = { dim: 9, dimWord: 5, dimContext: 6, nWords: 23, doutput: false } as const
const WORDS = new Map([[0, 'zero'], [1, 'one'], ...Array.from({ length: 20 }, (_, i) => [i + 2, `w${i + 2}`] as const)])

const vectorsOf = ({ inputs }: SmallDecoder) => ({
  vectors: inputs.vectors.data,
  negative: inputs.negative.data,
  positive: inputs.positive.data,
})

interface Context {
  writer: Writer
  thought: ReturnType<typeof vectorsOf>
  dispose(): Promise<void>
}

function open(decoder: SmallDecoder): Context {
  const engine = engineWith(decoder.weights)
  const writer = new Writer(engine, decoder.options, WORDS)
  return { writer, thought: vectorsOf(decoder), dispose: () => engine.dispose() }
}

const test = suite<Context>('writer')

const decoder = smallDecoder(new Random(11), OPTIONS, 2, 1)

test.before(context => {
  Object.assign(context, open(decoder))
})
test.after(({ dispose }) => dispose())

/** The hypotheses of plain loops; its gaps say that f32 finds the same ones in the same order. */
function plain(of: SmallDecoder, settings: { width: number; maxlen: number; useUnknown: boolean }) {
  const search = beamSearch(plainDecoder(of), settings)
  assert.ok(search.cutGap > 1e-4 && search.keptGap > 1e-5, `too close: ${search.cutGap}, ${search.keptGap}`)
  return search.hypotheses
}

test('searches: any width and length, above the vocabulary too', async ({ writer, thought }) => {
  for (const settings of [
    { width: 1, maxlen: 12, useUnknown: false },
    { width: 7, maxlen: 9, useUnknown: true },
    { width: 7, maxlen: 1, useUnknown: false },
    { width: 40, maxlen: 2, useUnknown: false },
  ]) {
    const expected = plain(decoder, settings)
    const { hypotheses } = await writer.search(thought, settings)
    assert.equal(
      hypotheses.map(({ tokens }) => tokens),
      expected.map(({ words }) => words),
      JSON.stringify(settings),
    )
    for (const [i, { cost }] of hypotheses.entries()) {
      const wanted = expected[i]?.cost ?? Number.NaN
      assert.ok(Math.abs(cost - wanted) < 1e-4 || wanted > 1e19, `cost ${cost}, not ${wanted}`)
    }
  }
})

test('the widest beam: 200 different hypotheses of at most maxlen words, all costs numbers', async ({
  writer,
  thought,
}) => {
  const { hypotheses, shifted, state } = await writer.search(thought, { width: 200, maxlen: 4 })
  assert.is(hypotheses.length, 200)
  assert.is(new Set(hypotheses.map(({ tokens }) => tokens.join())).size, 200)
  for (const { tokens, cost } of hypotheses) {
    assert.ok(tokens.length <= 4 && (tokens.length === 4 || tokens.at(-1) === 0))
    assert.is(tokens.includes(1), false)
    assert.ok(cost > 0 && cost < 1000)
  }
  assert.is(shifted.length, OPTIONS.dimContext)
  assert.is(state.length, OPTIONS.dim)
})

/** An engine that gives these costs, whatever is run; what drivers make of numbers that are none is their own business. */
function engineGiving(...totals: number[]): Engine {
  const rows = totals.length
  const outputs = {
    words: array(new Uint32Array(rows), rows, 1),
    lengths: array(new Uint32Array(rows).fill(1), rows),
    totals: array(Float32Array.from(totals), rows),
    shifted: array(new Float32Array(OPTIONS.dimContext), 1, OPTIONS.dimContext),
    state: array(new Float32Array(OPTIONS.dim), 1, OPTIONS.dim),
  }
  return { run: async () => outputs } as unknown as Engine
}

test('a decoder whose outputs are not numbers is told, not searched for a story', async () => {
  const thought = { vectors: new Float32Array(OPTIONS.dimContext) }
  const search = (...totals: number[]) =>
    new Writer(engineGiving(...totals), OPTIONS, WORDS).search(thought, { width: totals.length, maxlen: 1 })
  for (const totals of [[Number.NaN], [1, Number.NaN], [3e38], [3e38, 3.2e38]]) {
    const error = await rejection(search(...totals))
    assert.instance(error, InputError)
    assert.match(error.message, /its outputs are not numbers; check the model with "verify"/)
  }
  const { hypotheses } = await search(3e38, 1e20, 2)
  assert.equal(
    hypotheses.map(({ cost }) => cost),
    [Number.POSITIVE_INFINITY, Math.fround(1e20), 2],
  )
})

/** A decoder that prefers the unknown word everywhere. */
function unknowing(): SmallDecoder {
  const made = smallDecoder(new Random(11), OPTIONS, 2, 1)
  const bias = made.weights['decoder/logits.b']
  if (bias !== undefined) bias.data[1] = 50
  return made
}

test('the unknown word: chosen only where it is wanted', async () => {
  const { writer, thought, dispose } = open(unknowing())
  const texts = async (useUnknown: boolean) => {
    const search = await writer.search(thought, { width: 5, maxlen: 6, useUnknown })
    const drawn = { count: 5, maxlen: 6, temperature: 1, seed: 3, useUnknown }
    const { hypotheses } = await writer.sample(thought, drawn)
    return [...search.hypotheses, ...hypotheses].map(({ tokens }) => tokens.filter(id => id === 1).length)
  }
  assert.equal(await texts(false), new Array(10).fill(0))
  assert.ok((await texts(true)).every(count => count > 0))
  await dispose()
})

test('samples: a seed repeats its texts, another has others, and the first does not depend on how many are drawn', async ({
  writer,
  thought,
}) => {
  const draw = async (count: number, seed: number) =>
    (await writer.sample(thought, { count, maxlen: 20, temperature: 1, seed })).hypotheses
  const [first, again, other, one] = [await draw(6, 5), await draw(6, 5), await draw(6, 6), await draw(1, 5)]
  assert.equal(again, first)
  assert.not.equal(
    other.map(({ text }) => text),
    first.map(({ text }) => text),
  )
  assert.is(new Set(first.map(({ tokens }) => tokens.join())).size, 6)
  assert.equal(one[0]?.tokens, first[0]?.tokens)
  assert.equal(await draw(1, 2 ** 32 - 1), await draw(1, 2 ** 32 - 1))
})

test('samples: temperature 0 takes the likeliest known word at each step, and costs are those of the model', async ({
  writer,
  thought,
}) => {
  const next = plainDecoder(decoder)
  const [tokens, cost] = [[] as number[], { sum: 0 }]
  for (let step = 0; step < 12 && tokens.at(-1) !== 0; step++) {
    const logits = next([tokens.at(-1) ?? -1], [0])
    const probabilities = softmax(logits)
    const known = Array.from({ length: OPTIONS.nWords }, (_, id) => (id === 1 ? -1 : probabilities.get(0, id)))
    tokens.push(known.indexOf(Math.max(...known)))
    cost.sum -= Math.log(Math.max(...known))
  }
  const { hypotheses } = await writer.sample(thought, { count: 2, maxlen: 12, temperature: 0, seed: 9 })
  assert.equal(
    hypotheses.map(h => h.tokens),
    [tokens, tokens],
  )
  assert.ok(Math.abs((hypotheses[0]?.cost ?? 0) - cost.sum) < 1e-4)
})

/** Pearson's statistic and its degrees of freedom; words expected fewer than five times are one class. */
function chiSquare(counts: readonly number[], shares: readonly number[]): { statistic: number; freedom: number } {
  const draws = counts.reduce((a, b) => a + b, 0)
  const classes: { seen: number; expected: number }[] = [{ seen: 0, expected: 0 }]
  for (const [word, share] of shares.entries()) {
    const [seen, expected] = [counts[word] ?? 0, share * draws]
    const rest = classes[0]
    if (expected >= 5 || rest === undefined) classes.push({ seen, expected })
    else {
      rest.seen += seen
      rest.expected += expected
    }
  }
  const used = classes.filter(({ seen, expected }) => seen > 0 || expected > 0)
  return {
    statistic: used.reduce((sum, { seen, expected }) => sum + (seen - expected) ** 2 / expected, 0),
    freedom: used.length - 1,
  }
}

test('samples: first words are as frequent as the softmax at the temperature says, the unknown word left out', async ({
  writer,
  thought,
}) => {
  const logits = plainDecoder(decoder)([-1], [0])
  for (const temperature of [1, 0.5]) {
    const powers = Array.from({ length: OPTIONS.nWords }, (_, id) =>
      id === 1 ? 0 : Math.exp(logits.get(0, id) / temperature),
    )
    const total = powers.reduce((a, b) => a + b, 0)
    const counts = new Array<number>(OPTIONS.nWords).fill(0)
    for (let seed = 0; seed < 10; seed++) {
      const { hypotheses } = await writer.sample(thought, { count: 200, maxlen: 1, temperature, seed })
      for (const { tokens } of hypotheses) counts[tokens[0] ?? 1] = (counts[tokens[0] ?? 1] ?? 0) + 1
    }
    assert.is(counts[1], 0)
    const { statistic, freedom } = chiSquare(
      counts,
      powers.map(power => power / total),
    )
    // The mean and four standard deviations; the seeds are fixed, so it holds or it does not.
    const limit = freedom + 4 * Math.sqrt(2 * freedom)
    assert.ok(freedom > 5 && statistic < limit, `temperature ${temperature}: χ² ${statistic}, limit ${limit}`)
  }
})

test('text: words of ids without the last one; 0 and 1 are always <eos> and UNK, an id without a word is UNK', () => {
  const writer = new Writer(closedEngine(), OPTIONS, WORDS)
  assert.is(writer.text([2, 3, 0]), 'w2 w3')
  assert.is(writer.text([2, 3, 4]), 'w2 w3')
  assert.is(writer.text([2, 0, 1, 22, 5, 0]), 'w2 <eos> UNK UNK w5')
  assert.is(writer.text([0]), '')
  assert.is(writer.text([]), '')
})

const hypothesis = (tokens: readonly number[], cost: number): Hypothesis => ({ text: tokens.join(' '), tokens, cost })

test('the story is the cheapest; an empty hypothesis that came first is set aside, a later one is not', () => {
  const [empty, long, short] = [hypothesis([0], 1), hypothesis([2, 3, 0], 5), hypothesis([4, 0], 3)]
  assert.is(cheapest([empty, long, short]), short)
  assert.is(cheapest([long, empty, short]), empty)
  assert.is(cheapest([empty]), empty)
  assert.equal(eligible([empty, long]), [long])
  assert.equal(eligible([empty]), [empty])
  const infinite = hypothesis([5, 0], Number.POSITIVE_INFINITY)
  assert.equal(byCost([infinite, long, short, infinite]), [short, long, infinite, infinite])
  const twin = hypothesis([9, 0], 3)
  assert.is(cheapest([long, short, twin]), short)
  assert.throws(() => cheapest([]), /no hypotheses/)
})

test('wrong arguments are refused before a device is opened', async () => {
  const writer = new Writer(closedEngine(), OPTIONS, WORDS)
  const vectors = new Float32Array(OPTIONS.dimContext)
  const beam = { width: 5, maxlen: 10 }
  const draw = { count: 1, maxlen: 10, temperature: 1, seed: 0 }
  const cases: [Promise<unknown>, RegExp][] = [
    [writer.search({ vectors }, { ...beam, width: 0 }), /beam width is 0; it must be a whole number from 1 to 200/],
    [writer.search({ vectors }, { ...beam, width: 201 }), /beam width is 201/],
    [writer.search({ vectors }, { ...beam, width: 2.5 }), /beam width is 2\.5/],
    [writer.search({ vectors }, { ...beam, maxlen: 1001 }), /maxlen is 1001; .* from 1 to 1000/],
    [writer.search({ vectors: new Float32Array(7) }, beam), /takes vectors of 6 numbers, up to 1000 .*; 7 numbers/],
    [writer.search({ vectors: new Float32Array() }, beam), /0 numbers were given/],
    [writer.search({ vectors: new Float32Array(6 * 1001) }, beam), /up to 1000 of them/],
    [writer.search({ vectors, positive: new Float32Array(5) }, beam), /the positive style has 5 numbers, .* takes 6/],
    [writer.sample({ vectors, negative: new Float32Array(5) }, draw), /the negative style has 5 numbers/],
    [writer.sample({ vectors }, { ...draw, count: 201 }), /number of stories is 201/],
    [writer.sample({ vectors }, { ...draw, temperature: -1 }), /temperature -1; it must be 0 or more/],
    [writer.sample({ vectors }, { ...draw, temperature: Number.NaN }), /temperature NaN/],
    [writer.initialState({ vectors: new Float32Array(1) }), /1 numbers were given/],
  ]
  for (const [work, message] of cases) {
    const error = await rejection(work)
    assert.instance(error, InputError)
    assert.match(error.message, message)
  }
})

test.run()
