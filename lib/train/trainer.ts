// A net in training: its parameters and Adam's moments on the device, updated batch by batch. Portable; who opens the device is
// index.ts and index.browser.ts. Plans have room for the longest batch so far and are made anew when a longer one comes.

import { InputError } from '../core/errors.ts'
import type { Device } from '../gpu/device.ts'
import { inMemory, Weights } from '../gpu/weights.ts'
import { compile } from '../graph/compile.ts'
import type { Outputs, Plan } from '../graph/plan.ts'
import type { Tensor } from '../ops/op.ts'
import { partsOf } from '../ops/square-sum.ts'
import { TrainingError } from './errors.ts'
import { adamRates } from './optimiser.ts'
import { costOutputs, gradientOutput, type Hyper, meanOf, type Purpose, program, squareOf } from './program.ts'
import type { Prepared, Recipe, RecipeFor } from './recipe.ts'
import { decoderRecipe } from './recipes/decoder.ts'
import { embeddingRecipe } from './recipes/embedding.ts'
import { skipThoughtsRecipe } from './recipes/skip-thoughts.ts'
import { vgg19Recipe } from './recipes/vgg19.ts'
import type { Room } from './sentences.ts'
import type {
  AnyKind,
  Batches,
  BatchGradients,
  Moments,
  NamedArrays,
  TrainerKind,
  TrainerOptions,
  TrainerSettings,
  UpdateSettings,
} from './types.ts'

const RECIPES: { readonly [K in AnyKind]: RecipeFor<Batches[K]> } = {
  decoder: decoderRecipe,
  'skip-thoughts': skipThoughtsRecipe,
  embedding: embeddingRecipe,
  vgg19: vgg19Recipe,
}

const LRATE = 0.0002
/** A plan has room for this much at least: variants, and with them the order of sums, then never depend on the first batch. */
const LEAST = 16
/** Updates that may be on their way unread. */
const AHEAD = 4

interface Program {
  readonly plan: Plan
  readonly costs: readonly string[]
}

/** Calls wait for each other, in their order. */
export class TrainerBase<K extends AnyKind = TrainerKind> {
  readonly device: Device
  readonly kind: K
  readonly options: TrainerOptions
  #recipe: Recipe<Batches[K]>
  #hyper: Hyper
  #lrate: number
  #compat: boolean
  #ownsDevice: boolean
  #weights: Weights
  #room: Room = {}
  #programs = new Map<Purpose, Program>()
  #step: number
  #ahead = 0
  #queue: Promise<unknown> = Promise.resolve()

  protected constructor(device: Device, kind: K, options: TrainerOptions, given: Given<Batches[K]>) {
    this.device = device
    this.kind = kind
    this.options = options
    this.#recipe = given.recipe
    this.#hyper = given.hyper
    this.#lrate = given.lrate
    this.#compat = given.compat
    this.#ownsDevice = given.ownsDevice
    this.#step = given.step
    this.#weights = new Weights(device)
  }

  /** Checks everything that can be checked without a device. */
  protected static prepare<K extends AnyKind>(
    kind: K,
    options: TrainerOptions,
    parameters: NamedArrays,
    settings: TrainerSettings,
  ): Given<Batches[K]> {
    const recipeFor = RECIPES[kind]
    if (recipeFor === undefined)
      throw new InputError(`there is no trainer for "${kind}"; there are ${Object.keys(RECIPES).join(', ')}`)
    const recipe = recipeFor(options, parameters)
    const { optimizer = 'adam', decay_c = 0, grad_clip = recipe.gradClip, lrate = LRATE } = options
    const compat = settings.compat ?? options.compat ?? false
    if (optimizer !== 'adam') throw new InputError(`optimizer is "${optimizer}"; there is only "adam"`)
    for (const [name, value] of Object.entries({ decay_c, grad_clip, lrate }))
      if (!Number.isFinite(value)) throw new InputError(`${name} is ${value}; give a number`)
    if (decay_c < 0) throw new InputError(`decay_c is ${decay_c}; it is 0 or more`)
    if (compat && (kind === 'decoder' || kind === 'skip-thoughts') && lrate !== LRATE)
      throw new InputError(
        `lrate is ${lrate}, but with compat the ${kind} takes ${LRATE}, as the original whatever it is given`,
      )
    const step = settings.step ?? settings.moments?.step ?? 0
    if (!Number.isInteger(step) || step < 0) throw new InputError(`step is ${step}; it counts updates from 0`)
    const { m, v } = settings.moments ?? {}
    return {
      recipe,
      hyper: { gradClip: grad_clip, decay: decay_c },
      lrate,
      compat,
      step,
      ownsDevice: settings.device === undefined,
      tensors: [
        ...recipe.layout.pack(parameters),
        ...[...(m === undefined ? zeros(recipe) : recipe.layout.pack(m))].map(([n, t]) => [meanOf(n), t] as const),
        ...[...(v === undefined ? zeros(recipe) : recipe.layout.pack(v))].map(([n, t]) => [squareOf(n), t] as const),
      ],
    }
  }

  protected async load(tensors: Given<unknown>['tensors']): Promise<void> {
    try {
      for (const [label, { shape, data }] of tensors) await this.#weights.load(label, inMemory(shape, data))
    } catch (error) {
      await this.dispose()
      throw error
    }
  }

  /** Updates made so far. */
  get step(): number {
    return this.#step
  }

  /** The cost of a batch, weight decay included; nothing is updated. */
  cost(batch: Batches[K]): Promise<number> {
    return this.#next(async () => {
      const { outputs, costs } = await this.#run('cost', batch)
      return sumOf(outputs, costs)
    })
  }

  /** A batch's cost and gradients, before clipping; nothing is updated. */
  gradients(batch: Batches[K]): Promise<BatchGradients> {
    return this.#next(async () => {
      const { outputs, costs } = await this.#run('gradients', batch)
      const flat = new Map(
        [...this.#recipe.layout.tensors.keys()].map(label => [label, dataOf(outputs, gradientOutput(label))]),
      )
      let squaredNorm = 0
      for (const data of flat.values()) for (const x of data) squaredNorm += x * x
      return { cost: sumOf(outputs, costs), gradients: this.#recipe.layout.unpack(flat), squaredNorm }
    })
  }

  /**
   * One step of Adam; resolves to the batch's cost before it.
   * @throws TrainingError where the cost or the gradients are no numbers, after the update, as the original
   */
  update(batch: Batches[K], { cost = true, lrate = this.#lrate }: UpdateSettings = {}): Promise<number> {
    return this.#next(async () => {
      const rates = adamRates(this.#step + 1, lrate, this.#compat)
      const { outputs, costs, plan } = await this.#run('update', batch, { rates }, cost)
      this.#step++
      if (!cost) {
        this.#ahead++
        if (this.#ahead >= AHEAD) await this.#settle()
        return Number.NaN
      }
      this.#ahead = 0
      const sum = sumOf(outputs, costs)
      const [squaredNorm = Number.NaN] = dataOf(outputs, 'norm')
      if (Number.isFinite(sum) && Number.isFinite(squaredNorm)) return sum
      throw new TrainingError({ update: this.#step, cost: sum, tensor: await this.#culprit(plan) })
    })
  }

  /** The parameters as they are now. */
  parameters(): Promise<NamedArrays> {
    return this.#next(async () => this.#read(label => label))
  }

  /** Adam's moments as they are now, and the number of updates. */
  moments(): Promise<Moments> {
    return this.#next(async () => ({ m: await this.#read(meanOf), v: await this.#read(squareOf), step: this.#step }))
  }

  /** Frees everything, and closes the device where the trainer opened it. */
  async dispose(): Promise<void> {
    await this.#queue.catch(() => undefined)
    this.#drop()
    this.#weights.free()
    if (this.#ownsDevice) await this.device.dispose()
  }

  #next<T>(task: () => Promise<T>): Promise<T> {
    const next = this.#queue.then(task)
    this.#queue = next.catch(() => undefined)
    return next
  }

  async #settle(): Promise<void> {
    await this.device.idle()
    this.#ahead = 0
  }

  #drop(): void {
    for (const { plan } of this.#programs.values()) plan.dispose()
    this.#programs.clear()
  }

  async #run(purpose: Purpose, batch: Batches[K], more: Record<string, Float32Array> = {}, read = true) {
    const prepared = this.#recipe.prepare(batch)
    this.#makeRoom(prepared)
    const { plan, costs } = await this.#program(purpose)
    const { inputs, counts } = prepared.pack(this.#room)
    const wanted = purpose === 'update' ? [...costs, 'norm'] : undefined
    const run = { inputs: { ...inputs, ...more }, counts }
    const outputs = await plan.run({ ...run, ...(wanted && { read: read ? wanted : [] }) })
    return { outputs, costs, plan }
  }

  /** Plans that are too small for a batch are given up. */
  #makeRoom({ room }: Prepared): void {
    const fits = Object.entries(room).every(([name, need]) => need <= (this.#room[name] ?? 0))
    if (fits) return
    this.#drop()
    const names = Object.keys({ ...this.#room, ...room })
    this.#room = Object.fromEntries(
      names.map(name => {
        const [have, need] = [this.#room[name] ?? 0, room[name] ?? 0]
        // A quarter more than was needed: batches that grow bit by bit don't mean a plan for each.
        return [name, need <= have ? have : Math.max(LEAST, have === 0 ? need : Math.ceil(1.25 * need))]
      }),
    )
  }

  async #program(purpose: Purpose): Promise<Program> {
    const known = this.#programs.get(purpose)
    if (known !== undefined) return known
    const graph = program(this.#recipe as Recipe<never>, this.#room, purpose, this.#hyper)
    const made = { plan: await compile(graph, this.device, this.#weights), costs: costOutputs(graph) }
    this.#programs.set(purpose, made)
    return made
  }

  /** The first parameter whose gradient in the last update was not finite. */
  async #culprit({ compiled: { graph, regions } }: Plan): Promise<string | undefined> {
    const region = regions.get(graph.outputs.get('parts') as Tensor)
    if (region === undefined) return undefined
    const parts = new Float32Array(await this.device.read(region.buffer, region.offset, region.size))
    let first = 0
    for (const [label, tensor] of graph.parameters) {
      if (!this.#recipe.layout.tensors.has(label)) continue
      const count = partsOf(tensor)
      if (parts.subarray(first, first + count).some(x => !Number.isFinite(x)))
        return `the gradient of ${this.#recipe.layout.names(label).join(' or ')}`
      first += count
    }
    return undefined
  }

  async #read(name: (label: string) => string): Promise<NamedArrays> {
    const tensors = new Map<string, Float32Array>()
    for (const label of this.#recipe.layout.tensors.keys()) {
      const pieces = this.#weights.get(name(label))
      const data = new Float32Array(pieces.reduce((n, { bytes }) => n + bytes / 4, 0))
      let at = 0
      for (const { buffer, bytes } of pieces) {
        data.set(new Float32Array(await this.device.read(buffer, 0, bytes)), at)
        at += bytes / 4
      }
      tensors.set(label, data)
    }
    this.#ahead = 0
    return this.#recipe.layout.unpack(tensors)
  }
}

/** What is known before a device is opened. */
export interface Given<Batch> {
  readonly recipe: Recipe<Batch>
  readonly hyper: Hyper
  readonly lrate: number
  readonly compat: boolean
  readonly step: number
  readonly ownsDevice: boolean
  readonly tensors: readonly (readonly [string, { readonly shape: readonly number[]; readonly data: Float32Array }])[]
}

const zeros = ({ layout }: Recipe<never>) =>
  new Map(
    [...layout.tensors].map(([label, shape]) => [
      label,
      { shape, data: new Float32Array(shape.reduce((n, d) => n * d, 1)) },
    ]),
  )

function dataOf(outputs: Outputs, name: string): Float32Array {
  const data = outputs[name]?.data
  if (!(data instanceof Float32Array)) throw new InputError(`the plan gave no ${name}`)
  return data
}

const sumOf = (outputs: Outputs, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + (dataOf(outputs, name)[0] ?? Number.NaN), 0)
