// Loops: states that alternate between two places, counts that change from step to step, early ends that the device decides, and how
// little is read back on the way.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError, InputError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import { Count } from '../../lib/core/shape.ts'
import { inMemory, Weights } from '../../lib/gpu/weights.ts'
import { compile } from '../../lib/graph/compile.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { type LoopRecord, nextChunk } from '../../lib/graph/loop.ts'
import type { Plan } from '../../lib/graph/plan.ts'
import { sampleGraph } from '../../lib/nets/decoder.ts'
import { collect } from '../../lib/ops/collect-rows.ts'
import { add, multiply } from '../../lib/ops/elementwise.ts'
import { addRows, putRows, takeRows } from '../../lib/ops/rows.ts'
import { sampleControl } from '../../lib/ops/sample.ts'
import { testDevice } from '../support/gpu.ts'
import { runOf, smallDecoder } from '../support/small-decoder.ts'

const planOf = async (graph: Graph): Promise<Plan> => {
  const device = await testDevice()
  return compile(graph, device, new Weights(device))
}

const MAX_STEPS = 150

/** kept = state after the last step, where state' = state + x and the first state is `start`, or zeros. */
function sums(withStart: boolean): Graph {
  const graph = new Graph()
  const x = graph.input('x', 'f32', [2, 3])
  const start = withStart ? graph.input('start', 'f32', [2, 3]) : undefined
  const kept = graph.keep('kept', 'f32', [2, 3])
  graph.repeat('sums', new Count('steps', MAX_STEPS), loop => {
    const state = loop.carry<2>('state', [2, 3], start)
    const next = add(state, x)
    collect(next, kept, { first: 0, count: 2 })
    loop.next(state, next)
  })
  graph.output('kept', kept)
  return graph
}

const X = Float32Array.of(1, 2, 3, 4, 5, 6)

test('a state goes from step to step, whatever their number', async () => {
  const plan = await planOf(sums(false))
  for (const steps of [0, 1, 2, 3, 4, 5, 9, 64, 149, 150]) {
    const { kept } = await plan.run({ inputs: { x: X }, counts: { steps } })
    assert.equal([...(kept?.data ?? [])], [...X.map(x => steps * x)], `${steps} steps`)
  }
  plan.dispose()
})

test('a state starts as it is told', async () => {
  const plan = await planOf(sums(true))
  for (const steps of [1, 2, 7]) {
    const start = Float32Array.of(10, 20, 30, 40, 50, 60)
    const { kept } = await plan.run({ inputs: { x: X, start }, counts: { steps } })
    assert.equal([...(kept?.data ?? [])], [...X.map((x, i) => (start[i] ?? 0) + steps * x)])
  }
  plan.dispose()
})

test('a start shorter than the state leaves no trace of the run before', async () => {
  const graph = new Graph()
  const x = graph.input('x', 'f32', [3, 1])
  const kept = graph.keep('kept', 'f32', [3, 1])
  graph.repeat('sums', new Count('steps', 9), loop => {
    const state = loop.carry<2>('state', [3, 1], graph.input('start', 'f32', [1, 1]))
    const next = add(state, x)
    collect(next, kept, { first: 0, count: 3 })
    loop.next(state, next)
  })
  graph.output('kept', kept)
  const plan = await planOf(graph)
  const run = { inputs: { x: Float32Array.of(1, 2, 3), start: Float32Array.of(7) }, counts: { steps: 2 } }
  for (let i = 0; i < 2; i++) assert.equal([...((await plan.run(run)).kept?.data ?? [])], [9, 4, 6])
  plan.dispose()
})

test('two states change places independently', async () => {
  // Fibonacci: (a, b) → (b, a + b), with b · 1 for the first since each needs a tensor of its own.
  const graph = new Graph()
  const one = graph.input('one', 'f32', [1, 1])
  const kept = graph.keep('kept', 'f32', [1, 1])
  graph.repeat('fibonacci', new Count('steps', 30), loop => {
    const a = loop.carry<2>('a', [1, 1])
    const b = loop.carry<2>('b', [1, 1], one)
    const next = multiply(b, one)
    collect(next, kept, { first: 0, count: 1 })
    loop.next(a, next)
    loop.next(b, add(a, b))
  })
  graph.output('kept', kept)
  const plan = await planOf(graph)
  const found: unknown[] = []
  for (const steps of [1, 2, 3, 4, 5, 6, 20]) {
    const { kept } = await plan.run({ inputs: { one: Float32Array.of(1) }, counts: { steps } })
    found.push(kept?.get(0, 0))
  }
  assert.equal(found, [1, 1, 2, 3, 5, 8, 6765])
  plan.dispose()
})

test('counts given as lists change from step to step; a step of no rows does nothing', async () => {
  const graph = new Graph()
  const x = graph.input('x', 'f32', [5, 1])
  const kept = graph.keep('kept', 'f32', [5, 1])
  graph.repeat('windows', new Count('steps', 9), loop => {
    const state = loop.carry<2>('state', [5, 1])
    const next = add(state, x)
    collect(next, kept, { first: new Count('first', 5), count: new Count('count', 5) })
    loop.next(state, next)
  })
  graph.output('kept', kept)
  const plan = await planOf(graph)
  const run = (first: number[], count: number[]) =>
    plan.run({ inputs: { x: new Float32Array(5).fill(1) }, counts: { steps: first.length, first, count } })
  // Row by row: the number of the last step that collected it.
  assert.equal([...((await run([0, 1, 3], [1, 2, 2])).kept?.data ?? [])], [1, 2, 2, 3, 3])
  assert.equal([...((await run([4, 0, 0, 2], [1, 0, 0, 1])).kept?.data ?? [])], [0, 0, 4, 0, 1])
  const short = run([0, 1, 3], [1, 2])
  const error = await short.catch((e: unknown) => e)
  assert.match(String(error), /count count has no value at step 2/)
  plan.dispose()
})

test('a loop of host-counted steps is stopped by a signal', async () => {
  const plan = await planOf(sums(false))
  const run = { inputs: { x: X }, counts: { steps: MAX_STEPS } }
  const error = await plan.run({ ...run, signal: AbortSignal.abort() }).catch((e: unknown) => e)
  assert.instance(error, AbortError)
  const stop = new AbortController()
  const running = plan.run({ ...run, signal: stop.signal }).catch((e: unknown) => e)
  await Promise.resolve()
  stop.abort()
  assert.instance(await running, AbortError)
  assert.equal([...((await plan.run(run)).kept?.data ?? [])], [...X.map(x => MAX_STEPS * x)], 'and runs again')
  plan.dispose()
})

/** Draws words until every row has ended: `end` is added to the logit of the end. */
async function sampling(maxlen: number, end: number) {
  const device = await testDevice()
  const decoder = smallDecoder(new Random(4), { dim: 6, dimWord: 4, dimContext: 3, nWords: 20, doutput: false }, 2, end)
  const weights = new Weights(device)
  for (const [name, { shape, data }] of Object.entries(decoder.weights)) await weights.load(name, inMemory(shape, data))
  const rows = 3
  const plan = await compile(sampleGraph(decoder.options, { rows, maxlen, useUnknown: true }), device, weights)
  const start = { control: sampleControl(rows, 1, 1) }
  const { inputs, counts } = runOf(decoder, maxlen)
  return { device, plan, weights, run: { inputs, counts: { ...counts, live: rows }, start } }
}

test('the device ends a loop early; what is read back is 16 bytes a chunk and the outputs', async () => {
  const maxlen = 1000
  const { device, plan, weights, run } = await sampling(maxlen, 3)
  const records: LoopRecord[] = []
  const before = device.bytesRead
  const outputs = await plan.run({ ...run, onRecord: record => records.push(record) })
  const read = device.bytesRead - before
  const bytes = Object.values(outputs).reduce((n, { size }) => n + 4 * Math.ceil(size / 4) * 4, 0)
  assert.is(read, 16 * records.length + bytes)
  const lengths = Array.from(outputs.control?.data ?? []).slice(8, 11)
  const longest = Math.max(...lengths)
  assert.ok(longest < 100, `the longest row has ${longest} words`)
  assert.ok((records.at(-1)?.steps ?? maxlen) < 300, 'no more steps are submitted than a chunk ahead')
  assert.is(records.at(-1)?.control[0], 0)
  // Steps that were submitted past the end found no work.
  const history = outputs.history
  for (let step = longest; step < maxlen; step++)
    for (let row = 0; row < 3; row++) assert.is(history?.get(step, row), 0, `step ${step}`)
  plan.dispose()
  weights.free()
})

test('chunks grow towards 100 ms, twofold at most, to 64 steps at most', () => {
  assert.equal(
    [nextChunk(4, 0), nextChunk(4, 20), nextChunk(4, 80), nextChunk(16, 400), nextChunk(1, 5000), nextChunk(60, 30)],
    [8, 8, 5, 4, 1, 64],
  )
})

test('records of chunks come in order, up to the last step', async () => {
  const maxlen = 700
  const { plan, weights, run } = await sampling(maxlen, -1e5)
  const records: LoopRecord[] = []
  await plan.run({ ...run, onRecord: record => records.push(record) })
  const chunks = records.map(({ steps }, i) => steps - (records[i - 1]?.steps ?? 0))
  assert.ok(
    chunks.every(steps => steps >= 1 && steps <= 64),
    chunks.join(' '),
  )
  assert.is(records.at(-1)?.steps, maxlen)
  plan.dispose()
  weights.free()
})

test('loops do not nest, and say what comes next', () => {
  const graph = new Graph()
  const steps = new Count('steps', 3)
  const nested = () => graph.repeat('outer', steps, () => graph.repeat('inner', steps, () => undefined))
  assert.throws(nested, (e: unknown) => e instanceof InputError && /inner stands inside loop outer/.test(e.message))
  const forgetful = () => new Graph().repeat('loop', steps, loop => loop.carry<2>('state', [1, 1]))
  assert.throws(forgetful, /loop loop never says what state is next/)
})

test('what a step did not make cannot be the next state', () => {
  const wrong = (next: 'input' | 'shape' | 'other state' | 'twice') => {
    const graph = new Graph()
    const x = graph.input('x', 'f32', [2, 2])
    graph.repeat('loop', new Count('steps', 3), loop => {
      const a = loop.carry<2>('a', [2, 2])
      const b = loop.carry<2>('b', [2, 2])
      const made = add(a, b)
      const wide = add(graph.input('y', 'f32', [2, 3]), graph.input('z', 'f32', [2, 3]))
      loop.next(b, made)
      loop.next(a, { input: x, shape: wide, 'other state': b, twice: made }[next])
    })
  }
  for (const next of ['input', 'shape', 'other state', 'twice'] as const)
    assert.throws(() => wrong(next), /can't be the next a/, next)
})

test('a state cannot start as a weight, and nothing of a loop is there after it', () => {
  const graph = new Graph()
  const x = graph.input('x', 'f32', [1, 1])
  const inside: (typeof x)[] = []
  graph.repeat('loop', new Count('steps', 3), loop => {
    const state = loop.carry<2>('state', [1, 1])
    assert.throws(() => loop.carry<2>('other', [1, 1], graph.parameter('w', [1, 1])), /can't start as the weight w/)
    const next = add(state, x)
    inside.push(state, next, multiply(next, x))
    loop.next(state, next)
  })
  for (const tensor of inside) {
    assert.throws(() => add(tensor, x), /add: input \(.*\) is there only within loop loop/)
    assert.throws(() => graph.output('y', tensor), /output y \(.*\) is there only within loop loop/)
    const again = () =>
      graph.repeat('again', new Count('steps', 3), loop => {
        loop.carry<2>('z', [1, 1], tensor)
      })
    assert.throws(again, /the first z \(.*\) is there only within loop loop/)
  }
})

/** kept[step] = x[step] + x[step + 1], one row a step, from the last step to the first or the other way round. */
function chain(backwards: boolean, whole: boolean): Graph {
  const graph = new Graph()
  const kept = graph.keep('kept', 'f32', [9, 2])
  putRows(graph.input('x', 'f32', [9, 2]), kept, 0)
  const [at, next] = [new Count('at', 9), new Count('next', 9)]
  const build = () => addRows(takeRows(kept, { first: next, count: 1 }), kept, at)
  graph.repeat('chain', new Count('steps', 8), build, undefined, { backwards, whole })
  graph.output('kept', kept)
  return graph
}

test('a loop runs backwards through its counts, in pieces or as a whole', async () => {
  const x = Float32Array.from({ length: 18 }, (_, i) => i % 7)
  const counts = { steps: 8, at: [0, 1, 2, 3, 4, 5, 6, 7], next: [1, 2, 3, 4, 5, 6, 7, 8] }
  for (const backwards of [false, true]) {
    // Backwards each row adds a sum that is there already; forwards, the next row as it was.
    const expected = Array.from(x)
    for (const row of backwards ? counts.at.toReversed() : counts.at)
      for (const column of [0, 1])
        expected[2 * row + column] = (expected[2 * row + column] ?? 0) + (expected[2 * row + 2 + column] ?? 0)
    for (const whole of [false, true]) {
      const plan = await planOf(chain(backwards, whole))
      for (let again = 0; again < 2; again++) {
        const { kept } = await plan.run({ inputs: { x }, counts })
        assert.equal([...(kept?.data ?? [])], expected, `backwards ${backwards}, whole ${whole}`)
      }
      plan.dispose()
    }
  }
})

test('a loop that carries a state cannot run as a whole', () => {
  const graph = new Graph()
  const build: Parameters<Graph['repeat']>[2] = loop => {
    const state = loop.carry<2>('state', [1, 1])
    loop.next(state, add(state, state))
  }
  assert.throws(
    () => graph.repeat('loop', new Count('steps', 2), build, undefined, { whole: true }),
    /loop loop can't run whole/,
  )
})

test('only the outputs that are asked for are read', async () => {
  const device = await testDevice()
  const graph = new Graph()
  const x = graph.input('x', 'f32', [2, 2])
  graph.output('sum', add(x, x))
  graph.output('square', multiply(x, x))
  const plan = await planOf(graph)
  const inputs = { x: Float32Array.of(1, 2, 3, 4) }
  const before = device.bytesRead
  assert.equal(await plan.run({ inputs, read: [] }), {})
  assert.is(device.bytesRead, before)
  const { square, ...others } = await plan.run({ inputs, read: ['square'] })
  assert.equal([...(square?.data ?? [])], [1, 4, 9, 16])
  assert.equal(others, {})
  await plan.run({ inputs, read: ['cube'] }).then(
    () => assert.unreachable('there is no such output'),
    (error: unknown) => assert.match(String(error), /no output cube; it has sum, square/),
  )
  plan.dispose()
})

test.run()
