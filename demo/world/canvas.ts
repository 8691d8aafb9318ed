// A small software rasteriser: filled polygons with anti-aliased edges on a square RGB picture. Coordinates run from 0 to 1, x to the
// right and y down, whatever the picture's size. Knows nothing of scenes.

export type Point = readonly [x: number, y: number]
/** Red, green, blue, 0 to 255. */
export type Rgb = readonly [number, number, number]
/** One colour, or a colour for each place in the picture. */
export type Paint = Rgb | ((x: number, y: number) => Rgb)

/** Sub-scanlines of a pixel row; along a row coverage is exact. */
const SUBROWS = 4

export class Canvas {
  readonly side: number
  /** [side, side, 3], C order. */
  readonly pixels: Float32Array

  constructor(side: number) {
    this.side = side
    this.pixels = new Float32Array(3 * side * side)
  }

  /** Fills a polygon (even-odd rule) with `paint`, mixed over what is there by `opacity`. */
  fill(polygon: readonly Point[], paint: Paint, opacity = 1): void {
    const { side } = this
    const ys = polygon.map(([, y]) => y * side)
    const [first, last] = [Math.max(0, Math.floor(Math.min(...ys))), Math.min(side, Math.ceil(Math.max(...ys)))]
    const xs = polygon.map(([x]) => x * side)
    const [left, right] = [Math.max(0, Math.floor(Math.min(...xs))), Math.min(side, Math.ceil(Math.max(...xs)))]
    const coverage = new Float32Array(side)
    for (let row = first; row < last; row++) {
      coverage.fill(0, left, right)
      for (let sub = 0; sub < SUBROWS; sub++)
        this.#cover(coverage, crossings(polygon, side, row + (sub + 0.5) / SUBROWS))
      this.#mix(row, [left, right], coverage, paint, opacity)
    }
  }

  /** Applies a colour to every pixel, mixed in by `opacity` there: haze, light, dusk. */
  wash(paint: Paint, opacity: (x: number, y: number) => number): void {
    const coverage = new Float32Array(this.side)
    for (let row = 0; row < this.side; row++) {
      const y = (row + 0.5) / this.side
      for (let column = 0; column < this.side; column++) coverage[column] = opacity((column + 0.5) / this.side, y)
      this.#mix(row, [0, this.side], coverage, paint, 1)
    }
  }

  /** The picture as bytes [side, side, 3]. */
  bytes(): Uint8Array {
    return new Uint8Array(new Uint8ClampedArray(this.pixels).buffer)
  }

  /** Adds the spans between crossings 0–1, 2–3, … to a row's coverage. */
  #cover(coverage: Float32Array, xs: readonly number[]): void {
    for (let i = 0; i + 1 < xs.length; i += 2) {
      const [from, to] = [Math.max(0, xs[i] ?? 0), Math.min(this.side, xs[i + 1] ?? 0)]
      for (let column = Math.floor(from); column < to; column++) {
        const share = Math.min(to, column + 1) - Math.max(from, column)
        coverage[column] = (coverage[column] ?? 0) + share / SUBROWS
      }
    }
  }

  #mix(row: number, [left, right]: Point, coverage: Float32Array, paint: Paint, opacity: number): void {
    const { side, pixels } = this
    for (let column = left; column < right; column++) {
      const share = (coverage[column] ?? 0) * opacity
      if (share <= 0) continue
      const colour = typeof paint === 'function' ? paint((column + 0.5) / side, (row + 0.5) / side) : paint
      const at = 3 * (row * side + column)
      for (let c = 0; c < 3; c++) pixels[at + c] = (pixels[at + c] ?? 0) * (1 - share) + (colour[c] ?? 0) * share
    }
  }
}

/** Where the edges of a polygon cross the line y, sorted; in pixels. */
function crossings(polygon: readonly Point[], side: number, y: number): number[] {
  const xs: number[] = []
  let before = polygon.at(-1)
  for (const point of polygon) {
    const [from, to] = [before ?? point, point]
    before = point
    const [top, bottom] = [from[1] * side, to[1] * side]
    if (top <= y === bottom <= y) continue
    xs.push((from[0] + ((y - top) / (bottom - top)) * (to[0] - from[0])) * side)
  }
  return xs.length < 3 && (xs[0] ?? 0) <= (xs[1] ?? 0) ? xs : xs.sort((a, b) => a - b)
}

/** Between two colours; 0 gives the first. */
export const mix = (a: Rgb, b: Rgb, t: number): Rgb => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
]

/** A gradient from `top` at height y0 to `bottom` at y1. */
export const vertical =
  (top: Rgb, bottom: Rgb, y0: number, y1: number) =>
  (_: number, y: number): Rgb =>
    mix(top, bottom, Math.max(0, Math.min(1, (y - y0) / (y1 - y0))))
