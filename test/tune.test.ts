// Tuning: what a tuning changes in the choice of kernels, and that a candidate is taken only where it clearly wins.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AdapterFacts } from '../lib/gpu/facts.ts'
import { DEFAULT_TUNING, type Tuning } from '../lib/gpu/tuning.ts'
import { Graph } from '../lib/graph/graph.ts'
import { linear } from '../lib/ops/gemm.ts'
import { gruStep } from '../lib/ops/gru-cell.ts'
import { tileRows } from '../lib/ops/subgroup.ts'
import { type Clock, clearWinner, type Knob, knobsOf, product, tune } from '../lib/tune.ts'
import { rejection } from './support/engine.ts'
import { testDevice } from './support/gpu.ts'

const facts = (isHardware: boolean, tuning: Partial<Tuning> = {}): AdapterFacts => ({
  isHardware,
  features: new Set(['subgroups']),
  subgroupMinSize: 8,
  subgroupMaxSize: 8,
  maxInvocations: 256,
  tuning: { ...DEFAULT_TUNING, ...tuning },
})

/** The variants chosen for one product and one GRU step of `rows` rows. */
function chosen(given: AdapterFacts, rows: number, side = 64): string[] {
  const graph = new Graph()
  linear(graph.input('x', 'f32', [rows, 8]), graph.parameter('W', [side, 8]))
  const [state, projections] = [graph.input('state', 'f32', [rows, 8]), graph.input('p', 'f32', [rows, 24])]
  gruStep(state, projections, graph.parameter('U', [24, 8]), { rows, offset: 0 })
  return graph.items.flatMap(item => (item.kind === 'node' ? [item.node.op.choose(given, item.node).name] : []))
}

test('the subgroup family obeys: the tallest tile, the form of weights', () => {
  assert.equal(chosen(facts(false), 64), ['subgroup-32x4-packed', 'subgroup-32x2-packed'])
  assert.equal(chosen(facts(false, { tallest: 16 }), 64), ['subgroup-16x4-packed', 'subgroup-16x2-packed'])
  assert.equal(chosen(facts(false, { packed: false }), 64), ['subgroup-32x4', 'subgroup-32x2'])
  assert.equal(chosen(facts(false), 1), ['gemv-packed', 'products-packed'])
  assert.equal(chosen(facts(false, { packed: false }), 1), ['gemv-vec4', 'subgroup-1x2'])
  assert.is(tileRows(1000, { ...DEFAULT_TUNING, tallest: 1 }), 1)
})

test('GPUs obey: from how many tiles on they are large', () => {
  assert.equal(chosen(facts(true), 256, 256), ['tiled-64x64', 'products'])
  assert.equal(chosen(facts(true, { manyTiles: 4 }), 256, 256), ['tiled-128x128', 'products'])
  assert.equal(chosen(facts(true, { manyTiles: 5 }), 256, 256), ['tiled-64x64', 'products'])
})

test('what there is to decide: the default comes first, and only what the adapter uses', () => {
  const names = (given: AdapterFacts) =>
    knobsOf(given).map(({ candidates: [first, ...others] }) => {
      assert.equal({ ...DEFAULT_TUNING, ...first?.tuning }, DEFAULT_TUNING)
      for (const { tuning } of others) assert.not.equal({ ...DEFAULT_TUNING, ...tuning }, DEFAULT_TUNING)
      return Object.keys(first?.tuning ?? {}).join()
    })
  assert.equal(names(facts(true)), ['manyTiles'])
  assert.equal(names(facts(false)), ['packed', 'tallest'])
  assert.equal(names({ ...facts(false), features: new Set() }), [])
})

test('a win of less than 5 % is none', () => {
  assert.is(clearWinner([1, 0.96, 0.951]), 0)
  assert.is(clearWinner([1, 0.94, 1.2]), 1)
  assert.is(clearWinner([1, 0.94, 0.93]), 2)
  assert.is(clearWinner([1]), 0)
})

const knob: Knob = {
  title: 'tiles',
  candidates: [256, 1, 64].map(manyTiles => ({ title: `from ${manyTiles}`, tuning: { manyTiles } })),
  // Rows of 6 elements: small kernels, whatever the adapter.
  works: [product(5, 6, 8, 2), product(1, 6, 30)],
}

/** A clock by which a tuning takes the milliseconds given for it. */
const clockOf =
  (ms: Readonly<Record<number, number>>): Clock =>
  async (run, { manyTiles }) => {
    await run()
    return ms[manyTiles] ?? Number.NaN
  }

test('on a device: the winner by the clock, the default within 5 %, and all knobs in turn', async () => {
  const device = await testDevice()
  const won = await tune(device, { knobs: [knob], clock: clockOf({ 256: 100, 1: 90, 64: 120 }) })
  assert.equal(won.tuning, { ...DEFAULT_TUNING, manyTiles: 1 })
  assert.equal(
    won.knobs.map(({ works }) => works),
    [['5 × 6 → 8', '1 × 6 → 30']],
  )
  const [{ figures } = { figures: [] }] = won.knobs
  // Two dispatches of the first product are timed as one.
  assert.equal(
    figures.map(({ ms, chosen }) => [...ms, chosen]),
    [
      [50, 100, false],
      [45, 90, true],
      [60, 120, false],
    ],
  )
  assert.ok(figures.every(({ share }, i) => Math.abs(share - ([1, 0.9, 1.2][i] ?? 0)) < 1e-9))
  const kept = await tune(device, { knobs: [knob], clock: clockOf({ 256: 100, 1: 96, 64: 120 }) })
  assert.equal(kept.tuning, DEFAULT_TUNING)
  const form: Knob = { title: 'form', candidates: [{ title: 'plain', tuning: { packed: false } }], works: knob.works }
  const seen: Tuning[] = []
  const both = await tune(device, {
    knobs: [knob, form],
    clock: (run, tuning) => {
      seen.push(tuning)
      return clockOf({ 256: 100, 1: 100, 64: 10 })(run, tuning)
    },
  })
  assert.equal(both.tuning, { ...DEFAULT_TUNING, manyTiles: 64, packed: false })
  assert.equal(seen.at(-1), both.tuning)
})

test('it says how far it is, can be stopped, and leaves nothing on the device', async () => {
  const device = await testDevice()
  const clock = clockOf({ 256: 100, 1: 100, 64: 100 })
  const told: number[] = []
  let of = 0
  await tune(device, {
    knobs: [knob],
    clock,
    onProgress: ({ done, total }) => {
      told.push(done)
      of = total
    },
  })
  assert.is(told.at(-1), of)
  const before = device.memory.used
  const controller = new AbortController()
  const onProgress = () => controller.abort()
  const stopped = await rejection(tune(device, { knobs: [knob], clock, signal: controller.signal, onProgress }))
  assert.is(stopped.name, 'AbortError')
  assert.is(device.memory.used, before)
})

test.run()
