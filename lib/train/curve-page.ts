// A page that shows how a training went: its curves as one inline drawing each, and the last samples. One file, nothing to load.

import type { Evaluation, Sample } from './loop.ts'
import type { CurvePoint, Progress } from './progress.ts'

export interface PageParts {
  readonly title: string
  readonly progress: Progress
  readonly samples?: readonly Sample[] | undefined
  readonly figures?: Evaluation | undefined
}

interface Curve {
  readonly label: string
  readonly points: readonly CurvePoint[]
  readonly color: string
}

const [WIDTH, HEIGHT] = [760, 300]
const EDGE = { left: 60, right: 16, top: 16, bottom: 34 }
const TICKS = 5

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#2b2420, #ece5dc); --soft: light-dark(#7a6c60, #a99c8f); --paper: light-dark(#faf6f0, #1d1a17) }
body { margin: 0; background: var(--paper); color: var(--ink); font: 17px/1.5 Georgia, 'Times New Roman', serif }
main { max-width: 50rem; margin: 0 auto; padding: 2rem 1.5rem }
svg { width: 100%; height: auto; font: 12px sans-serif } svg text { fill: var(--soft) }
.grid { stroke: var(--soft); stroke-opacity: .25 } .curve { fill: none; stroke-width: 1.6 }
dt { color: var(--soft); font-size: .85rem } dd { margin: 0 0 .8rem }
p.soft { color: var(--soft); font-size: .9rem }
`

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)

/** The page as HTML. */
export function curvePage({ title, progress, samples = [], figures }: PageParts): string {
  const { step, epoch, words, seconds, machine, cost, heldOut, recall } = progress
  const costs: Curve[] = [
    { label: 'cost of a word, training', points: cost, color: '#c1663a' },
    { label: 'held-out text', points: heldOut, color: '#3a7bc1' },
  ]
  const sums: Curve[] = [{ label: 'sum of the six recalls, %', points: recall, color: '#4b9a57' }]
  const told = samples.map(({ truth, sample }) => `<dt>${escapeHtml(truth)}</dt><dd>${escapeHtml(sample) || '…'}</dd>`)
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${STYLE}</style>
<main><h1>${escapeHtml(title)}</h1>
<p class="soft">${count(step)} updates, ${count(epoch)} whole epochs, ${count(words)} words in ${duration(seconds)} on ${escapeHtml(machine.adapter)}</p>
${chart(costs)}${chart(sums)}
${figures === undefined ? '' : `<p>${escapeHtml(JSON.stringify(figures))}</p>`}
${told.length === 0 ? '' : `<h2>Truth, and what the network says</h2><dl>${told.join('\n')}</dl>`}
</main></html>
`
}

const count = (value: number): string => value.toLocaleString('en-US')

/** "1 h 5 min", "12 min 3 s", "4 s". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`
}

type Known = readonly [update: number, value: number]

/** Curves over updates in one drawing; nothing where there are no points. */
function chart(curves: readonly Curve[]): string {
  const known = curves.map(({ points, ...rest }) => ({
    ...rest,
    points: points.flatMap(([update, value]): Known[] => (value === null ? [] : [[update, value]])),
  }))
  const all = known.flatMap(({ points }) => points)
  if (all.length === 0) return ''
  const last = Math.max(1, ...all.map(([update]) => update))
  const top = niceAbove(Math.max(...all.map(([, value]) => value)))
  const x = (update: number): number => EDGE.left + (update / last) * (WIDTH - EDGE.left - EDGE.right)
  const y = (value: number): number => HEIGHT - EDGE.bottom - (value / top) * (HEIGHT - EDGE.top - EDGE.bottom)
  const lines = known
    .filter(({ points }) => points.length > 0)
    .map(({ points, color }) => {
      const path = points.map(([update, value]) => `${x(update).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
      return `<polyline class="curve" stroke="${color}" points="${path}"/>`
    })
  const legend = known
    .filter(({ points }) => points.length > 0)
    .map(({ label, color }, i) => {
      const at = EDGE.top + 14 + 18 * i
      return `<rect x="${WIDTH - 230}" y="${at - 9}" width="14" height="3" fill="${color}"/><text x="${WIDTH - 210}" y="${at - 4}">${label}</text>`
    })
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">${grid(top, last, x, y)}${lines.join('')}${legend.join('')}</svg>`
}

function grid(top: number, last: number, x: (update: number) => number, y: (value: number) => number): string {
  const steps = Array.from({ length: TICKS + 1 }, (_, i) => i / TICKS)
  const rows = steps.map(share => {
    const at = y(share * top).toFixed(1)
    return `<line class="grid" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${at}" y2="${at}"/><text x="${EDGE.left - 8}" y="${at}" text-anchor="end" dominant-baseline="middle">${short(share * top)}</text>`
  })
  const columns = steps.map(
    share =>
      `<text x="${x(share * last).toFixed(1)}" y="${HEIGHT - 12}" text-anchor="middle">${count(Math.round(share * last))}</text>`,
  )
  return [...rows, ...columns].join('')
}

const short = (value: number): string => String(Number(value.toPrecision(3)))

/** A round number at or above `value`. */
function niceAbove(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const factor = [1, 2, 2.5, 5, 10].find(f => f * power >= value) ?? 10
  return factor * power
}
