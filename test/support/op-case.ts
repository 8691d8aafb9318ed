// What the tests of single ops share: seeded cases that say how to run them again, runs that notice stray writes, and
// comparisons with a bound for each element. Knows nothing of any one op.

import ndarray, { type NdArray } from 'ndarray'
import * as assert from 'uvu/assert'
import { Random } from '../../lib/core/random.ts'
import { type Dim, largest } from '../../lib/core/shape.ts'
import type { Device } from '../../lib/gpu/device.ts'
import { inMemory, Weights } from '../../lib/gpu/weights.ts'
import { compile } from '../../lib/graph/compile.ts'
import type { Compiled } from '../../lib/graph/compiled.ts'
import type { Graph } from '../../lib/graph/graph.ts'
import type { Outputs, Run } from '../../lib/graph/plan.ts'
import type { Op, Variant } from '../../lib/ops/op.ts'
import { testDevice } from './gpu.ts'

/** Rounding error of one f32 operation, relative: half a unit in the last place. */
export const U = 2 ** -24

export type Sizes = Readonly<Record<string, number | boolean | string>>

const title = (sizes: Sizes): string =>
  Object.entries(sizes)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')

/**
 * Runs every case with random numbers of its own. A failing one names itself; with CASE set to that name, it alone runs.
 * `file`: import.meta.url of the test.
 */
export async function eachCase<S extends Sizes>(
  file: string,
  cases: readonly S[],
  check: (sizes: S, random: Random) => Promise<void> | void,
): Promise<void> {
  const { CASE } = process.env
  for (const [seed, sizes] of cases.entries()) {
    const name = title({ ...sizes, seed })
    if (CASE !== undefined && CASE !== name) continue
    try {
      await check(sizes, new Random(seed))
    } catch (error) {
      const again = `CASE='${name}' node --import tsx scripts/test-file.mjs test/${file.split('/test/').at(-1)}`
      if (error instanceof Error) error.message = `${name}: ${error.message}\nagain: ${again}`
      throw error
    }
  }
}

/** Sizes drawn from ranges, both ends included; the same ones on every machine. */
export const randomSizes = <N extends string>(
  count: number,
  ranges: Readonly<Record<N, readonly [number, number]>>,
): Record<N, number>[] =>
  Array.from({ length: count }, (_, i) => {
    const random = new Random(0x51235 + i)
    const entries = Object.entries<readonly [number, number]>(ranges)
    return Object.fromEntries(entries.map(([name, [low, high]]) => [name, random.integer(low, high)])) as Record<
      N,
      number
    >
  })

/** The op, computed by the given variant wherever it stands. */
export const withVariant = <A extends object>(op: Op<A>, variant: Variant): Op<A> => ({ ...op, choose: () => variant })

export const array = <D extends Float32Array | Int32Array | Uint32Array>(data: D, ...shape: number[]): NdArray<D> =>
  ndarray(data, shape)

/** Values in [-scale, scale). */
export function floats(random: Random, scale: number, ...shape: number[]): NdArray<Float32Array> {
  const data = new Float32Array(shape.reduce((n, d) => n * d, 1))
  for (let i = 0; i < data.length; i++) data[i] = (random.uniform() * 2 - 1) * scale
  return array(data, ...shape)
}

export type Arrays = Readonly<Record<string, NdArray<Float32Array>>>

export interface GuardedRun extends Run {
  readonly weights?: Arrays
  /** Names of weights that are kept as halves. */
  readonly halves?: readonly string[]
  readonly device?: Device
}

export interface Guarded {
  readonly outputs: Outputs
  /** Variants of the dispatches, in order: what was fused is not there. */
  readonly dispatches: readonly string[]
}

/** A word that no kernel writes by chance; as f32 it is finite, and far from all test data. */
const SENTINEL = 0xdeadbeef

/**
 * Compiles and runs a graph with all planned memory set to a sentinel. Throws where a kernel wrote outside the rows that the
 * run's counts give its outputs.
 */
export async function runGuarded(graph: Graph, run: GuardedRun): Promise<Guarded> {
  const device = run.device ?? (await testDevice())
  const store = new Weights(device)
  try {
    for (const name of graph.parameters.keys()) {
      const weight = run.weights?.[name]
      if (weight === undefined) throw new Error(`the test gives no weight ${name}`)
      const form = run.halves?.includes(name) ? 'half' : 'plain'
      await store.load(name, inMemory(weight.shape, weight.data), undefined, form)
    }
    const plan = await compile(graph, device, store)
    try {
      const slabs = new Set([...plan.compiled.memory.places.keys()].map(t => plan.compiled.regions.get(t)?.buffer))
      for (const slab of slabs)
        if (slab !== undefined) device.gpu.queue.writeBuffer(slab, 0, new Uint32Array(slab.size / 4).fill(SENTINEL))
      const outputs = await plan.run(run)
      for (const slab of slabs) if (slab !== undefined) await checkSlab(device, plan.compiled, slab, run)
      return { outputs, dispatches: dispatchesOf(plan.compiled) }
    } finally {
      plan.dispose()
    }
  } finally {
    store.free()
  }
}

async function checkSlab(device: Device, compiled: Compiled, slab: GPUBuffer, run: Run): Promise<void> {
  const words = new Uint32Array(await device.read(slab, 0, slab.size))
  for (const tensor of compiled.memory.places.keys()) {
    const region = compiled.regions.get(tensor)
    if (region?.buffer !== slab) continue
    const length = (tensor.shape as readonly Dim[]).reduce<number>((n, d) => n * actual(d, run), 1)
    words.fill(SENTINEL, region.offset / 4, region.offset / 4 + length)
  }
  const stray = words.findIndex(word => word !== SENTINEL)
  if (stray !== -1)
    throw new Error(`${slab.label}: word ${stray} was written, and belongs to no tensor at these counts`)
}

/** A size in this run; the largest where a loop decides. */
function actual(dim: Dim, { counts = {} }: Run): number {
  const count = typeof dim === 'number' ? dim : counts[dim.name]
  return typeof count === 'number' ? count : largest(dim)
}

const dispatchesOf = (compiled: Compiled): string[] =>
  compiled.lowered.flatMap(item =>
    (item.kind === 'dispatch' ? [item.lowered] : item.body).map(({ node, variant }) => `${node.op.name} ${variant}`),
  )

/** Compares with a bound for all elements, or one for each. Not-a-number is always wrong. */
export function assertClose(
  actual: NdArray | undefined,
  expected: NdArray<Float64Array>,
  bound: number | NdArray,
): void {
  assert.equal(actual?.shape, expected.shape, 'shape')
  for (let i = 0; i < expected.data.length; i++) {
    const [a, e] = [Number(actual?.data[i as never]), expected.data[i] ?? Number.NaN]
    const limit = typeof bound === 'number' ? bound : Number(bound.data[i as never])
    if (!(Math.abs(a - e) <= limit)) assert.unreachable(`element ${i} is ${a}, expected ${e} ± ${limit}`)
  }
}
