// From each picture to the shifted thought: preprocessing, VGG-19, embedding, nearest captions, skip-thought means, style shift.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type FullTrace, meanVector, type Storyteller } from '../../lib/index.ts'
import { type Recorded, shiftsIn } from './recorded.ts'
import type { Report } from './report.ts'

interface TopCaptions {
  image: string
  top100: number[]
}

/** Captions whose recorded scores differ by less may change places. */
const CLEAR_ORDER = 1e-5
const ROW = 112
const SIDE = 224
/** One word is enough: what comes after the shift is compared elsewhere. */
const SHORT = { bw: 1, maxlen: 1 } as const

export async function comparePictures(
  dir: string,
  recorded: Recorded,
  teller: Storyteller,
  report: Report,
): Promise<void> {
  const names = recorded.json<string[]>('images.json')
  const traces = new Map<number, FullTrace>()
  const top = recorded.json<TopCaptions[]>('top_captions.json', [])
  const k = top[0]?.top100.length ?? 100
  for (const [i, name] of names.entries()) traces.set(i, await teller.trace(picture(dir, name), { k, ...SHORT }))
  await compareArrays(recorded, traces, report)
  compareOrder(top, names, traces, report)
  await compareShifts(dir, recorded, names, teller, report)
}

export function picture(dir: string, name: string): string {
  const path = join(dir, 'images', `${name}.png`)
  return existsSync(path) ? path : join(dir, 'images', `${name}.jpg`)
}

async function compareArrays(
  recorded: Recorded,
  traces: ReadonlyMap<number, FullTrace>,
  report: Report,
): Promise<void> {
  const rows = (take: (trace: FullTrace) => Float32Array) => new Map([...traces].map(([i, trace]) => [i, take(trace)]))
  report.fed(
    'pre',
    rows(({ image }) => image.data),
    await recorded.rows('pre'),
  )
  report.fed(
    'pre.row112',
    rows(({ image }) => row112(image.data)),
    await recorded.rows('pre.row112'),
  )
  for (const stage of ['pool1', 'pool2', 'pool3', 'pool4', 'pool5', 'fc6', 'fc7', 'fc8', 'prob'])
    report.fromPicture(
      `vgg_${stage}`,
      rows(({ stages }) => stages[stage]?.data as Float32Array),
      await recorded.rows(`vgg_${stage}`),
    )
  report.fromPicture(
    'vse_image',
    rows(({ trace }) => trace.imageEmbedding),
    await recorded.rows('vse_image'),
  )
  report.fromPicture(
    'caption_scores',
    rows(({ scores }) => scores),
    await recorded.rows('caption_scores'),
  )
}

function row112(image: Float32Array): Float32Array {
  const out = new Float32Array(3 * SIDE)
  for (let channel = 0; channel < 3; channel++) {
    const start = (channel * SIDE + ROW) * SIDE
    out.set(image.subarray(start, start + SIDE), channel * SIDE)
  }
  return out
}

function compareOrder(
  top: readonly TopCaptions[],
  names: readonly string[],
  traces: ReadonlyMap<number, FullTrace>,
  report: Report,
): void {
  if (top.length === 0) return
  const differing: string[] = []
  for (const { image, top100 } of top) {
    const trace = traces.get(names.indexOf(image))
    const ours = trace?.trace.captions.map(({ index }) => index) ?? []
    const score = (index: number | undefined) => trace?.scores[index ?? -1] ?? Number.NaN
    const wrong = top100.findIndex((index, place) => !(Math.abs(score(index) - score(ours[place])) <= CLEAR_ORDER))
    if (wrong >= 0) differing.push(`${image}: place ${wrong} is caption ${ours[wrong]}, not ${top100[wrong]}`)
  }
  report.texts('top_captions', differing, traces.size, `order where scores differ by over ${CLEAR_ORDER}`)
}

/** Means over the nearest captions, and their shifts towards the styles. */
async function compareShifts(
  dir: string,
  recorded: Recorded,
  names: readonly string[],
  teller: Storyteller,
  report: Report,
): Promise<void> {
  const [means, shifts] = [await recorded.rows('skip_mean'), await recorded.rows('shift')]
  const compute = async (layout: string, take: (trace: FullTrace) => Float32Array) => {
    const rows = new Map<number, Float32Array>()
    for (const [i, name] of names.entries()) {
      const parts: Float32Array[] = []
      for (const settings of shiftsIn(layout))
        parts.push(take(await teller.trace(picture(dir, name), { ...settings, ...SHORT })))
      rows.set(i, Float32Array.from(parts.flatMap(part => [...part])))
    }
    return rows
  }
  const meanOf = ({ trace }: FullTrace) => meanVector(trace.skipVectors, trace.written.shifted.length)
  if (means !== undefined) report.fromPicture('skip_mean', await compute(means.layout, meanOf), means)
  if (shifts !== undefined)
    report.fromPicture('shift', await compute(shifts.layout, t => t.trace.written.shifted), shifts)
}
