// The six objects that stand or fly beside a subject; frames as the subjects have them.

import type { Random } from '../../lib/core/random.ts'
import type { Point, Rgb } from './canvas.ts'
import type { Pen } from './pen.ts'
import type { Thing } from './scene.ts'
import { box, ellipse, path } from './shapes.ts'

export const DRAW_THING: Readonly<Record<Thing, (pen: Pen, random: Random) => void>> = {
  umbrella: drawUmbrella,
  kite: drawKite,
  lantern: drawLantern,
  balloon: drawBalloon,
  basket: drawBasket,
  suitcase: drawSuitcase,
}

/** Height in the picture, and how far above the ground it hangs. */
export const THING_SIZE: Readonly<Record<Thing, { readonly height: number; readonly above: number }>> = {
  umbrella: { height: 0.24, above: 0 },
  kite: { height: 0.2, above: 0.46 },
  lantern: { height: 0.16, above: 0 },
  balloon: { height: 0.4, above: 0.02 },
  basket: { height: 0.13, above: 0 },
  suitcase: { height: 0.14, above: 0 },
}

const BRIGHT: readonly Rgb[] = [
  [58, 128, 214],
  [76, 170, 108],
  [236, 132, 52],
  [146, 88, 190],
]

function drawUmbrella(pen: Pen, random: Random): void {
  const [a, b] = [random.pick(BRIGHT), [248, 244, 236] as Rgb]
  pen.line(path('0.05,0 0,-0.62'), [72, 52, 40], 0.035)
  const canopy = (half: number): Point[] => ellipse(0, -0.52, half, 0.48).filter(([, y]) => y <= -0.52)
  for (const [i, half] of [0.52, 0.36, 0.13].entries()) pen.fill(canopy(half), i % 2 === 0 ? a : b)
  pen.line(path('0,-0.98 0,-1.08'), [72, 52, 40], 0.03)
}

function drawKite(pen: Pen, random: Random): void {
  const [a, b] = [random.pick(BRIGHT), [252, 214, 70] as Rgb]
  pen.line(path('0,0 0.12,0.3 -0.02,0.6 0.05,0.9'), [240, 240, 240], 0.02)
  pen.fill(path('0,-1 0.36,-0.6 0,0 -0.36,-0.6'), a)
  pen.fill(path('0,-1 0.36,-0.6 0,-0.6'), b)
  pen.fill(path('0,0 -0.36,-0.6 0,-0.6'), b)
  for (const [x, y] of [
    [0.12, 0.3],
    [-0.02, 0.6],
    [0.05, 0.9],
  ] as const)
    pen.fill(
      [
        [x - 0.1, y - 0.06],
        [x + 0.1, y + 0.06],
        [x + 0.1, y - 0.06],
        [x - 0.1, y + 0.06],
      ],
      a,
    )
}

function drawLantern(pen: Pen): void {
  pen.fill(box(-0.28, -0.1, 0.56, 0.1), [70, 56, 48])
  pen.glow(box(-0.2, -0.68, 0.4, 0.58), [255, 226, 130])
  pen.glow(ellipse(0, -0.34, 0.1, 0.18), [255, 250, 220])
  for (const x of [-0.2, 0, 0.2])
    pen.line(
      [
        [x, -0.1],
        [x, -0.68],
      ],
      [70, 56, 48],
      0.05,
    )
  pen.fill(path('-0.28,-0.66 0.28,-0.66 0.1,-0.86 -0.1,-0.86'), [70, 56, 48])
  pen.line(path('-0.1,-0.86 -0.06,-1 0.06,-1 0.1,-0.86'), [70, 56, 48], 0.04)
  pen.halo(0, -0.38, 0.75, [255, 206, 110], 0.36)
}

function drawBalloon(pen: Pen, random: Random): void {
  pen.line(path('0,0 0.04,-0.25 -0.02,-0.5 0,-0.66'), [236, 236, 236], 0.012)
  const colour = random.pick(BRIGHT)
  pen.ellipse(0, -0.83, 0.15, 0.18, colour)
  pen.fill(path('-0.03,-0.63 0.03,-0.63 0,-0.67'), colour)
  pen.fill(ellipse(-0.05, -0.89, 0.035, 0.055, 0.5), [255, 255, 255], 0.6)
}

function drawBasket(pen: Pen, random: Random): void {
  pen.line(path('-0.42,-0.5 -0.3,-0.92 0,-1.02 0.3,-0.92 0.42,-0.5'), [126, 86, 48], 0.08)
  for (const [x, y] of [
    [-0.24, -0.58],
    [0.02, -0.64],
    [0.26, -0.58],
  ] as const)
    pen.ellipse(
      x,
      y,
      0.15,
      0.15,
      random.pick([
        [212, 50, 48],
        [238, 178, 56],
        [118, 176, 64],
      ] as const),
    )
  pen.fill(path('-0.5,-0.54 0.5,-0.54 0.38,0 -0.38,0'), [186, 136, 82])
  for (const y of [-0.42, -0.28, -0.14])
    pen.line(
      [
        [-0.46, y],
        [0.46, y],
      ],
      [138, 96, 56],
      0.03,
    )
  for (const x of [-0.3, -0.1, 0.1, 0.3])
    pen.line(
      [
        [x * 1.15, -0.53],
        [x * 0.9, -0.01],
      ],
      [138, 96, 56],
      0.025,
    )
}

function drawSuitcase(pen: Pen, random: Random): void {
  const leather = random.pick([
    [134, 74, 44],
    [104, 58, 60],
    [74, 92, 92],
  ] as const)
  pen.line(path('-0.18,-0.84 -0.18,-0.98 0.18,-0.98 0.18,-0.84'), [58, 42, 36], 0.06)
  pen.shade(box(-0.6, -0.84, 1.2, 0.84), leather, [leather[0] * 0.75, leather[1] * 0.75, leather[2] * 0.75])
  for (const x of [-0.4, 0.3]) pen.fill(box(x, -0.84, 0.1, 0.84), [206, 164, 100])
  for (const x of [-0.6, 0.5]) pen.fill(box(x, -0.84, 0.1, 0.1), [222, 190, 120])
}
