// The self-test passes on a sound adapter and tells which kernel is wrong on one that is not: here kernels are spoilt on purpose.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Device } from '../../lib/gpu/device.ts'
import { openAdapter } from '../../lib/gpu/driver.node.ts'
import { kernelSource } from '../../lib/gpu/kernel-source.node.ts'
import { selfTest } from '../../lib/nets/self-test.ts'
import { gruCell } from '../../lib/ops/gru-cell.ts'
import { runsOn } from '../../lib/ops/op.ts'
import { testDevice } from '../support/gpu.ts'
import { supposedGpu } from '../support/watched-device.ts'

const NAMES = ['gemm', 'softmax', 'tanh', 'sigmoid', 'gru-cell', 'beam search']

/** The checks that fail where `from` in a kernel reads `to`. */
async function failures(kernel: string, from: string, to: string): Promise<string[]> {
  assert.ok(kernelSource(kernel).includes(from), `${kernel}.wgsl has no ${from}`)
  const { adapter, label } = await openAdapter()
  const spoil = (name: string) => (name === kernel ? kernelSource(name).replaceAll(from, to) : kernelSource(name))
  const device = await Device.open(adapter, { label, kernelSource: spoil })
  try {
    return (await selfTest(device)).filter(check => !check.ok).map(check => check.name)
  } finally {
    await device.dispose()
  }
}

test('every check passes, and nothing stays on the device', async () => {
  const device = await testDevice()
  const before = device.memory.used
  const checks = await selfTest(device)
  assert.equal(
    checks.map(({ name, ok }) => [name, ok]),
    NAMES.map(name => [name, true]),
  )
  for (const { name, error, limit } of checks) assert.ok(error <= limit, `${name}: ${error} against ${limit}`)
  assert.is(device.memory.used, before)
})

test('every check passes with the kernels of GPUs', async () => {
  const device = await supposedGpu()
  assert.ok(device.facts.isHardware)
  for (const { name, ok, error, limit } of await selfTest(device)) assert.ok(ok, `${name}: ${error} against ${limit}`)
  await device.dispose()
})

test('a wrong kernel is named', async () => {
  assert.equal(await failures('softmax', 'sum += e', 'sum += 1.001 * e'), ['softmax'])
  assert.equal(await failures('elementwise', 'y = tanh(', 'y = 1.0001 * tanh('), ['tanh'])
  const { facts } = await testDevice()
  const runs = (kernel: string) =>
    gruCell.variants.some(v => v.kernel === kernel && v.subgroup !== undefined && runsOn(v, facts))
  const inSoftware = ['gru-cell.subgroup', 'gru-cell.gates'].find(runs) ?? 'gru-cell'
  const chosen = facts.isHardware ? 'gru-cell.gates' : inSoftware
  const failed = await failures(chosen, '= update * ', '= 1.001 * update * ')
  assert.equal(
    failed.filter(name => name !== 'beam search'),
    ['gru-cell'],
  )
  assert.equal(await failures('beam-search.rows', '= log(sum)', '= 1.001 * log(sum)'), ['beam search'])
})

test('a kernel that does not compile is a failed check, not the end of the test', async () => {
  assert.equal(await failures('softmax', 'var sum = 0.0;', ''), ['softmax'])
})

test('a stopped self-test rejects', async () => {
  const error = await selfTest(await testDevice(), AbortSignal.abort()).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, Error)
  assert.match((error as Error).name, /Abort/)
})

test.run()
