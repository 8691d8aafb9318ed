// The device: pipelines made once per text and overrides, compiler messages with the kernel's own lines, read-backs, errors that
// come late, and what remains after it was disposed of.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DeviceError } from '../../lib/core/errors.ts'
import { Device } from '../../lib/gpu/device.ts'
import { openAdapter } from '../../lib/gpu/driver.node.ts'
import { KernelError, specialise } from '../../lib/gpu/kernel.ts'
import { kernelNames, kernelSource } from '../../lib/gpu/kernel-source.node.ts'
import { openDevice } from '../../lib/gpu/open.node.ts'
import { testDevice } from '../support/gpu.ts'

const device = await testDevice()

const SCALE = `// output[i] = FACTOR * input[i]
const FACTOR: f32 = f32(2);
override WORKGROUP: u32 = 4u;
struct Params { length: u32, }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < params.length) { output[id.x] = FACTOR * input[id.x]; }
}
`

async function rejection(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, Error)
  return error as Error
}

async function openAnother(): Promise<Device> {
  const { adapter, label } = await openAdapter()
  return Device.open(adapter, { label, kernelSource })
}

test('one pipeline for one text with its overrides', async () => {
  const plain = await device.pipeline(specialise('scale', SCALE))
  const [again, same, three, wide] = await Promise.all([
    device.pipeline(specialise('scale', SCALE)),
    device.pipeline(specialise('scale', SCALE, { constants: { FACTOR: 2 } })),
    device.pipeline(specialise('scale', SCALE, { constants: { FACTOR: 3 } })),
    device.pipeline(specialise('scale', SCALE, { overrides: { WORKGROUP: 8 } })),
  ])
  assert.is(again, plain)
  assert.is(same, plain)
  assert.is(new Set([plain, three, wide]).size, 3)
})

test('what does not compile is told with the kernel’s name and its own line', async () => {
  const error = await rejection(
    device.pipeline(specialise('scale', SCALE.replace('FACTOR * input[id.x]', 'FACTOR * inptu[id.x]'))),
  )
  assert.instance(error, KernelError)
  assert.match(error.message, /^scale\.wgsl does not compile\nscale\.wgsl:10:\d+ .*inptu/)
  device.check()
})

test('a workgroup above the limit is refused where the pipeline is made', async () => {
  const error = await rejection(device.pipeline(specialise('scale', SCALE, { overrides: { WORKGROUP: 4096 } })))
  assert.instance(error, KernelError)
  assert.match(error.message, /^scale\.wgsl does not compile\n/)
  device.check()
})

test('a feature that the adapter lacks is named', async () => {
  const kernel = { ...specialise('scale', SCALE), features: ['no-such-feature'] }
  const error = await rejection(device.pipeline({ ...kernel, code: `${kernel.code}\n` }))
  assert.match(error.message, /scale\.wgsl needs no-such-feature, which this adapter lacks/)
})

test('every kernel file compiles as it stands', async () => {
  for (const name of kernelNames()) {
    const module = device.gpu.createShaderModule({ label: name, code: kernelSource(name) })
    const { messages } = await module.getCompilationInfo()
    assert.equal(
      messages.map(({ lineNum, message }) => `${name}.wgsl:${lineNum} ${message}`),
      [],
    )
  }
  await device.idle()
})

test('read gives just the bytes that were asked for, and counts them', async () => {
  const before = device.memory.used
  const buffer = device.memory.allocate('x', 32, GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST)
  device.gpu.queue.writeBuffer(buffer, 0, Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7))
  const bytes = new Uint32Array(await device.read(buffer, 8, 12))
  assert.equal([...bytes], [2, 3, 4])
  device.memory.free(buffer)
  assert.is(device.memory.used, before)
})

test('an error that the adapter reports late is thrown by the next call', async () => {
  const other = await openAnother()
  const buffer = other.memory.allocate('x', 16, GPUBufferUsage.COPY_DST)
  const encoder = other.gpu.createCommandEncoder()
  encoder.copyBufferToBuffer(buffer, 0, buffer, 0, 16)
  other.gpu.queue.submit([encoder.finish()])
  const error = await rejection(other.idle())
  assert.instance(error, DeviceError)
  await other.dispose()
})

test('a disposed device holds nothing; it can be disposed of again, and the adapter opens anew', async () => {
  const other = await openAnother()
  other.memory.allocate('x', 1024, GPUBufferUsage.STORAGE)
  await other.dispose()
  await other.dispose()
  assert.is(other.memory.used, 0)
  const next = await openAnother()
  await next.idle()
  await next.dispose()
})

test('a lost device: what is read after it rejects with DeviceError', async () => {
  const other = await openAnother()
  const buffer = other.memory.allocate('x', 16, GPUBufferUsage.COPY_SRC)
  other.gpu.destroy()
  assert.instance(await other.lost, DeviceError)
  assert.match((await rejection(other.read(buffer, 0, 16))).message, /the device was lost \(destroyed/)
})

test('an adapter that gives no device is a DeviceError', async () => {
  const { adapter, label } = await openAdapter()
  const refuse = {
    features: adapter.features,
    limits: adapter.limits,
    requestDevice: () => Promise.reject(new Error('no')),
  }
  const error = await rejection(Device.open(refuse as unknown as GPUAdapter, { label, kernelSource }))
  assert.instance(error, DeviceError)
  assert.match(error.message, /gives no device \(no\)/)
})

test('the memory limit of the device is the one that was asked for', async () => {
  const other = await openDevice(undefined, 1000)
  assert.is(other.memory.limit, 1000)
  await other.dispose()
})

test.run()
