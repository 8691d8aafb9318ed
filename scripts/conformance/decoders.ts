// The decoders, fed the recorded shifts: first states, single steps, beam searches.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cheapest, openWriter, type Writer } from '../../lib/index.ts'
import { type Recorded, type RecordedRows, shiftsIn } from './recorded.ts'
import type { Report } from './report.ts'

interface Beam {
  decoder: string
  image: string
  k: number
  maxlen: number
  use_unk: boolean
  hypotheses: number[][]
  scores: (number | string)[]
  min_cut_gap: number
  min_kept_gap: number
}

interface Sampled {
  decoder: string
  image: string
  beam_width: number
  use_unk: boolean
  text: string
  error: string | null
}

/** The files of the two decoders that references are recorded for. */
const DECODERS = { plain: 'romance.npz', deep: 'romance_doutput.npz' } as const
/** Below these gaps of cost float32 does not decide what is kept, or in which order. */
const CLEAR_CUT = 1e-3
const CLEAR_ORDER = 1e-4
const SCORE_ATOL = 2e-4
/** Costs beyond this pass through probabilities too small for float32. */
const LARGEST_CLEAR_COST = 85
const MIXED = [-1, 0, 5, 1]

export async function compareDecoders(
  dir: string,
  recorded: Recorded,
  adapter: string | undefined,
  report: Report,
): Promise<void> {
  const images = recorded.json<string[]>('images.json')
  const shift = await recorded.rows('shift')
  for (const [name, file] of Object.entries(DECODERS)) {
    const path = join(dir, 'weights', file)
    if (shift === undefined || !recorded.has(`dec_${name}_fed.json`) || !existsSync(path)) continue
    const { writer, dispose } = await openWriter(path, { adapter })
    try {
      const shifts = shift.rows.map(row => shiftOf(row, writer.options.dimContext, shift.layout))
      await compareSteps(name, recorded, writer, shifts, report)
      const byImage = new Map(images.map((image, i) => [image, shifts[i]]))
      await compareBeams(name, recorded, writer, byImage, report)
      await compareTexts(name, recorded, writer, byImage, report)
    } finally {
      await dispose()
    }
  }
  report.skipped('samplers argmax', 'the original feeds a random word and reports the likeliest; no run repeats')
}

/** Of the shifts of one picture the one that the decoders were recorded with: k 100, romance. */
function shiftOf(row: Float32Array, dim: number, layout: string): Float32Array {
  const at = shiftsIn(layout).findIndex(({ k, style }) => k === 100 && style === 'romance')
  return row.subarray(at * dim, (at + 1) * dim)
}

async function compareSteps(
  name: string,
  recorded: Recorded,
  writer: Writer,
  shifts: readonly Float32Array[],
  report: Report,
): Promise<void> {
  const states: Float32Array[] = []
  for (const vectors of shifts) states.push(await writer.initialState({ vectors }))
  report.fed(`dec_${name}_init`, new Map(states.entries()), await recorded.rows(`dec_${name}_init`))
  const steps = { states: new Map<number, Float32Array>(), logits: new Map(), probs: new Map() }
  let state = states[0] ?? new Float32Array()
  for (const [step, id] of recorded.json<number[]>(`dec_${name}_fed.json`).entries()) {
    const outputs = await writer.feed(Int32Array.of(id), state)
    for (const [what, map] of Object.entries(steps)) map.set(step, outputs[what]?.data as Float32Array)
    state = outputs.states?.data as Float32Array
  }
  for (const [what, map] of Object.entries(steps))
    report.fed(`dec_${name}_${what}`, map, await recorded.rows(`dec_${name}_${what}`))
  await compareMixed(name, recorded, writer, states, report)
}

/** One call with four rows: states init[0], init[1], init[2], −init[0]. */
async function compareMixed(
  name: string,
  recorded: Recorded,
  writer: Writer,
  [first, second, third]: readonly Float32Array[],
  report: Report,
): Promise<void> {
  const expected = await recorded.rows(`dec_${name}_mixed_states`)
  if (expected === undefined || first === undefined || second === undefined || third === undefined) return
  const all = [first, second, third, first.map(value => -value)]
  const outputs = await writer.feed(Int32Array.from(MIXED), Float32Array.from(all.flatMap(state => [...state])))
  const rows = (what: string, recordedRows: RecordedRows | undefined) => {
    const data = outputs[what]?.data as Float32Array
    const width = data.length / MIXED.length
    const split = new Map(MIXED.map((_, i) => [i, data.subarray(i * width, (i + 1) * width)]))
    report.fed(`dec_${name}_mixed_${what}`, split, recordedRows)
  }
  rows('states', expected)
  rows('probs', await recorded.rows(`dec_${name}_mixed_probs`))
}

async function compareBeams(
  name: string,
  recorded: Recorded,
  writer: Writer,
  shifts: ReadonlyMap<string, Float32Array | undefined>,
  report: Report,
): Promise<void> {
  const differing: string[] = []
  let total = 0
  let worst = 0
  for (const beam of recorded.json<Beam[]>('beams.json', [])) {
    const vectors = shifts.get(beam.image)
    if (beam.decoder !== name || vectors === undefined || beam.min_cut_gap <= CLEAR_CUT) continue
    total++
    const settings = { width: beam.k, maxlen: beam.maxlen, useUnknown: beam.use_unk }
    const { hypotheses } = await writer.search({ vectors }, settings)
    const ours = hypotheses.map(({ tokens, cost }) => ({ words: tokens.join(' '), cost }))
    const theirs = beam.hypotheses.map((tokens, i) => ({ words: tokens.join(' '), cost: Number(beam.scores[i]) }))
    if (beam.min_kept_gap <= CLEAR_ORDER)
      for (const list of [ours, theirs]) list.sort((a, b) => (a.words < b.words ? -1 : 1))
    const same = ours.length === theirs.length && ours.every(({ words }, i) => words === theirs[i]?.words)
    if (!same) differing.push(`${beam.image}, width ${beam.k}, maxlen ${beam.maxlen}, use_unk ${beam.use_unk}`)
    else worst = Math.max(worst, ...ours.map(({ cost }, i) => costError(cost, theirs[i]?.cost ?? Number.NaN)))
  }
  if (total === 0) return
  report.texts(`beams ${name}`, differing, total)
  report.add({ stage: `beams ${name}, costs`, error: worst, limit: SCORE_ATOL, ok: worst <= SCORE_ATOL })
}

/** The text of the cheapest hypothesis, where the original gave one. */
async function compareTexts(
  name: string,
  recorded: Recorded,
  writer: Writer,
  shifts: ReadonlyMap<string, Float32Array | undefined>,
  report: Report,
): Promise<void> {
  const { run_sampler = [] } = recorded.json<{ run_sampler?: Sampled[] }>('samplers.json', {})
  const differing: string[] = []
  let total = 0
  for (const { decoder, image, beam_width, use_unk, text, error } of run_sampler) {
    const vectors = shifts.get(image)
    if (decoder !== name || error !== null || vectors === undefined) continue
    total++
    const { hypotheses } = await writer.search({ vectors }, { width: beam_width, maxlen: 1000, useUnknown: use_unk })
    if (cheapest(hypotheses).text !== text) differing.push(`${image}, width ${beam_width}, use_unk ${use_unk}`)
  }
  if (total > 0) report.texts(`texts ${name}`, differing, total)
}

/** Costs beyond what float32 can tell only need to be large too. */
function costError(ours: number, theirs: number): number {
  if (theirs <= LARGEST_CLEAR_COST) return Math.abs(ours - theirs)
  return ours > LARGEST_CLEAR_COST - 1 ? 0 : Number.POSITIVE_INFINITY
}
