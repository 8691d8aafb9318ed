// Plans by name: made once, kept while they are in use, made again by the next caller where one was stopped.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError, DeviceError, InputError } from '../../lib/core/errors.ts'
import { openDevice } from '../../lib/gpu/open.node.ts'
import { inMemory } from '../../lib/gpu/weights.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { addBias } from '../../lib/ops/elementwise.ts'
import { linear } from '../../lib/ops/gemm.ts'
import { Engine } from '../../lib/story/engine.ts'
import { rejection } from '../support/engine.ts'

/** y = x + b for one row. */
function shifted(): Graph {
  const graph = new Graph()
  graph.output('y', addBias(graph.input('x', 'f32', [1, 2]), graph.parameter('b', [2])))
  return graph
}

const X = { inputs: { x: Float32Array.of(1, 2) } }
const bias = () => inMemory([2], Float32Array.of(10, 20))

test('a plan is made once, told once, and printed when that is wanted', async () => {
  const made: string[] = []
  const engine = new Engine(
    () => openDevice(),
    bias,
    (key, print) => made.push(key, print()),
  )
  for (let i = 0; i < 3; i++) assert.equal([...((await engine.run('plan', shifted, X)).y?.data ?? [])], [11, 22])
  const [key, text = ''] = made
  assert.is(made.length, 2)
  assert.is(key, 'plan')
  assert.match(text, /elementwise/)
  await engine.dispose()
})

test('a weight that was put there by hand is used, in whatever form the kernels want it', async () => {
  const engine = new Engine(
    () => openDevice(),
    () => {
      throw new Error('it was looked for elsewhere')
    },
  )
  const weights = await engine.weights()
  await weights.load('W', inMemory([3, 4], Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1)))
  const build = () => {
    const graph = new Graph()
    graph.output('y', linear(graph.input('x', 'f32', [1, 4]), graph.parameter('W', [3, 4])))
    return graph
  }
  const { y } = await engine.run('product', build, { inputs: { x: Float32Array.of(1, 2, 3, 4) } })
  assert.equal([...(y?.data ?? [])], [1, 2, 10])
  await engine.dispose()
})

test('many plans at once: none is thrown out under a run, and in the end few are kept', async () => {
  const engine = new Engine(() => openDevice(), bias)
  let builds = 0
  const build = () => {
    builds++
    return shifted()
  }
  const keys = Array.from({ length: 40 }, (_, i) => `plan ${i}`)
  const results = await Promise.all(keys.map(key => engine.run(key, build, X)))
  for (const { y } of results) assert.equal([...(y?.data ?? [])], [11, 22])
  assert.is(builds, 40)
  await engine.run('plan 39', build, X)
  assert.is(builds, 40)
  await engine.run('plan 0', build, X)
  assert.is(builds, 41)
  const { device } = await engine.weights()
  const held = device.memory.used
  for (const key of keys) await engine.run(key, build, X)
  assert.ok(device.memory.used <= held, `${device.memory.used} bytes after ${held}`)
  await engine.dispose()
})

test('a caller that is stopped while it makes a plan leaves the others running', async () => {
  const stop = new AbortController()
  const source = {
    shape: [2],
    async *parts() {
      stop.abort()
      yield { offset: 0, data: Float32Array.of(10, 20) }
    },
  }
  const engine = new Engine(
    () => openDevice(),
    () => source,
  )
  const first = engine.run('plan', shifted, X, { signal: stop.signal })
  const second = engine.run('plan', shifted, X)
  const third = engine.run('plan', shifted, X, { signal: new AbortController().signal })
  assert.instance(await rejection(first), AbortError)
  for (const { y } of await Promise.all([second, third])) assert.equal([...(y?.data ?? [])], [11, 22])
  await engine.dispose()
})

test('a caller that was stopped before opens nothing', async () => {
  let opened = 0
  const engine = new Engine(() => {
    opened++
    return openDevice()
  }, bias)
  assert.instance(await rejection(engine.run('plan', shifted, X, { signal: AbortSignal.abort() })), AbortError)
  assert.is(opened, 0)
  await engine.dispose()
})

test('a device that could not be opened is tried again', async () => {
  let tries = 0
  const engine = new Engine(() => (++tries === 1 ? Promise.reject(new DeviceError('no adapter')) : openDevice()), bias)
  const error = await rejection(engine.run('plan', shifted, X))
  assert.is(error.message, 'no adapter')
  assert.equal([...((await engine.run('plan', shifted, X)).y?.data ?? [])], [11, 22])
  await engine.dispose()
})

test('a weight that cannot be read fails its plan only', async () => {
  const engine = new Engine(
    () => openDevice(),
    name => {
      if (name === 'b') return bias()
      throw new InputError(`no ${name}`)
    },
  )
  const broken = () => {
    const graph = new Graph()
    graph.output('y', addBias(graph.input('x', 'f32', [1, 2]), graph.parameter('missing', [2])))
    return graph
  }
  for (let i = 0; i < 2; i++) assert.match((await rejection(engine.run('broken', broken, X))).message, /no missing/)
  assert.equal([...((await engine.run('plan', shifted, X)).y?.data ?? [])], [11, 22])
  await engine.dispose()
})

test('after dispose: a typed error; runs under way end first', async () => {
  const engine = new Engine(() => openDevice(), bias)
  const running = engine.run('plan', shifted, X)
  await engine.weights()
  const again = engine.run('plan', shifted, X)
  await engine.dispose()
  for (const work of [running, again]) {
    const outcome = await work.then(
      ({ y }) => [...(y?.data ?? [])],
      (error: unknown) => error instanceof InputError,
    )
    assert.ok(outcome === true || JSON.stringify(outcome) === '[11,22]')
  }
  const error = await rejection(engine.run('plan', shifted, X))
  assert.instance(error, InputError)
  assert.match(error.message, /disposed of/)
  await engine.dispose()
})

test.run()
