// What every stage of the story runs on: a device, the model's weights on it, and compiled plans by name. Weights go up when
// the first plan that needs them is made, and are shared by all plans.

import { AbortError, InputError } from '../core/errors.ts'
import type { Device } from '../gpu/device.ts'
import { type WeightSource, Weights } from '../gpu/weights.ts'
import { compile, weightForms } from '../graph/compile.ts'
import type { Graph } from '../graph/graph.ts'
import { aborted } from '../graph/loop.ts'
import type { Outputs, Plan, Run } from '../graph/plan.ts'
import { printPlan } from '../graph/print.ts'

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

/** Hears of each plan that is made, by its key, and can have it in print. */
export type OnPlan = (key: string, print: () => string) => void

/** A device, opened when it is first needed: input is checked before. */
export type OpenDevice = () => Promise<Device>

interface Entry {
  readonly plan: Promise<Plan>
  /** Runs that want it now: it is not thrown out under them. */
  users: number
}

export class Engine {
  readonly #open: OpenDevice
  readonly #find: FindWeight
  #weights: Promise<Weights> | undefined
  /** The one used longest ago first. */
  #plans = new Map<string, Entry>()
  readonly #onPlan: OnPlan | undefined
  #disposed = false

  constructor(open: OpenDevice, find: FindWeight, onPlan?: OnPlan) {
    this.#open = open
    this.#find = find
    this.#onPlan = onPlan
  }

  /** The weights on the device; opens it. A device that could not be opened is tried again the next time. */
  weights(): Promise<Weights> {
    if (this.#disposed) return Promise.reject(new InputError('this storyteller was disposed of; load another'))
    if (this.#weights !== undefined) return this.#weights
    const opening = this.#open().then(device => new Weights(device))
    this.#weights = opening
    opening.catch(() => {
      this.#weights = undefined
    })
    return opening
  }

  /** Runs the plan called `key`, which is built, with its weights loaded, the first time. */
  async run(key: string, build: () => Graph, run: Omit<Run, 'signal'>, task: Task = {}): Promise<Outputs> {
    for (;;) {
      aborted(task.signal)
      const entry = this.#entry(key, build, task)
      entry.users++
      try {
        return await (await entry.plan).run({ ...run, signal: task.signal })
      } catch (error) {
        // Another caller was stopped while it made the plan for both: now it is this caller's turn.
        if (!(error instanceof AbortError) || task.signal?.aborted) throw error
      } finally {
        entry.users--
        this.#trim()
      }
    }
  }

  #entry(key: string, build: () => Graph, task: Task): Entry {
    const known = this.#plans.get(key)
    this.#plans.delete(key)
    const entry = known ?? { plan: this.#make(key, build(), task), users: 0 }
    this.#plans.set(key, entry)
    if (known === undefined)
      entry.plan.catch(() => {
        if (this.#plans.get(key) === entry) this.#plans.delete(key)
      })
    return entry
  }

  async #make(key: string, graph: Graph, { signal, onProgress }: Task): Promise<Plan> {
    const weights = await this.weights()
    const { isHardware } = weights.device.facts
    // Halves are unpacked as they are read: free on a GPU, dear in software. What is there already stays as it is.
    const halves = (name: string) =>
      weights.has(name, 'half') || (isHardware && !weights.has(name) && this.#find(name).isHalf === true)
    const forms = weightForms(graph, weights.device, halves)
    let done = 0
    for (const name of graph.parameters.keys()) {
      aborted(signal)
      // What is there already, but plain, is packed when the plan is made.
      for (const form of forms.get(name) ?? [])
        if (!weights.has(name, form) && (form === 'half' || !weights.has(name)))
          await weights.load(name, this.#find(name), signal, form)
      onProgress?.({ stage: 'weights', done: ++done, total: graph.parameters.size })
    }
    const plan = await compile(graph, weights.device, weights)
    this.#onPlan?.(key, () => printPlan(plan.compiled))
    return plan
  }

  #trim(): void {
    for (const [key, { plan, users }] of this.#plans) {
      if (this.#plans.size <= MAX_PLANS) return
      if (users > 0) continue
      this.#plans.delete(key)
      plan.then(
        old => old.dispose(),
        () => undefined,
      )
    }
  }

  /** Waits for runs under way, frees plans and weights and closes the device, where it was opened. */
  async dispose(): Promise<void> {
    this.#disposed = true
    for (const entry of this.#plans.values()) {
      const plan = await entry.plan.catch(() => undefined)
      await plan?.idle()
      plan?.dispose()
    }
    this.#plans.clear()
    const weights = await this.#weights?.catch(() => undefined)
    weights?.free()
    await weights?.device.dispose()
  }
}
