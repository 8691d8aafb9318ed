// beam search against plain f64 loops, by every variant: random small decoders, ties, impossible and unwanted words, the widest beam
// over a large vocabulary, a long search. Where f64 finds two continuations too close for f32 to tell apart, the case decides nothing.

import type { NdArray } from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../../lib/core/random.ts'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { beamSearchGraph, type DecoderOptions } from '../../lib/nets/decoder.ts'
import { beamSearch as beamOp, beamStep, controlLength } from '../../lib/ops/beam-search.ts'
import type { Variant } from '../../lib/ops/op.ts'
import { type BeamOptions, beamSearch, cheapest, type Hypothesis, type Search } from '../reference/beam-search.ts'
import { softmax } from '../reference/softmax.ts'
import { array, eachCase, floats, randomSizes, runGuarded, withVariant } from '../support/op-case.ts'
import { plainDecoder, runOf, type SmallDecoder, smallDecoder } from '../support/small-decoder.ts'
import { smallBindingDevice } from '../support/watched-device.ts'

/**
 * How far apart f32 and f64 may see a cost: contractions of up to 12 terms put a word's logit off by about 16 roundings, 1e-6 of the
 * logits' scale; the steps of a hypothesis add up.
 */
const closeness = (sharpness: number, maxlen: number): number => Math.max(1e-4, 1e-6 * sharpness * maxlen)

const { variants } = beamOp
const [usual] = variants as [Variant]

/** The graph of a search whose steps are computed by the given variant. */
function graphOf(decoder: SmallDecoder, beam: BeamOptions, variant: Variant): Graph {
  const graph = beamSearchGraph(decoder.options, beam)
  for (const item of graph.items)
    if (item.kind === 'loop')
      for (const [i, node] of item.loop.body.entries())
        if (node.op.name === beamOp.name) item.loop.body[i] = { ...node, op: withVariant(node.op, variant) }
  return graph
}

/** The hypotheses that the device found, in its order. */
async function search(
  decoder: SmallDecoder,
  beam: BeamOptions,
  variant = usual,
  extra: object = {},
): Promise<Hypothesis[]> {
  const { weights } = decoder
  const { outputs } = await runGuarded(graphOf(decoder, beam, variant), {
    ...runOf(decoder, beam.maxlen),
    weights,
    ...extra,
  })
  const { words, lengths, totals } = outputs as Record<'words' | 'lengths' | 'totals', NdArray>
  return Array.from({ length: beam.width }, (_, row) => ({
    words: Array.from({ length: lengths.get(row) }, (_, i) => words.get(row, i)),
    cost: totals.get(row) >= 3e38 ? Number.POSITIVE_INFINITY : totals.get(row),
  })).filter(({ words }) => words.length > 0)
}

/** Whether f32 must find the same set of hypotheses. */
const certain = ({ cutGap }: Search, close: number): boolean => cutGap > close

function assertSame(found: readonly Hypothesis[], { hypotheses, keptGap }: Search, close: number): void {
  const byWords = (list: readonly Hypothesis[]) =>
    list.map(h => ({ ...h, key: h.words.join(' ') })).sort((a, b) => (a.key < b.key ? -1 : 1))
  // Kept hypotheses that are close may have changed places.
  const [a, b] = keptGap > close ? [found, hypotheses] : [byWords(found), byWords(hypotheses)]
  const text = (list: readonly Hypothesis[]) => list.map(h => h.words.join(' ')).join('\n')
  assert.is(text(a), text(b))
  for (const [i, { cost }] of b.entries()) {
    const other = a[i]?.cost ?? Number.NaN
    // 1e20 in f32 is not quite 1e20.
    const same = cost === other || Math.abs(cost - other) <= Math.max(close, cost >= 1e20 ? 1e13 : 0)
    assert.ok(same, `hypothesis ${i} costs ${other}, expected ${cost}`)
  }
}

interface Kind {
  readonly seeds: number
  readonly sharpnesses: readonly number[]
  readonly sizes: readonly Readonly<Record<'words' | 'widths' | 'steps', readonly [number, number]>>[]
}

/** Ordinary models, and ones so sure that most words have probability 0 in f32, in beams wide enough to take such words. */
const KINDS: Readonly<Record<string, Kind>> = {
  ordinary: { seeds: 60, sharpnesses: [1, 3, 10, 60], sizes: [{ words: [3, 50], widths: [1, 20], steps: [1, 30] }] },
  extreme: {
    seeds: 40,
    sharpnesses: [150, 400],
    sizes: [
      { words: [3, 9], widths: [1, 20], steps: [1, 30] },
      { words: [65, 150], widths: [60, 200], steps: [2, 5] },
    ],
  },
}

for (const [kind, { seeds, sharpnesses, sizes }] of Object.entries(KINDS))
  test(`random small decoders of ${kind} sharpness find what plain loops find`, async () => {
    let skipped = 0
    const cases = Array.from({ length: seeds }, () => ({ kind }))
    await eachCase(import.meta.url, cases, async (_, random) => {
      const { words, widths, steps } = random.pick(sizes)
      const nWords = random.integer(...words)
      const options: DecoderOptions = {
        dim: random.integer(1, 12),
        dimWord: random.integer(1, 9),
        dimContext: 3,
        nWords,
        doutput: random.uniform() < 0.5,
      }
      const beam = {
        width: random.integer(...widths),
        maxlen: random.integer(...steps),
        useUnknown: random.uniform() < 0.5,
      }
      const sharpness = random.pick(sharpnesses)
      const decoder = smallDecoder(random, options, sharpness, random.pick([-20, 0, 1]) * sharpness)
      const expected = beamSearch(plainDecoder(decoder), beam)
      const close = closeness(sharpness, beam.maxlen)
      if (!certain(expected, close)) skipped++
      else for (const variant of variants) assertSame(await search(decoder, beam, variant), expected, close)
    })
    assert.ok(skipped <= seeds / 2, `${skipped} of ${seeds} cases decide nothing`)
  })

test('the widest beam over 100,003 words', async () => {
  const options = { dim: 4, dimWord: 4, dimContext: 3, nWords: 100_003, doutput: false }
  const decoder = smallDecoder(new Random(5), options, 6, 0)
  const beam = { width: 200, maxlen: 12, useUnknown: false }
  const expected = beamSearch(plainDecoder(decoder), beam)
  const close = closeness(6, beam.maxlen)
  assert.ok(certain(expected, close), `a gap of ${expected.cutGap} decides nothing; take another decoder`)
  for (const variant of variants) assertSame(await search(decoder, beam, variant), expected, close)
})

// Word 0 is impossible, and the first step has enough other words to fill the beam.
const ENDLESS: DecoderOptions = { dim: 5, dimWord: 4, dimContext: 3, nWords: 60, doutput: true }
const LONG = { width: 50, maxlen: 1000, useUnknown: true }

test('a thousand steps without an end', async () => {
  const decoder = smallDecoder(new Random(1), ENDLESS, 20, -1e5)
  const expected = beamSearch(plainDecoder(decoder), LONG)
  const close = closeness(20, LONG.maxlen)
  assert.ok(certain(expected, close), `a gap of ${expected.cutGap} decides nothing; take another decoder`)
  assertSame(await search(decoder, LONG), expected, close)
})

test('many steps cost what their words cost', async () => {
  const beam = { ...LONG, maxlen: 150 }
  const decoder = smallDecoder(new Random(3), ENDLESS, 20, -1e5)
  const found = await search(decoder, beam)
  assert.is(found.length, beam.width)
  assert.is(new Set(found.map(h => h.words.join(' '))).size, beam.width, 'no hypothesis stands there twice')
  const next = plainDecoder(decoder, beam.width)
  const rows = found.map((_, row) => row)
  const costs = rows.map(() => 0)
  for (let step = 0; step < beam.maxlen; step++) {
    const logits = next(
      found.map(h => (step === 0 ? -1 : (h.words[step - 1] ?? 0))),
      rows,
    )
    const p = softmax(logits)
    for (const [row, { words }] of found.entries())
      costs[row] = (costs[row] ?? 0) - Math.log(p.get(row, words[step] ?? 0))
  }
  const close = closeness(20, beam.maxlen)
  for (const [row, { cost }] of found.entries())
    assert.ok(Math.abs(cost - (costs[row] ?? 0)) <= close, `hypothesis ${row} costs ${cost}, its words ${costs[row]}`)
})

test('words and logits in pieces find the same', async () => {
  const device = await smallBindingDevice(16384)
  const options = { dim: 6, dimWord: 16, dimContext: 3, nWords: 300, doutput: true }
  const decoder = smallDecoder(new Random(1), options, 3, 0)
  const beam = { width: 5, maxlen: 9, useUnknown: false }
  assertSame(await search(decoder, beam, usual, { device }), beamSearch(plainDecoder(decoder), beam), closeness(3, 9))
  await device.dispose()
})

/** What memory holds that a step must leave alone. */
const UNTOUCHED = 77

/** One step on given logits: the state after it. */
async function step(
  logits: NdArray<Float32Array>,
  costs: readonly number[],
  control: Uint32Array,
  options: BeamOptions,
  variant: Variant,
) {
  const [rows = 0, words = 0] = logits.shape
  const { width, maxlen } = options
  const live = new Count('live', width)
  const graph = new Graph()
  const state = {
    tokens: graph.keep('tokens', 'i32', [live], new Int32Array(width).fill(UNTOUCHED)),
    parents: graph.keep('parents', 'u32', [live], new Uint32Array(width).fill(UNTOUCHED)),
    costs: graph.keep(
      'costs',
      'f32',
      [live],
      Float32Array.from({ length: width }, (_, i) => costs[i] ?? UNTOUCHED),
    ),
    history: graph.keep('history', 'u32', [maxlen, width], new Uint32Array(maxlen * width).fill(UNTOUCHED)),
    control: graph.keep('control', 'u32', [controlLength(width)], control),
  }
  graph.node(
    withVariant(beamOp, variant),
    { logits: graph.input('logits', 'f32', [live, words]) },
    { ...options, live },
    state,
  )
  // A state of `live` rows is read back in full.
  for (const [name, tensor] of Object.entries(state)) graph.output(name, tensor)
  const { outputs } = await runGuarded(graph, { inputs: { logits: logits.data }, counts: { live: rows } })
  return outputs as Record<keyof typeof state, NdArray>
}

const TIES = [
  { rows: 1, words: 3, width: 1, useUnknown: true },
  { rows: 1, words: 63, width: 40, useUnknown: false },
  { rows: 5, words: 64, width: 7, useUnknown: true },
  { rows: 4, words: 65, width: 200, useUnknown: false },
  { rows: 7, words: 131, width: 200, useUnknown: true },
  { rows: 3, words: 4095, width: 60, useUnknown: false },
  { rows: 2, words: 4097, width: 200, useUnknown: false },
  { rows: 3, words: 66_000, width: 50, useUnknown: true },
  ...randomSizes(5, { rows: [1, 9], words: [2, 200], width: [9, 60] }).map(s => ({ ...s, useUnknown: false })),
]

for (const variant of variants)
  test(`${variant.name}: of equal costs the earlier row comes first, then the earlier word`, () =>
    eachCase(import.meta.url, TIES, async ({ rows, words, width, useUnknown }, random) => {
      // Rows are alike, and their words have a few different logits: costs are equal to the last bit.
      const row = Float32Array.from({ length: words }, () => random.integer(0, 3))
      const logits = array(
        Float32Array.from({ length: rows * words }, (_, i) => row[i % words] ?? 0),
        rows,
        words,
      )
      const finished = Math.min(width - 1, 2)
      const control = new Uint32Array(controlLength(width))
      control.set([rows, finished, new Uint32Array(Float32Array.of(5).buffer)[0] ?? 0, 1])
      const maxlen = 4
      const after = await step(logits, new Array(rows).fill(2), control, { width, maxlen, useUnknown }, variant)

      const taken = cheapest(logits, new Array(rows).fill(2), width - finished, useUnknown)
      const living = taken.filter(c => c.word !== 0)
      const read = (array: NdArray, count: number) => Array.from({ length: count }, (_, i) => array.data[i as never])
      const shown = Math.min(rows, living.length)
      assert.equal(
        read(after.tokens, shown),
        living.slice(0, shown).map(c => c.word),
      )
      assert.equal(
        read(after.parents, shown),
        living.slice(0, shown).map(c => c.row),
      )
      const history = new Array(maxlen * width).fill(UNTOUCHED)
      for (const [i, { word, row }] of living.entries()) history[width + i] = word * 256 + row
      assert.equal(read(after.history, maxlen * width), history, 'history')
      const ended = taken.filter(c => c.word === 0)
      const [live, done, , steps, liveAtEnd] = read(after.control, 5)
      assert.equal(
        [live, done, steps, liveAtEnd],
        [living.length, finished + ended.length, 2, living.length],
        'control',
      )
      const places = read(after.control, controlLength(width)).slice(8 + 3 * finished)
      const expected = ended.flatMap(({ row }) => [1, row])
      assert.equal(
        places.filter((_, i) => i % 3 !== 0 && i < 3 * ended.length),
        expected,
        'who finished',
      )
      assert.ok(
        places.slice(3 * ended.length).every(x => x === 0),
        'nothing behind',
      )
    }))

for (const variant of variants)
  test(`${variant.name}: too few possible words: the unwanted one comes next, also after hypotheses of infinite cost`, () =>
    eachCase(
      import.meta.url,
      [3, 64, 65, 66, 129, 180, 301, 5000].map(words => ({ words, rows: 3, width: 200 })),
      async ({ words, rows, width }, random) => {
        // A sixth of the words is possible, and two rows are impossible themselves.
        const logits = floats(random, 300, rows, words)
        // The kernel looks at words in chunks: 65 stands in that of the unknown word.
        if (words > 65) for (let row = 0; row < rows; row++) logits.set(row, 65, 280 + row)
        const costs = [2, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
        const control = new Uint32Array(controlLength(width))
        control[0] = rows
        const options = { width, maxlen: 3, useUnknown: false }
        const after = await step(
          logits,
          costs.map(c => Math.min(c, 3e38)),
          control,
          options,
          variant,
        )
        const taken = cheapest(logits, costs, width, false).filter(c => c.word !== 0)
        const read = (array: NdArray) => Array.from({ length: rows }, (_, i) => array.data[i as never])
        assert.equal(
          read(after.tokens),
          taken.slice(0, rows).map(c => c.word),
        )
        assert.equal(
          read(after.parents),
          taken.slice(0, rows).map(c => c.row),
        )
        const history = taken.map(({ word, row }) => word * 256 + row)
        assert.equal(Array.from(after.history.data as Uint32Array).slice(0, taken.length), history)
      },
    ))

test('what a search cannot hold is refused', () => {
  const build = (width: number, words: number): void => {
    const graph = new Graph()
    const rows = Math.max(1, Math.ceil(width))
    const live = new Count('live', rows)
    const state = {
      tokens: graph.keep('tokens', 'i32', [live]),
      parents: graph.keep('parents', 'u32', [live]),
      costs: graph.keep('costs', 'f32', [live]),
      history: graph.keep('history', 'u32', [3, rows]),
      control: graph.keep('control', 'u32', [controlLength(rows)]),
    }
    beamStep(graph.input('logits', 'f32', [live, words]), state, live, { width, maxlen: 3, useUnknown: true })
  }
  build(200, 2)
  for (const width of [0, 201, 2.5])
    assert.throws(() => build(width, 9), /beam search: width .* it must be from 1 to 200/)
  for (const words of [1, 2 ** 24 + 1]) assert.throws(() => build(5, words), /beam search: \d+ words; it takes 2 to/)
})

test.run()
