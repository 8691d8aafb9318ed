// sampling against plain f64 loops with the same noise; and that words are drawn with the probabilities of the model.

import type { NdArray } from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../lib/core/errors.ts'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { sampleGraph } from '../../lib/nets/decoder.ts'
import { sampleControl, sampleStep } from '../../lib/ops/sample.ts'
import { choose, type Drawn, type SampleOptions, sample } from '../reference/sample.ts'
import { softmax } from '../reference/softmax.ts'
import { array, eachCase, floats, runGuarded } from '../support/op-case.ts'
import { plainDecoder, runOf, type SmallDecoder, smallDecoder } from '../support/small-decoder.ts'

async function draw(decoder: SmallDecoder, rows: number, options: SampleOptions): Promise<Drawn[]> {
  const { maxlen, useUnknown, seed, temperature } = options
  const { outputs } = await runGuarded(sampleGraph(decoder.options, { rows, maxlen, useUnknown }), {
    ...runOf(decoder, maxlen),
    counts: { vectors: 1, steps: maxlen, live: rows },
    weights: decoder.weights,
    start: { control: sampleControl(rows, seed, temperature) },
  })
  const { history, totals, control } = outputs as Record<'history' | 'totals' | 'control', NdArray>
  return Array.from({ length: rows }, (_, row) => ({
    words: Array.from({ length: control.get(8 + row) }, (_, step) => history.get(step, row)),
    cost: totals.get(row, 0),
    probability: totals.get(row, 1),
  }))
}

/** f32 may choose otherwise where two words are closer: logits below 30, noise below 17, each off by some 2^-22 of itself. */
const CLOSE = 1e-4

test('random small decoders draw what plain loops draw', async () => {
  let skipped = 0
  const cases = [0, 0.3, 1, 2].flatMap(temperature => Array.from({ length: 12 }, () => ({ temperature })))
  await eachCase(import.meta.url, cases, async ({ temperature }, random) => {
    const sizes = {
      dim: random.integer(1, 12),
      dimWord: random.integer(1, 9),
      dimContext: 3,
      nWords: random.integer(3, 150),
    }
    const decoder = smallDecoder(
      random,
      { ...sizes, doutput: random.uniform() < 0.5 },
      random.pick([1, 3]),
      random.pick([-9, 0, 2]),
    )
    const rows = random.integer(1, 9)
    const maxlen = random.integer(1, 12)
    const options = { maxlen, useUnknown: random.uniform() < 0.5, seed: random.bits(), temperature }
    const expected = sample(plainDecoder(decoder, rows), rows, options)
    if (expected.gap < CLOSE) {
      skipped++
      return
    }
    const found = await draw(decoder, rows, options)
    assert.equal(
      found.map(d => d.words),
      expected.drawn.map(d => d.words),
    )
    for (const [row, { cost, probability }] of expected.drawn.entries()) {
      const other = found[row]
      assert.ok(Math.abs(cost - (other?.cost ?? 0)) <= CLOSE, `row ${row} costs ${other?.cost}, expected ${cost}`)
      assert.ok(
        Math.abs(probability - (other?.probability ?? 0)) <= CLOSE,
        `row ${row}: probability ${other?.probability}, expected ${probability}`,
      )
    }
  })
  assert.ok(skipped <= cases.length / 2, `${skipped} of ${cases.length} cases decide nothing`)
})

/** One word for each of many rows with the same logits. */
async function drawOnce(logits: Float32Array, rows: number, options: SampleOptions): Promise<number[]> {
  const graph = new Graph()
  const live = new Count('live', rows)
  const control = sampleControl(rows, options.seed, options.temperature)
  const state = {
    tokens: graph.keep('tokens', 'i32', [live], new Int32Array(rows).fill(-1)),
    totals: graph.keep('totals', 'f32', [live, 2]),
    history: graph.keep('history', 'u32', [options.maxlen, rows]),
    control: graph.keep('control', 'u32', [control.length], control),
  }
  sampleStep(graph.input('logits', 'f32', [live, logits.length]), state, live, { rows, ...options })
  graph.output('history', state.history)
  const all = new Float32Array(rows * logits.length)
  for (let row = 0; row < rows; row++) all.set(logits, row * logits.length)
  const { outputs } = await runGuarded(graph, { inputs: { logits: all }, counts: { live: rows } })
  return Array.from(outputs.history?.data ?? []).slice(0, rows)
}

const FREQUENCIES = [
  { temperature: 1, words: 7 },
  { temperature: 0.5, words: 5 },
  { temperature: 3, words: 130 },
]

test('words are drawn as often as they are probable', () =>
  eachCase(import.meta.url, FREQUENCIES, async ({ temperature, words }, random) => {
    const logits = floats(random, 2, 1, words)
    const rows = 8192
    const drawn = await drawOnce(logits.data, rows, { temperature, seed: 5, useUnknown: true, maxlen: 2 })
    const p = softmax(
      array(
        logits.data.map(x => x / temperature),
        1,
        words,
      ),
    )
    for (let word = 0; word < words; word++) {
      const expected = rows * p.get(0, word)
      // Five standard deviations of a binomial count: one word in two million falls outside by chance, and the seed is fixed.
      const limit = 5 * Math.sqrt(expected * (1 - p.get(0, word))) + 1
      const count = drawn.filter(w => w === word).length
      assert.ok(
        Math.abs(count - expected) <= limit,
        `word ${word} came ${count} times, expected ${expected} ± ${limit}`,
      )
    }
  }))

test('every word of a large vocabulary gets the noise of plain loops', async () => {
  const words = 100_003
  const logits = new Float32Array(words)
  const options = { temperature: 1, seed: 9, useUnknown: false, maxlen: 1 }
  const drawn = await drawOnce(logits, 40, options)
  const all = array(new Float32Array(40 * words), 40, words)
  const plain = drawn.map((_, row) => choose(all, row, 0, options))
  const certain = plain.filter(({ gap }) => gap > CLOSE).length
  assert.ok(certain > 30, `only ${certain} rows decide something`)
  for (const [row, { word, gap }] of plain.entries()) if (gap > CLOSE) assert.is(drawn[row], word, `row ${row}`)
})

test('of equal logits the earlier word is the likeliest, and the unknown word only where it is wanted', async () => {
  const options = { temperature: 0, seed: 0, maxlen: 3 }
  const logits = new Float32Array(67).fill(1)
  logits[0] = 0
  assert.equal(await drawOnce(logits, 2, { ...options, useUnknown: true }), [1, 1])
  assert.equal(await drawOnce(logits, 2, { ...options, useUnknown: false }), [2, 2])
})

test('temperatures below 0 are refused', () => {
  for (const temperature of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(
      () => sampleControl(1, 0, temperature),
      (e: unknown) => e instanceof InputError,
    )
})

test.run()
