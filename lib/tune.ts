// Measures on a device what may be tuned (lib/gpu/tuning.ts): knob by knob, the candidates in turn on a few products that tell them
// apart. A candidate takes the default's place only where it clearly wins, so that noise changes nothing. Saves nothing.

import { Random } from './core/random.ts'
import type { Device } from './gpu/device.ts'
import type { AdapterFacts } from './gpu/facts.ts'
import { DEFAULT_TUNING, type Tuning } from './gpu/tuning.ts'
import { Weights } from './gpu/weights.ts'
import { compile } from './graph/compile.ts'
import { Graph } from './graph/graph.ts'
import type { Plan } from './graph/plan.ts'
import { linear } from './ops/gemm.ts'
import { gruStep } from './ops/gru-cell.ts'
import { runsSubgroups } from './ops/subgroup.ts'

/** A product to time; all that it reads are weights, so that a run uploads nothing. */
export interface Work {
  readonly title: string
  /** Equal dispatches of one plan. */
  readonly repeats: number
  readonly graph: Graph
}

/** One thing to decide; the first candidate is the default. */
export interface Knob {
  readonly title: string
  readonly candidates: readonly { readonly title: string; readonly tuning: Partial<Tuning> }[]
  readonly works: readonly Work[]
}

export interface Figure {
  readonly title: string
  /** Median milliseconds of each product. */
  readonly ms: readonly number[]
  /** Time as a share of the default's: the geometric mean over the products. */
  readonly share: number
  readonly chosen: boolean
}

export interface TunedKnob {
  readonly title: string
  readonly works: readonly string[]
  readonly figures: readonly Figure[]
}

export interface Tuned {
  readonly tuning: Tuning
  /** What was measured; empty on an adapter whose kernels leave nothing to choose. */
  readonly knobs: readonly TunedKnob[]
}

/** Milliseconds that `run` takes. */
export type Clock = (run: () => Promise<void>, tuning: Tuning) => Promise<number>

export interface TuneOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: { stage: string; done: number; total: number }) => void) | undefined
  readonly knobs?: readonly Knob[]
  readonly clock?: Clock
}

const ROUNDS = 9
/** A candidate must take less than this share of the default's time. */
const CLEAR_WIN = 0.95
/** Runs are timed together until they take about so long. */
const SAMPLE_MS = 30
const MOST_TOGETHER = 32

const wallClock: Clock = async run => {
  const began = performance.now()
  await run()
  return performance.now() - began
}

/** Times all candidates and chooses. @throws AbortError, DeviceError */
export async function tune(device: Device, options: TuneOptions = {}): Promise<Tuned> {
  const { knobs = knobsOf(device.facts), onProgress } = options
  const total = knobs.reduce((n, { works }) => n + works.length * ROUNDS, 0)
  let done = 0
  const round = () => onProgress?.({ stage: 'tuning', done: ++done, total })
  let tuning = DEFAULT_TUNING
  const tuned: TunedKnob[] = []
  for (const { title, candidates, works } of knobs) {
    const tunings = candidates.map(candidate => ({ ...tuning, ...candidate.tuning }))
    const times: number[][] = []
    for (const work of works) times.push(await timeWork(device, work, tunings, options, round))
    const shares = candidates.map((_, i) => meanShare(times, i))
    const chosen = clearWinner(shares)
    tuning = tunings[chosen] ?? tuning
    tuned.push({
      title,
      works: works.map(work => work.title),
      figures: candidates.map((candidate, i) => ({
        title: candidate.title,
        ms: times.map(of => of[i] ?? Number.NaN),
        share: shares[i] ?? Number.NaN,
        chosen: i === chosen,
      })),
    })
  }
  return { tuning, knobs: tuned }
}

/** The candidate with the smallest share, if it clearly beats the default, which is the first. */
export function clearWinner(shares: readonly number[]): number {
  const best = shares.indexOf(Math.min(...shares))
  return (shares[best] ?? 1) < CLEAR_WIN ? best : 0
}

/** The geometric mean of a candidate's times over the default's: a short product counts as much as a long one. */
function meanShare(times: readonly (readonly number[])[], candidate: number): number {
  const logs = times.map(of => Math.log((of[candidate] ?? 1) / (of[0] ?? 1)))
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length)
}

/** The median milliseconds of one product by each tuning, measured in turn. */
async function timeWork(
  device: Device,
  work: Work,
  tunings: readonly Tuning[],
  { clock = wallClock, signal }: TuneOptions,
  onRound: () => void,
): Promise<number[]> {
  const weights = new Weights(device)
  const made: { tuning: Tuning; plan: Plan; samples: number[] }[] = []
  const time = (plan: Plan, tuning: Tuning, together: number) =>
    clock(async () => {
      for (let i = 0; i < together; i++) await plan.run({ inputs: {}, read: [], signal })
      await device.idle()
    }, tuning)
  try {
    for (const [name, { shape }] of work.graph.parameters)
      await weights.load(name, seeded(shape as readonly number[]), signal)
    for (const tuning of tunings) {
      const plan = await compile(work.graph, device, weights, { ...device.facts, tuning })
      made.push({ tuning, plan, samples: [] })
      // The first run of a kernel may compile it.
      await time(plan, tuning, 1)
    }
    let together = 1
    for (let round = 0; round < ROUNDS; round++) {
      for (const { plan, tuning, samples } of made) {
        const ms = await time(plan, tuning, together)
        samples.push(ms / together / work.repeats)
      }
      if (round === 0) together = runsTogether(made.map(({ samples }) => (samples[0] ?? 0) * work.repeats))
      onRound()
    }
    return made.map(({ samples }) => median(samples))
  } finally {
    for (const { plan } of made) plan.dispose()
    weights.free()
  }
}

const runsTogether = (ms: readonly number[]): number =>
  Math.max(1, Math.min(MOST_TOGETHER, Math.ceil(SAMPLE_MS / Math.max(Math.min(...ms), 0.01))))

/** Of an odd number of samples. */
const median = (samples: readonly number[]): number =>
  [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN

/** Seeded numbers in place of weights, made part by part. */
const seeded = (shape: readonly number[]) => ({
  shape,
  async *parts(maxElements: number) {
    const random = new Random(1)
    const length = shape.reduce((n, d) => n * d, 1)
    for (let offset = 0; offset < length; offset += maxElements)
      yield { offset, data: random.floats(Math.min(maxElements, length - offset)) }
  },
})

/** What there is to decide on an adapter. */
export function knobsOf(facts: AdapterFacts): readonly Knob[] {
  if (facts.isHardware) return [manyTiles()]
  return runsSubgroups(facts) ? [packed(), tallest()] : []
}

/** Dispatches of a GPU's plan: its products take less time than a submission. */
const REPEATS = 8

function manyTiles(): Knob {
  const { manyTiles: usual } = DEFAULT_TUNING
  const counts = [usual, ...[64, 128, 256, 512].filter(count => count !== usual)]
  return {
    title: 'tiles of 128 × 128 instead of 64 × 64',
    candidates: counts.map(count => ({ title: `from ${count} tiles`, tuning: { manyTiles: count } })),
    // 64, 144 and 256 tiles of 128 × 128.
    works: [1024, 1536, 2048].map(side => product(side, side, side, REPEATS)),
  }
}

const packed = (): Knob => ({
  title: 'weights of products and GRU cells',
  candidates: [
    { title: 'packed in textures', tuning: { packed: true } },
    { title: 'in buffers', tuning: { packed: false } },
  ],
  works: [product(1, 1600, 20_000), product(50, 1600, 20_000), gru(1, 1600), gru(50, 1600)],
})

function tallest(): Knob {
  const { tallest: usual } = DEFAULT_TUNING
  const heights = [usual, ...[16, 25, 32].filter(height => height !== usual)]
  return {
    title: 'tallest tile',
    candidates: heights.map(height => ({ title: `${height} rows`, tuning: { tallest: height } })),
    works: [product(1024, 1024, 1024), product(50, 1600, 20_000), gru(64, 1600)],
  }
}

/** x [rows, inner] · Wᵀ with W [columns, inner]. */
export function product(rows: number, inner: number, columns: number, repeats = 1): Work {
  const graph = new Graph()
  const [x, weight] = [graph.parameter('x', [rows, inner]), graph.parameter('W', [columns, inner])]
  for (let i = 1; i < repeats; i++) linear(x, weight)
  graph.output('y', linear(x, weight))
  return { title: `${rows} × ${inner} → ${columns}`, repeats, graph }
}

/** One step of a GRU. */
function gru(rows: number, units: number): Work {
  const graph = new Graph()
  const [state, input] = [graph.parameter('state', [rows, units]), graph.parameter('input', [rows, 3 * units])]
  const recurrent = graph.parameter('U', [3 * units, units])
  graph.output('y', gruStep(state, input, recurrent, { rows, offset: 0 }))
  return { title: `GRU ${rows} × ${units}`, repeats: 1, graph }
}
