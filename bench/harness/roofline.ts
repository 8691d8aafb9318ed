// The roofline of an adapter as SVG: operations a second over operations a byte, both logarithmic; the roof is the copy bandwidth and the
// ceiling of multiply-adds that were measured beside the workloads. Made from kept rows; measures nothing.

import type { CaseRow, Row } from './row.ts'
import { median } from './statistics.ts'

interface Point {
  readonly name: string
  /** Operations a byte. */
  readonly x: number
  /** GFLOP/s. */
  readonly y: number
}

const [WIDTH, HEIGHT] = [760, 460]
const BOX = { left: 70, right: WIDTH - 30, top: 56, bottom: HEIGHT - 60 }
const X = [0.25, 4096] as const
const INK = '#33302c'

/** Bytes that a layer of VGG-19 moves at least: picture, filters, result. */
const LAYER = /^(\d+) → (\d+) at (\d+)²$/

/** @throws RangeError where the rows have no limits to draw. */
export function roofline(rows: readonly Row[]): string {
  const [compute, bandwidth] = [limitOf(rows, 'multiply-add'), limitOf(rows, 'copy')]
  // Of the layers each has a place of its own; other workloads stand as a whole.
  const points = rows.flatMap<Row | CaseRow>(row => (row.workload === 'conv' ? row.cases : [row])).flatMap(pointOf)
  const top = 10 ** Math.ceil(Math.log10(1.6 * Math.max(compute, ...points.map(({ y }) => y))))
  const low = 10 ** Math.floor(Math.log10(Math.min(bandwidth * X[0], ...points.map(({ y }) => y))))
  const scale = scales([low, top])
  const ridge = compute / bandwidth
  const roof = [
    [X[0], bandwidth * X[0]],
    [ridge, compute],
    [X[1], compute],
  ].map(([x = 0, y = 0]) => `${scale.x(x)},${scale.y(y)}`)
  const [first] = rows
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">
<title>Roofline of ${escaped(first?.adapter ?? '')}</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fbf9f6"/>
<text x="${BOX.left}" y="24" font-size="15" font-weight="600">${escaped(first?.adapter ?? '')}</text>
<text x="${BOX.left}" y="42" fill="#776f66">ceiling ${digits(compute)} GFLOP/s, copies ${digits(bandwidth)} GB/s; convolutions count the operations of the direct method</text>
${axes(scale, [low, top])}
<polyline points="${roof.join(' ')}" fill="none" stroke="#b4552d" stroke-width="2.5"/>
${marks(points, scale).join('\n')}
</svg>
`
}

/** Whether both roofs were measured. */
export const hasLimits = (rows: readonly Row[]): boolean =>
  (['multiply-add', 'copy'] as const).every(kind => rows.some(({ limit }) => limit?.kind === kind))

/** Three digits, never as a power. */
const digits = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en-US')

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function limitOf(rows: readonly Row[], kind: string): number {
  const all = rows
    .flatMap(row => [row, ...row.cases])
    .flatMap(({ limit }) => (limit?.kind === kind ? [limit.value] : []))
  return median(all)
}

/** Where a workload or a layer stands, if its operations and bytes are known. */
function pointOf(row: Row | CaseRow): Point[] {
  const { gflops, gbps, median: ms } = row
  if (gflops === undefined) return []
  if (!('case' in row)) return gbps === undefined ? [] : [{ name: row.workload, x: gflops / gbps, y: gflops }]
  const [inputs = 0, outputs = 0, side = 0] = LAYER.exec(row.case)?.slice(1).map(Number) ?? []
  const bytes = 4 * (side * side * (inputs + outputs) + 9 * inputs * outputs)
  return bytes === 0 ? [] : [{ name: `${inputs}→${outputs}@${side}`, x: (gflops * ms * 1e6) / bytes, y: gflops }]
}

function scales([low, top]: readonly [number, number]) {
  const share = (value: number, from: number, to: number) => Math.log(value / from) / Math.log(to / from)
  return {
    x: (value: number) => Math.round(10 * (BOX.left + (BOX.right - BOX.left) * share(value, ...X))) / 10,
    y: (value: number) => Math.round(10 * (BOX.bottom - (BOX.bottom - BOX.top) * share(value, low, top))) / 10,
  }
}

type Scale = ReturnType<typeof scales>

function axes({ x, y }: Scale, [low, top]: readonly [number, number]): string {
  const columns = [0.25, 1, 4, 16, 64, 256, 1024, 4096].map(
    value => `<path d="M${x(value)} ${BOX.top}V${BOX.bottom}" stroke="#e4ded5"/>
<text x="${x(value)}" y="${BOX.bottom + 18}" text-anchor="middle">${value}</text>`,
  )
  const decades = Array.from({ length: Math.round(Math.log10(top / low)) + 1 }, (_, i) => low * 10 ** i)
  const lines = decades.map(
    value => `<path d="M${BOX.left} ${y(value)}H${BOX.right}" stroke="#e4ded5"/>
<text x="${BOX.left - 8}" y="${y(value) + 4}" text-anchor="end">${digits(value)}</text>`,
  )
  return `${columns.join('\n')}
${lines.join('\n')}
<text x="${(BOX.left + BOX.right) / 2}" y="${HEIGHT - 16}" text-anchor="middle">operations a byte</text>
<text x="18" y="${(BOX.top + BOX.bottom) / 2}" text-anchor="middle" transform="rotate(-90 18 ${(BOX.top + BOX.bottom) / 2})">GFLOP/s</text>`
}

/** Where a mark's name may stand beside it: to the right, then to the left, nearest heights first. */
const RISES = [-5, 14, -17, 26, -29, 38, -41, 50]
const CHARACTER = 7
const LINE = 11

/** Marks with their names; a name takes the first place that no other has, and is left out where there is none. */
function marks(points: readonly Point[], { x, y }: Scale): string[] {
  const taken: { left: number; right: number; base: number }[] = []
  return points
    .toSorted((a, b) => b.x - a.x)
    .map(({ name, x: at, y: rate }) => {
      const [cx, cy, width] = [x(at), y(rate), CHARACTER * name.length]
      const places = RISES.flatMap(rise => [cx + 7, cx - 7 - width].map(left => ({ left, base: cy + rise })))
      const place = places.find(
        ({ left, base }) =>
          left > BOX.left &&
          left + width < WIDTH - 4 &&
          base > BOX.top &&
          taken.every(other => left > other.right || left + width < other.left || Math.abs(base - other.base) >= LINE),
      )
      if (place !== undefined) taken.push({ ...place, right: place.left + width })
      const label =
        place === undefined
          ? ''
          : `<text x="${place.left.toFixed(1)}" y="${place.base.toFixed(1)}" font-size="10.5">${escaped(name)}</text>`
      return `<circle cx="${cx}" cy="${cy}" r="4" fill="#2d6f8e"><title>${escaped(name)}</title></circle>${label}`
    })
}
