// encode: 100 sentences of 9 to 15 words through the three skip-thought encoders at the published sizes, from word vectors on the host to
// sentence vectors on the host; encode-one: one sentence of 12 words, which is bound by reading the weights once a word.

import { Random } from '../../lib/core/random.ts'
import { packCounts, packOrder, sentenceCounts, skipThoughts } from '../../lib/nets/index.ts'
import { timed } from '../harness/clock.ts'
import { SKIP_THOUGHTS } from '../harness/full-size.ts'
import { type Gru, gruOver, norm } from '../harness/gru-reference.ts'
import type { Case, Workload } from '../harness/measure.ts'
import type { Reference } from '../harness/reference.ts'
import { type Seeded, source, values } from '../harness/seeded.ts'
import type { Session } from '../harness/session.ts'

const { uni, bi } = SKIP_THOUGHTS
const WIDTH = uni.dimWord
const VECTOR = uni.dim + 2 * bi.dim
const ENCODERS = [
  { name: 'uni-skip/encoder', units: uni.dim, seed: 20, backwards: false },
  { name: 'bi-skip/forward', units: bi.dim, seed: 30, backwards: false },
  { name: 'bi-skip/backward', units: bi.dim, seed: 40, backwards: true },
] as const
const WORDS = { seed: 10, scale: 1 }
/** Of the largest value of a vector: what f32 leaves of 15 recurrent steps. */
const TOLERANCE = 1e-4
const SAMPLES = 40

/** What a GRU's weights are made from. */
const weightsOf = (units: number, seed: number): Record<'W' | 'b' | 'U', Seeded> => ({
  W: { shape: [3 * units, WIDTH], seed, scale: 0.1 },
  b: { shape: [3 * units], seed: seed + 1, scale: 0.2 },
  U: { shape: [3 * units, units], seed: seed + 2, scale: 1.7 / Math.sqrt(units) },
})

const SEEDED = new Map<string, Seeded>(
  ENCODERS.flatMap(({ name, units, seed }) =>
    Object.entries(weightsOf(units, seed)).map(([part, tensor]) => [`${name}.${part}`, tensor] as const),
  ),
)

/** `lengths`: words of each sentence, longest first. */
export async function sentencesCase(session: Session, lengths: readonly number[], label: string): Promise<Case> {
  const words = lengths.reduce((n, length) => n + length, 0)
  const graph = skipThoughts(SKIP_THOUGHTS, sentenceCounts(lengths.length, words, lengths[0] ?? 1), true)
  const { plan, dispose } = await session.plan(graph, name => source(SEEDED.get(name) as Seeded))
  const table = values({ shape: [words, WIDTH], ...WORDS })
  const packed = (backwards: boolean) => packWords(table, lengths, backwards)
  const run = {
    inputs: { uni: packed(false), forward: packed(false), backward: packed(true) },
    counts: packCounts(lengths),
  }
  let vectors: ArrayLike<number> = []
  const isOne = lengths.length === 1
  return {
    label,
    flops: 2 * words * ENCODERS.reduce((n, { units }) => n + 3 * units * (WIDTH + units), 0),
    ...(isOne && { bytes: 4 * ENCODERS.reduce((n, { units }) => n + 3 * units * (WIDTH + words * units), 0) }),
    limit: isOne ? 'copy' : 'multiply-add',
    peer: {
      op: 'encode',
      lengths,
      width: WIDTH,
      words: { shape: [words, WIDTH], ...WORDS },
      encoders: ENCODERS.map(({ units, seed, backwards }) => ({ units, backwards, ...weightsOf(units, seed) })),
      order: { forward: order(lengths, false), backward: order(lengths, true) },
    },
    reference: reference(table, lengths),
    run: () =>
      timed(async () => {
        vectors = (await plan.run(run)).vectors?.data ?? []
      }),
    outputs: async positions => positions.map(position => vectors[position] ?? Number.NaN),
    dispose,
  }
}

/** Where each sentence's words begin in the table, sentence by sentence. */
const starts = (lengths: readonly number[]): number[] =>
  lengths.map((_, i) => lengths.slice(0, i).reduce((n, length) => n + length, 0))

/** Rows of the table in packed order. */
function order(lengths: readonly number[], backwards: boolean): number[] {
  const begin = starts(lengths)
  return packOrder(lengths, backwards).map(({ sentence, place }) => (begin[sentence] ?? 0) + place)
}

function packWords(table: Float32Array, lengths: readonly number[], backwards: boolean): Float32Array {
  const out = new Float32Array(table.length)
  for (const [i, row] of order(lengths, backwards).entries())
    out.set(table.subarray(row * WIDTH, (row + 1) * WIDTH), i * WIDTH)
  return out
}

/** The first and the last sentence in f64, at some positions. */
function reference(table: Float32Array, lengths: readonly number[]): Reference {
  const begin = starts(lengths)
  const random = new Random(lengths.length)
  const all: [position: number, value: number, tolerance: number][] = []
  for (const sentence of new Set([0, lengths.length - 1])) {
    const rows = Array.from({ length: lengths[sentence] ?? 0 }, (_, i) => {
      const at = ((begin[sentence] ?? 0) + i) * WIDTH
      return table.subarray(at, at + WIDTH)
    })
    const vector = sentenceVector(rows)
    const tolerance = TOLERANCE * Math.max(...vector.map(Math.abs))
    for (let i = 0; i < SAMPLES; i++) {
      const at = random.integer(0, VECTOR - 1)
      all.push([sentence * VECTOR + at, vector[at] ?? Number.NaN, tolerance])
    }
  }
  return { positions: all.map(a => a[0]), values: all.map(a => a[1]), tolerances: all.map(a => a[2]) }
}

function sentenceVector(words: readonly Float32Array[]): number[] {
  const [uniState, forward, backward] = ENCODERS.map(({ units, seed, backwards }) => {
    const { W, b, U } = weightsOf(units, seed)
    const gru: Gru = { W: values(W), b: values(b), U: values(U) }
    return [...gruOver(gru, units, backwards ? words.toReversed() : words)]
  })
  const unit = (part: readonly number[]) => part.map(value => value / norm(part))
  return [...unit(uniState ?? []), ...unit([...(forward ?? []), ...(backward ?? [])])]
}

/** 100 lengths of 9 to 15, longest first, 12 on average. */
const LENGTHS = Array.from({ length: 100 }, (_, i) => 9 + (i % 7)).sort((a, b) => b - a)

export const encode: Workload = {
  name: 'encode',
  title: '100 captions of 9–15 words',
  unit: 'ms',
  cases: [async session => ({ ...(await sentencesCase(session, LENGTHS, '100 captions')), original: 'encode' })],
}

export const encodeOne: Workload = {
  name: 'encode-one',
  title: 'one caption of 12 words',
  unit: 'ms',
  cases: [session => sentencesCase(session, [12], '12 words')],
}
