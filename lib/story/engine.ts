// What every stage of the story runs on: a device, the model's weights on it, and compiled plans by name. Weights go up when
// the first plan that needs them is made, and are shared by all plans.

import type { Device } from '../gpu/device.ts'
import { type WeightSource, Weights } from '../gpu/weights.ts'
import { compile } from '../graph/compile.ts'
import type { Graph } from '../graph/graph.ts'
import type { Plan } from '../graph/plan.ts'

/** Finds a weight's numbers by its name in the bundle; throws FileError where there is none. */
export type FindWeight = (name: string) => WeightSource

export interface Progress {
  readonly stage: string
  readonly done: number
  readonly total: number
}

export interface Task {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** Plans kept at once; the one used longest ago makes room. */
const MAX_PLANS = 24

/** A device, opened when it is first needed: input is checked before. */
export type OpenDevice = () => Promise<Device>

export class Engine {
  readonly #open: OpenDevice
  readonly #find: FindWeight
  #weights: Promise<Weights> | undefined
  #plans = new Map<string, Promise<Plan>>()

  constructor(open: OpenDevice, find: FindWeight) {
    this.#open = open
    this.#find = find
  }

  /** The weights on the device; opens it. */
  weights(): Promise<Weights> {
    this.#weights ??= this.#open().then(device => new Weights(device))
    return this.#weights
  }

  /** The plan called `key`; built, with its weights loaded, the first time. */
  async plan(key: string, build: () => Graph, task: Task = {}): Promise<Plan> {
    const known = this.#plans.get(key)
    if (known !== undefined) {
      this.#plans.delete(key)
      this.#plans.set(key, known)
      return known
    }
    const made = this.#make(build(), task)
    this.#plans.set(key, made)
    made.catch(() => this.#plans.delete(key))
    await this.#trim()
    return made
  }

  async #make(graph: Graph, { signal, onProgress }: Task): Promise<Plan> {
    const weights = await this.weights()
    let done = 0
    for (const name of graph.parameters.keys()) {
      if (!weights.has(name)) await weights.load(name, this.#find(name), signal)
      onProgress?.({ stage: 'weights', done: ++done, total: graph.parameters.size })
    }
    return compile(graph, weights.device, weights)
  }

  async #trim(): Promise<void> {
    for (const [key, plan] of this.#plans) {
      if (this.#plans.size <= MAX_PLANS) return
      this.#plans.delete(key)
      const old = await plan
      await old.idle()
      old.dispose()
    }
  }

  /** Frees plans and weights and closes the device, where it was opened. */
  async dispose(): Promise<void> {
    for (const plan of this.#plans.values()) {
      const made = await plan.catch(() => undefined)
      made?.dispose()
    }
    this.#plans.clear()
    const weights = await this.#weights?.catch(() => undefined)
    weights?.free()
    await weights?.device.dispose()
  }
}
