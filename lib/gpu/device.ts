// The device that everything runs on: limits, pipelines, memory under one budget, uploads and read-backs.
// Portable between Node and browsers; which adapter it came from is decided elsewhere. Knows nothing of ops or graphs.

import { DeviceError } from '../core/errors.ts'
import { type AdapterFacts, factsOf } from './facts.ts'
import type { Kernel, KernelSource } from './kernel.ts'
import { Memory } from './memory.ts'
import { buildPipeline, type Pipeline } from './pipeline.ts'
import { DEFAULT_TUNING, type Tuning } from './tuning.ts'

export interface DeviceOptions {
  /** What people see of the adapter ("SwiftShader", "llvmpipe (LLVM 19)", ...). */
  label: string
  kernelSource: KernelSource
  /** Bytes this process may hold on the device. */
  memoryLimit?: number
  /** How this platform waits for what the device does; just so if absent. */
  patiently?: Patience
  /** What was measured on this adapter; the defaults if absent. */
  tuning?: Tuning | undefined
}

type Patience = <T>(work: Promise<T>) => Promise<T>

/** Limits worth asking for when the adapter offers more than the default. */
const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxTextureDimension2D',
] as const

export class Device {
  readonly gpu: GPUDevice
  readonly label: string
  readonly kernelSource: KernelSource
  readonly memory: Memory
  readonly facts: AdapterFacts
  /** Bytes read back so far; loops are held to 16 a chunk. */
  bytesRead = 0
  readonly lost: Promise<DeviceError>
  readonly #patiently: Patience
  #pipelines = new Map<string, Promise<Pipeline>>()
  #failure: DeviceError | undefined
  #disposed = false

  private constructor(gpu: GPUDevice, options: DeviceOptions) {
    this.gpu = gpu
    this.label = options.label
    this.kernelSource = options.kernelSource
    this.#patiently = options.patiently ?? (work => work)
    this.memory = new Memory(gpu, options.memoryLimit ?? Number.POSITIVE_INFINITY)
    this.facts = factsOf(gpu, options.tuning ?? DEFAULT_TUNING)
    gpu.addEventListener('uncapturederror', event => {
      event.preventDefault()
      this.#failure ??= new DeviceError(`${this.label}: ${event.error.message}`)
    })
    this.lost = gpu.lost.then(info => {
      const error = new DeviceError(
        `${this.label}: the device was lost (${info.reason}: ${info.message}); try again, or choose another with --adapter`,
      )
      if (!this.#disposed) this.#failure ??= error
      return error
    })
  }

  /** A device with all that the adapter offers of what kernels use. @throws DeviceError where the adapter gives none. */
  static async open(adapter: GPUAdapter, options: DeviceOptions): Promise<Device> {
    const requiredLimits = Object.fromEntries(RAISED_LIMITS.map(name => [name, adapter.limits[name]]))
    const wanted: GPUFeatureName[] = ['timestamp-query', 'subgroups']
    const requiredFeatures = wanted.filter(name => adapter.features.has(name))
    try {
      const gpu = await adapter.requestDevice({ label: 'storyteller', requiredLimits, requiredFeatures })
      return new Device(gpu, options)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new DeviceError(`${options.label} gives no device (${reason}); choose another with --adapter`, { cause })
    }
  }

  /** Throws what the device reported since the last call: validation errors and loss come late by nature. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** The compiled pipeline of a kernel, made once per text and overrides; compilation runs in parallel. */
  pipeline(kernel: Kernel): Promise<Pipeline> {
    const key = `${JSON.stringify(kernel.overrides)}\n${kernel.code}`
    let pipeline = this.#pipelines.get(key)
    if (pipeline === undefined) {
      pipeline = this.#patiently(buildPipeline(this.gpu, kernel))
      this.#pipelines.set(key, pipeline)
    }
    return pipeline
  }

  /** Waits for all submitted work. */
  async idle(): Promise<void> {
    await this.#patiently(this.gpu.queue.onSubmittedWorkDone())
    this.check()
  }

  /** Copies `length` bytes, a multiple of 4, out of a buffer. Waits for the work before it. */
  async read(source: GPUBuffer, offset: number, length: number): Promise<ArrayBuffer> {
    const staging = this.memory.allocate('readback', length, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ)
    try {
      const encoder = this.gpu.createCommandEncoder({ label: 'readback' })
      encoder.copyBufferToBuffer(source, offset, staging, 0, length)
      this.gpu.queue.submit([encoder.finish()])
      return (await this.readMapped(staging)).slice(0, length)
    } finally {
      this.memory.free(staging)
    }
  }

  /** The first `length` bytes of a staging buffer once the work before it is done; a lost device is a typed error. */
  async readMapped(staging: GPUBuffer, length = staging.size): Promise<ArrayBuffer> {
    try {
      await this.#patiently(staging.mapAsync(GPUMapMode.READ, 0, length))
    } catch (cause) {
      this.check()
      throw new DeviceError(`${this.label}: reading back failed`, { cause })
    }
    this.check()
    const bytes = staging.getMappedRange(0, length).slice(0)
    staging.unmap()
    this.bytesRead += bytes.byteLength
    return bytes
  }

  async dispose(): Promise<void> {
    this.#disposed = true
    this.memory.freeAll()
    this.gpu.destroy()
    await this.gpu.lost
  }
}
