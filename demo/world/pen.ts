// Draws shapes in a frame of its own (feet at 0, 0; one unit up is the figure's height) under the scene's light.

import { type Canvas, mix, type Point, type Rgb } from './canvas.ts'
import { ellipse, line, smooth } from './shapes.ts'

export interface Frame {
  readonly x: number
  readonly y: number
  readonly scale: number
  /** Looking to the left instead of to the right. */
  readonly flipped?: boolean
}

/** How light changes a colour. */
export type Light = (colour: Rgb) => Rgb

const WHOLE: Frame = { x: 0, y: 0, scale: 1 }

export class Pen {
  readonly canvas: Canvas
  readonly light: Light
  readonly #frame: Frame

  constructor(canvas: Canvas, light: Light, frame: Frame = WHOLE) {
    this.canvas = canvas
    this.light = light
    this.#frame = frame
  }

  at(frame: Frame): Pen {
    return new Pen(this.canvas, this.light, frame)
  }

  fill(points: readonly Point[], colour: Rgb, opacity = 1): void {
    this.canvas.fill(this.#placed(points), this.light(colour), opacity)
  }

  /** A gradient from the top of the shape to its bottom. */
  shade(points: readonly Point[], top: Rgb, bottom: Rgb, opacity = 1): void {
    const placed = this.#placed(points)
    const ys = placed.map(([, y]) => y)
    const [from, to] = [Math.min(...ys), Math.max(...ys)]
    const [a, b] = [this.light(top), this.light(bottom)]
    this.canvas.fill(placed, (_, y) => mix(a, b, Math.max(0, Math.min(1, (y - from) / (to - from || 1)))), opacity)
  }

  /** What shines by itself keeps its colour. */
  glow(points: readonly Point[], colour: Rgb, opacity = 1): void {
    this.canvas.fill(this.#placed(points), colour, opacity)
  }

  /** A soft round shine about a lamp. */
  halo(x: number, y: number, radius: number, colour: Rgb, strength: number): void {
    for (let i = 6; i > 0; i--) this.glow(ellipse(x, y, (radius * i) / 6), colour, strength / 6)
  }

  ellipse(x: number, y: number, rx: number, ry: number, colour: Rgb, turn = 0): void {
    this.fill(ellipse(x, y, rx, ry, turn), colour)
  }

  smooth(points: readonly Point[], colour: Rgb): void {
    this.fill(smooth(points), colour)
  }

  line(points: readonly Point[], colour: Rgb, from: number, to = from): void {
    this.fill(line(points, from, to), colour)
  }

  #placed(points: readonly Point[]): Point[] {
    const { x, y, scale, flipped = false } = this.#frame
    const across = flipped ? -scale : scale
    return points.map(([px, py]) => [x + px * across, y + py * scale])
  }
}
