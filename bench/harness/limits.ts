// What an adapter can do at most, measured beside everything else: multiply-adds without loads, and copies of 64 MiB (256 MiB on GPUs) from
// device memory to device memory (bytes read plus bytes written), by kernels over buffers and over storage textures, and by the copy
// command. All are checked.

import { readFileSync } from 'node:fs'
import type { Device } from '../../lib/gpu/device.ts'
import { clockInUse, timed } from './clock.ts'
import { DispatchClock } from './dispatch-clock.ts'
import type { Contender } from './interleave.ts'
import { CheckError } from './reference.ts'

export type LimitKind = 'multiply-add' | 'copy'

/** A contender that does a known amount of operations or bytes in a run. */
export interface Limit extends Contender {
  readonly kind: LimitKind
  readonly amount: number
}

/** Sides of the square of 16-byte texels that is copied: 64 MiB, or 256 MiB where caches are large. */
const SIDE = 2048
const HARDWARE_SIDE = 4096
/** Copies a submission. */
const COMMANDS = 4
/** Of copies: vectors a lane, as in their kernels. */
const PER = 16
/** Of the ceiling: as in its kernel. */
const STEPS = 512
const OPERATIONS_A_LANE = 2 * 16 * 8 * STEPS
const MULTIPLIER = Math.fround(0.999)
const ADDEND = Math.fround(1e-3)
/** Enough lanes to fill a large GPU; a software adapter takes tens of milliseconds for as many as SOFTWARE_LANES. */
const LANES = 2 ** 20
const SOFTWARE_LANES = 2 ** 14

interface Made {
  readonly pipeline: GPUComputePipeline
  readonly group: GPUBindGroup
}

async function make(device: Device, name: string, lanes: number, resources: GPUBindingResource[]): Promise<Made> {
  const code = readFileSync(new URL(`../kernels/${name}.wgsl`, import.meta.url), 'utf8')
  const module = device.gpu.createShaderModule({ label: name, code })
  const compute = { module, constants: { LANES: lanes } }
  const pipeline = await device.gpu.createComputePipelineAsync({ label: name, layout: 'auto', compute })
  const entries = resources.map((resource, binding) => ({ binding, resource }))
  return { pipeline, group: device.gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }) }
}

const encode =
  ({ pipeline, group }: Made, x: number, y = 1) =>
  (pass: GPUComputePassEncoder): void => {
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(x, y)
  }

/** Workgroups as wide as a subgroup where that is one size, as software adapters like it, and 256 wide elsewhere. */
function lanesOf({ facts }: Device): number {
  return facts.subgroupMinSize === facts.subgroupMaxSize && facts.subgroupMinSize <= 16 ? facts.subgroupMinSize : 256
}

/** The ceiling of multiply-adds, checked against the same steps in f64. */
export async function ceiling(device: Device, isHardware: boolean): Promise<Limit> {
  const lanes = lanesOf(device)
  const groups = Math.min(65535, (isHardware ? LANES : SOFTWARE_LANES) / lanes)
  const { gpu, memory } = device
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC
  const output = memory.allocate('ceiling', 4 * groups * lanes, usage)
  const params = memory.allocate('ceiling parameters', 16, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST)
  gpu.queue.writeBuffer(params, 0, Float32Array.of(MULTIPLIER, ADDEND))
  const made = await make(device, 'ceiling', lanes, [{ buffer: params }, { buffer: output }])
  const clock = new DispatchClock(device, isHardware)
  const run = () => clock.time(encode(made, groups))
  await run()
  const sums = new Float32Array(await device.read(output, 0, 4 * groups * lanes))
  for (const [i, sum] of sums.entries()) {
    const expected = expectedSum(i % lanes)
    if (!(Math.abs(sum - expected) <= 1e-3 * expected))
      throw new CheckError(`the ceiling's lane ${i} is ${sum}, not ${expected}`)
  }
  return { name: 'multiply-add', kind: 'multiply-add', amount: groups * lanes * OPERATIONS_A_LANE, run }
}

function expectedSum(lane: number): number {
  const steps = 8 * STEPS
  const power = MULTIPLIER ** steps
  const fixed = (ADDEND * (1 - power)) / (1 - MULTIPLIER)
  return Array.from({ length: 16 }, (_, i) => (lane + i) * power + fixed).reduce((n, value) => n + value, 0)
}

/** Copies by buffers, by textures and by command; the best one is the limit. */
export async function copies(device: Device, isHardware: boolean): Promise<Limit[]> {
  const fits = device.gpu.limits.maxStorageBufferBindingSize >= 16 * HARDWARE_SIDE ** 2
  const side = isHardware && fits ? HARDWARE_SIDE : SIDE
  const kernels = [await bufferCopy(device, isHardware, side), await textureCopy(device, isHardware, side)]
  // A software adapter copies on one thread, whose CPU time over all cores would be too little.
  return clockInUse() === 'wall' ? [...kernels, await commandCopy(device, side)] : kernels
}

const bytesOf = (side: number): number => 16 * side ** 2

function twoBuffers({ gpu, memory }: Device, side: number): [input: GPUBuffer, output: GPUBuffer] {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
  const input = memory.allocate('copy from', bytesOf(side), usage)
  gpu.queue.writeBuffer(input, 0, pattern(side))
  return [input, memory.allocate('copy to', bytesOf(side), usage)]
}

async function commandCopy(device: Device, side: number): Promise<Limit> {
  const { gpu } = device
  const bytes = bytesOf(side)
  const [input, output] = twoBuffers(device, side)
  const run = async () => {
    const encoder = gpu.createCommandEncoder({ label: 'copy' })
    for (let i = 0; i < COMMANDS; i++) encoder.copyBufferToBuffer(input, 0, output, 0, bytes)
    const commands = encoder.finish()
    const copy = async () => {
      gpu.queue.submit([commands])
      await device.idle()
    }
    return (await timed(copy)) / COMMANDS
  }
  await run()
  check('command', new Float32Array(await device.read(output, 0, bytes)))
  return { name: 'copy command', kind: 'copy', amount: 2 * bytes, run }
}

const pattern = (side: number): Float32Array<ArrayBuffer> => {
  const values = new Float32Array(bytesOf(side) / 4)
  for (let i = 0; i < values.length; i++) values[i] = patternAt(i)
  return values
}

const patternAt = (i: number): number => (i * 7919) % 65521

async function bufferCopy(device: Device, isHardware: boolean, side: number): Promise<Limit> {
  const bytes = bytesOf(side)
  const [input, output] = twoBuffers(device, side)
  const lanes = lanesOf(device)
  const made = await make(device, 'copy-buffer', lanes, [{ buffer: input }, { buffer: output }])
  const clock = new DispatchClock(device, isHardware)
  const all = bytes / 16 / lanes / PER
  const x = Math.min(all, 32768)
  const run = () => clock.time(encode(made, x, all / x))
  await run()
  check('buffer', new Float32Array(await device.read(output, 0, bytes)))
  return { name: 'copy buffer', kind: 'copy', amount: 2 * bytes, run }
}

async function textureCopy(device: Device, isHardware: boolean, side: number): Promise<Limit> {
  const { gpu } = device
  const usage = GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST | GPUTextureUsage.COPY_SRC
  const [input, output] = ['from', 'to'].map(name =>
    gpu.createTexture({ label: `copy ${name}`, size: [side, side], format: 'rgba32float', usage }),
  )
  if (input === undefined || output === undefined) throw new TypeError('two textures were asked for')
  gpu.queue.writeTexture({ texture: input }, pattern(side), { bytesPerRow: 16 * side }, [side, side])
  const lanes = lanesOf(device)
  const made = await make(device, 'copy-texture', lanes, [input.createView(), output.createView()])
  const clock = new DispatchClock(device, isHardware)
  const run = () => clock.time(encode(made, side / lanes, side / PER))
  await run()
  check('texture', await readTexture(device, output, side))
  return { name: 'copy texture', kind: 'copy', amount: 2 * bytesOf(side), run }
}

async function readTexture(device: Device, texture: GPUTexture, side: number): Promise<Float32Array> {
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
  const buffer = device.memory.allocate('texels', bytesOf(side), usage)
  const encoder = device.gpu.createCommandEncoder()
  encoder.copyTextureToBuffer({ texture }, { buffer, bytesPerRow: 16 * side }, [side, side])
  device.gpu.queue.submit([encoder.finish()])
  const texels = new Float32Array(await device.read(buffer, 0, bytesOf(side)))
  device.memory.free(buffer)
  return texels
}

function check(kind: string, copied: Float32Array): void {
  const wrong = copied.findIndex((value, i) => value !== patternAt(i))
  if (wrong !== -1) throw new CheckError(`the ${kind} copy differs at value ${wrong}: ${copied[wrong]}`)
}
