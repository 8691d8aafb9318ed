// beam: the search at the published sizes, width 50, in ms a step. The end of a story is made unlikely, so that all hypotheses live to the
// last step; the time of a whole search, first state and read-back included, is divided by its steps after the first, which has one row.

import type { WeightSource } from '../../lib/gpu/weights.ts'
import type { Outputs } from '../../lib/graph/plan.ts'
import { beamSearchGraph } from '../../lib/nets/index.ts'
import { timed } from '../harness/clock.ts'
import { DECODER } from '../harness/full-size.ts'
import type { Case, Workload } from '../harness/measure.ts'
import { PlainDecoder } from '../harness/plain-decoder.ts'
import { CheckError, problemOf } from '../harness/reference.ts'
import { type Seeded, source, values } from '../harness/seeded.ts'
import type { Session } from '../harness/session.ts'

const { dim, dimWord, dimContext, nWords } = DECODER
const WIDTH = 50
const MAXLEN = 25
/** Of a search of so many words all costs are computed again. */
const SHORT = 2
/** Of a sum of logarithms, as everywhere (see scripts/conformance/decoders.ts). */
const TOLERANCE = 2e-4
const NEVER = -1e4
const UNKNOWN = 1

const SEEDED: Readonly<Record<string, Seeded>> = {
  'decoder/words': { shape: [nWords, dimWord], seed: 50, scale: 1 },
  'decoder/gru.W': { shape: [3 * dim, dimWord], seed: 51, scale: 0.1 },
  'decoder/gru.b': { shape: [3 * dim], seed: 52, scale: 0.2 },
  'decoder/gru.U': { shape: [3 * dim, dim], seed: 53, scale: 1.7 / Math.sqrt(dim) },
  'decoder/state.W': { shape: [dim, dimContext], seed: 54, scale: 1 },
  'decoder/state.b': { shape: [dim], seed: 55, scale: 0.1 },
  'decoder/logits.W': { shape: [nWords, dim], seed: 56, scale: 0.15 },
  'decoder/logits.b': { shape: [nWords], seed: 57, scale: 0.5 },
}
const THOUGHT: Seeded = { shape: [1, dimContext], seed: 58, scale: Math.sqrt(3 / dimContext) }
const LOGITS_BIAS = 'decoder/logits.b'

const tensor = (name: string): Float32Array => {
  const data = values(SEEDED[name] as Seeded)
  if (name === LOGITS_BIAS) data[0] = NEVER
  return data
}

function weight(name: string): WeightSource {
  if (name !== LOGITS_BIAS) return source(SEEDED[name] as Seeded)
  return {
    shape: [nWords],
    parts: async function* () {
      yield { offset: 0, data: tensor(name) }
    },
  }
}

const run = (maxlen: number) => {
  const zeros = new Float32Array(dimContext)
  return {
    inputs: { vectors: values(THOUGHT), negative: zeros, positive: zeros },
    counts: { vectors: 1, steps: maxlen },
  }
}

/** A search of `maxlen` words; the units of a run are its steps after the first. */
export async function searchCase(session: Session, width: number, maxlen: number): Promise<Case> {
  const search = new PlainSearch()
  const graph = beamSearchGraph(DECODER, { width, maxlen, useUnknown: false })
  const { plan, dispose } = await session.plan(graph, weight)
  let found = await plan.run(run(maxlen))
  const cost = search.cost(bestWords(found))
  return {
    label: `width ${width}, ${nWords} words, a step`,
    flops: (maxlen - 1) * 2 * width * (3 * dim * (dimWord + dim) + dim * nWords),
    limit: 'multiply-add',
    unitsPerRun: maxlen - 1,
    peer: { op: 'beam', width, maxlen, never: NEVER, tensors: SEEDED, thought: THOUGHT },
    reference: { positions: [0], values: [cost], tolerances: [TOLERANCE] },
    run: () =>
      timed(async () => {
        found = await plan.run(run(maxlen))
      }),
    outputs: async () => [Math.min(...totalsOf(found))],
    dispose,
  }
}

const totalsOf = (found: Outputs): number[] => [...(found.totals?.data ?? [])]

function bestWords(found: Outputs): number[] {
  const totals = totalsOf(found)
  const best = totals.indexOf(Math.min(...totals))
  const maxlen = found.words?.shape[1] ?? 0
  return [...(found.words?.data ?? [])].slice(best * maxlen, (best + 1) * maxlen)
}

/** All costs of a search of two words against plain loops over all 50 × 20,000 candidates. */
async function checkShort(session: Session): Promise<void> {
  const graph = beamSearchGraph(DECODER, { width: WIDTH, maxlen: SHORT, useUnknown: false })
  const { plan, dispose } = await session.plan(graph, weight)
  try {
    const totals = totalsOf(await plan.run(run(SHORT))).sort((a, b) => a - b)
    const expected = new PlainSearch().twoWords()
    const reference = {
      positions: expected.map((_, i) => i),
      values: expected,
      tolerances: expected.map(() => TOLERANCE),
    }
    const problem = problemOf(totals, reference)
    if (problem !== undefined) throw new CheckError(`a search of ${SHORT} words: cost ${problem}`)
  } finally {
    dispose()
  }
}

/** The search in f64. The unknown word is not chosen, but its probability counts. */
class PlainSearch {
  readonly #decoder = new PlainDecoder(
    {
      words: tensor('decoder/words'),
      gru: { W: tensor('decoder/gru.W'), b: tensor('decoder/gru.b'), U: tensor('decoder/gru.U') },
      state: { W: tensor('decoder/state.W'), b: tensor('decoder/state.b') },
      logits: { W: tensor('decoder/logits.W'), b: tensor(LOGITS_BIAS) },
    },
    dimWord,
  )

  #start(): Float64Array {
    return this.#decoder.start(values(THOUGHT))
  }

  /** The state after a word and the cost of each next one. */
  #step(state: Float64Array, word: number | undefined): { next: Float64Array; costs: Float64Array } {
    const { next, costs } = this.#decoder.step(state, word)
    return { next, costs: costs.with(UNKNOWN, Number.POSITIVE_INFINITY) }
  }

  /** What these words cost one after another. */
  cost(words: readonly number[]): number {
    let [state, total, before] = [this.#start(), 0, undefined as number | undefined]
    for (const word of words) {
      const { next, costs } = this.#step(state, before)
      total += costs[word] ?? Number.NaN
      state = next
      before = word
    }
    return total
  }

  /** The costs of the best pairs of words, cheapest first. */
  twoWords(): number[] {
    const { next, costs } = this.#step(this.#start(), undefined)
    const ids = Array.from(costs, (_, id) => id).sort((a, b) => (costs[a] ?? 0) - (costs[b] ?? 0))
    const pairs = ids.slice(0, WIDTH).flatMap(id => cheapest(this.#step(next, id).costs).map(c => c + (costs[id] ?? 0)))
    return pairs.sort((a, b) => a - b).slice(0, WIDTH)
  }
}

const cheapest = (costs: Float64Array): number[] => [...costs.toSorted().subarray(0, WIDTH)]

async function checkedCase(session: Session): Promise<Case> {
  await checkShort(session)
  return { ...(await searchCase(session, WIDTH, MAXLEN)), original: 'beam' }
}

export const beam: Workload = { name: 'beam', title: 'width 50, a step', unit: 'ms', cases: [checkedCase] }
