// Running a compiled plan: nothing new is made, counts may change from run to run, runs wait for each other, and what a run is given
// is checked against what the graph takes.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DeviceError, InputError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import { Count } from '../../lib/core/shape.ts'
import { Device } from '../../lib/gpu/device.ts'
import { openAdapter } from '../../lib/gpu/driver.node.ts'
import { kernelSource } from '../../lib/gpu/kernel-source.node.ts'
import { inMemory, Weights } from '../../lib/gpu/weights.ts'
import { compile } from '../../lib/graph/compile.ts'
import { Graph } from '../../lib/graph/graph.ts'
import type { Run } from '../../lib/graph/plan.ts'
import { beamSearchGraph } from '../../lib/nets/decoder.ts'
import { collect } from '../../lib/ops/collect-rows.ts'
import { convolve } from '../../lib/ops/conv2d.ts'
import { add, addBias, relu } from '../../lib/ops/elementwise.ts'
import { linear } from '../../lib/ops/gemm.ts'
import { testDevice } from '../support/gpu.ts'
import { runOf, smallDecoder } from '../support/small-decoder.ts'
import { smallBindingDevice, watchedDevice } from '../support/watched-device.ts'

/** relu(x · W + b) of up to 9 rows, and a running sum in a loop of up to 7 steps. */
function sample(): Graph {
  const graph = new Graph()
  const x = graph.input('x', 'f32', [new Count('rows', 9), 4])
  graph.output('y', relu(addBias(linear(x, graph.parameter('W', [3, 4])), graph.parameter('b', [3]))))
  const step = graph.input('step', 'f32', [1, 2])
  const kept = graph.keep('sum', 'f32', [1, 2])
  graph.repeat('sums', new Count('steps', 7), loop => {
    const state = loop.carry<2>('state', [1, 2])
    const next = add(state, step)
    collect(next, kept, { first: 0, count: 1 })
    loop.next(state, next)
  })
  graph.output('sum', kept)
  return graph
}

async function sampleWeights(device: Device): Promise<Weights> {
  const weights = new Weights(device)
  await weights.load('W', inMemory([3, 4], Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1)))
  await weights.load('b', inMemory([3], Float32Array.of(0, 10, -100)))
  return weights
}

const runWith = (rows: number, steps: number): Run => ({
  inputs: { x: Float32Array.from({ length: 4 * rows }, (_, i) => i), step: Float32Array.of(1, 2) },
  counts: { rows, steps },
})

test('the second run makes no buffer, bind group, shader or pipeline, and neither does the first', async () => {
  const { device, made } = await watchedDevice()
  const weights = await sampleWeights(device)
  const decoder = smallDecoder(new Random(1), { dim: 4, dimWord: 3, dimContext: 3, nWords: 9, doutput: true }, 1, 0)
  for (const [name, { shape, data }] of Object.entries(decoder.weights)) await weights.load(name, inMemory(shape, data))
  const plain = await compile(sample(), device, weights)
  const beam = await compile(
    beamSearchGraph(decoder.options, { width: 4, maxlen: 20, useUnknown: false }),
    device,
    weights,
  )
  assert.ok((made.get('createBuffer')?.length ?? 0) > 10, 'compiling is seen to make buffers')
  made.clear()
  for (const run of [runWith(5, 3), runWith(9, 7), runWith(5, 3)]) await plain.run(run)
  for (let i = 0; i < 2; i++) await beam.run(runOf(decoder, 20))
  assert.equal([...made], [])
  plain.dispose()
  beam.dispose()
  weights.free()
  assert.is(device.memory.used, 0)
  await device.dispose()
})

test('the same kernel is compiled once, for however many nodes and plans', async () => {
  const { device, made } = await watchedDevice()
  const weights = await sampleWeights(device)
  const plan = await compile(sample(), device, weights)
  const pipelines = made.get('createComputePipelineAsync')?.length
  await compile(sample(), device, weights)
  const used = plan.compiled.items.flatMap(item => (item.kind === 'loop' ? item.plan.body : [item.dispatch]))
  // Where weights are packed, one more kernel does that.
  const packing = weights.has('W', 'packed') ? 1 : 0
  assert.is(pipelines, new Set(used.map(({ pipeline }) => pipeline.kernel.code)).size + packing)
  assert.is(made.get('createComputePipelineAsync')?.length, pipelines)
  await device.dispose()
})

test('counts change from run to run', async () => {
  const device = await testDevice()
  const weights = await sampleWeights(device)
  const plan = await compile(sample(), device, weights)
  for (const [rows, steps] of [
    [9, 7],
    [1, 0],
    [0, 3],
    [4, 1],
    [9, 7],
  ] as const) {
    const { y, sum } = await plan.run(runWith(rows, steps))
    assert.equal(y?.shape, [rows, 3])
    const expected = Array.from({ length: rows }, (_, r) => [4 * r, 4 * r + 11, Math.max(0, 16 * r + 6 - 100)]).flat()
    assert.equal([...(y?.data ?? [])], expected)
    assert.equal([...(sum?.data ?? [])], [steps, 2 * steps])
  }
  plan.dispose()
  weights.free()
})

test('runs of one plan wait for each other, also behind one that fails', async () => {
  const device = await testDevice()
  const weights = await sampleWeights(device)
  const plan = await compile(sample(), device, weights)
  const bad = plan.run(runWith(10, 1)).catch((e: unknown) => e)
  const all = await Promise.all([1, 2, 3, 4].map(n => plan.run(runWith(n, n))))
  assert.equal(
    all.map(({ sum }) => sum?.get(0, 0)),
    [1, 2, 3, 4],
  )
  assert.instance(await bad, InputError)
  plan.dispose()
  weights.free()
})

const MISFITS: Readonly<Record<string, readonly [Partial<Run>, RegExp]>> = {
  'an input is missing': [{ inputs: { x: new Float32Array(8) } }, /input step is missing/],
  'an input is unknown': [
    { inputs: { ...runWith(2, 1).inputs, z: new Float32Array(1) } },
    /this graph has no input z; it has x, step/,
  ],
  'an input is too long': [
    { inputs: { ...runWith(2, 1).inputs, x: new Float32Array(9) } },
    /input x has 9 values; its shape with this run's counts takes 8/,
  ],
  'an input has integers': [
    { inputs: { ...runWith(2, 1).inputs, x: new Int32Array(8) } },
    /x takes f32 values, not a Int32Array/,
  ],
  'a count is missing': [{ counts: { rows: 2 } }, /count steps has no value/],
  'a count is too large': [{ counts: { rows: 10, steps: 1 } }, /count rows is 10; this plan takes 0 to 9/],
  'a count is no integer': [{ counts: { rows: 1.5, steps: 1 } }, /count rows is 1\.5/],
  'a count is negative': [{ counts: { rows: 2, steps: -1 } }, /count steps is -1/],
  'a start is unknown': [{ start: { total: new Float32Array(2) } }, /keeps no tensor total; it keeps sum/],
  'a start is too short': [{ start: { sum: new Float32Array(1) } }, /sum starts with 1 values; \[1, 2\] takes 2/],
}

for (const [what, [change, message]] of Object.entries(MISFITS))
  test(`${what}: refused, and the plan runs on`, async () => {
    const device = await testDevice()
    const weights = await sampleWeights(device)
    const plan = await compile(sample(), device, weights)
    const error = await plan.run({ ...runWith(2, 1), ...change }).catch((e: unknown) => e)
    assert.instance(error, InputError)
    assert.match(String(error), message)
    const { y } = await plan.run(runWith(1, 1))
    assert.equal([...(y?.data ?? [])], [0, 11, 0])
    plan.dispose()
    weights.free()
  })

test('a disposed plan refuses to run', async () => {
  const device = await testDevice()
  const weights = await sampleWeights(device)
  const plan = await compile(sample(), device, weights)
  plan.dispose()
  assert.match(String(await plan.run(runWith(1, 1)).catch((e: unknown) => e)), /this plan was disposed of/)
  weights.free()
})

test('a weight that is not on the device is named', async () => {
  const device = await testDevice()
  const used = device.memory.used
  const error = await compile(sample(), device, new Weights(device)).catch((e: unknown) => e)
  assert.match(String(error), /weight W is not on the device; load it before the plan is made/)
  assert.is(device.memory.used, used, 'what was made for the plan is freed')
})

test('a plan over the memory budget is refused and leaves nothing', async () => {
  const graph = new Graph()
  graph.output('y', relu(relu(graph.input('x', 'f32', [1000]))))
  for (const memoryLimit of [1000, 5000, 9000]) {
    const { adapter, label } = await openAdapter()
    const device = await Device.open(adapter, { label, kernelSource, memoryLimit })
    const error = await compile(graph, device, new Weights(device)).catch((e: unknown) => e)
    assert.instance(error, DeviceError)
    assert.match(String(error), /of the budget of 1 MiB are in use; raise memoryLimit/)
    assert.is(device.memory.used, 0)
    await device.dispose()
  }
})

test('a tensor larger than one binding is refused by name, and so is a weight that its op cannot take in pieces', async () => {
  const device = await smallBindingDevice(4096)
  const wide = new Graph()
  wide.output('y', relu(wide.input('x', 'f32', [1025])))
  const error = await compile(wide, device, new Weights(device)).catch((e: unknown) => e)
  assert.instance(error, DeviceError)
  assert.match(
    String(error),
    /elementwise: input takes 4100 bytes, one binding of this adapter holds 4096; use smaller batches/,
  )

  const filtered = new Graph()
  const filters = filtered.parameter('W', [32, 4, 3, 3])
  filtered.output('y', convolve(filtered.input('x', 'f32', [1, 4, 2, 2]), filters))
  const weights = new Weights(device)
  await weights.load('W', inMemory([32, 4, 3, 3], new Float32Array(1152)))
  const other = await compile(filtered, device, weights).catch((e: unknown) => e)
  assert.instance(other, DeviceError)
  assert.match(String(other), /W exceeds one binding of this adapter and its op can't take it in pieces/)
  await device.dispose()
})

test.run()
