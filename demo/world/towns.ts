// The two places that people built: a street of the city, and a castle on its hill.

import type { Random } from '../../lib/core/random.ts'
import { mix, type Point, type Rgb } from './canvas.ts'
import { between, drawLamp, type Ground, heights, jittered } from './ground.ts'
import type { Pen } from './pen.ts'
import { blob, box, ellipse, land, path } from './shapes.ts'

const WALLS: readonly Rgb[] = [
  [166, 96, 80],
  [126, 138, 158],
  [190, 168, 140],
  [98, 104, 126],
  [154, 122, 132],
]

export function drawCity(ground: Ground): void {
  const { pen, random, far, dark } = ground
  for (let x = -0.05; x < 1; ) {
    const width = between(random, 0.05, 0.12)
    pen.glow(box(x, between(random, 0.16, 0.4), width, 0.5), mix(far, pen.light([110, 122, 150]), 0.5))
    x += width
  }
  for (let x = -0.06; x < 1.02; ) {
    const width = between(random, 0.13, 0.22)
    // Lower towards the middle, where the street runs off.
    const top = 0.16 + 0.36 * (1 - Math.abs(x + width / 2 - 0.5) * 2) * 0.55 + between(random, -0.06, 0.06)
    drawHouse(ground, x, top, width - 0.006, 0.68)
    x += width
  }
  pen.shade(box(-0.1, 0.66, 1.2, 0.4), [128, 128, 134], jittered(random, [152, 150, 152]))
  pen.shade(path('0.44,0.67 0.56,0.67 0.98,1.02 0.02,1.02'), [74, 76, 86], [92, 92, 102])
  for (const [y, height] of [
    [0.7, 0.02],
    [0.75, 0.035],
    [0.83, 0.055],
    [0.94, 0.08],
  ] as const) {
    const half = 0.004 + 0.022 * (y - 0.66)
    pen.fill(
      [
        [0.5 - half, y],
        [0.5 + half, y],
        [0.5 + half * 1.5, y + height],
        [0.5 - half * 1.5, y + height],
      ],
      [236, 226, 190],
    )
  }
  for (const [x, y, scale] of [
    [0.3, 0.74, 0.2],
    [0.7, 0.74, 0.2],
    [0.1, 0.88, 0.4],
    [0.9, 0.88, 0.4],
  ] as const)
    drawLamp(pen.at({ x: x + between(random, -0.02, 0.02), y, scale }), dark)
}

function drawHouse({ pen, random, dark }: Ground, x: number, top: number, width: number, foot: number): void {
  const wall = jittered(random, random.pick(WALLS), 10)
  pen.shade(box(x, top, width, foot - top), wall, mix(wall, [40, 40, 50], 0.3))
  pen.fill(box(x - 0.004, top, width + 0.008, 0.014), mix(wall, [30, 30, 40], 0.5))
  const columns = Math.max(2, Math.round(width / 0.042))
  const [across, down] = [width / columns, 0.052]
  for (let wy = top + 0.032; wy + down < foot - 0.01; wy += down)
    for (let i = 0; i < columns; i++) {
      const window = box(x + (i + 0.22) * across, wy, across * 0.56, down * 0.58)
      if (random.uniform() < (dark ? 0.62 : 0.12)) pen.glow(window, [255, 216, 128])
      else pen.fill(window, [70, 92, 120])
    }
}

export function drawCastle(ground: Ground): void {
  const { pen, random, far, horizon, dark } = ground
  pen.glow(land(heights(random, 5, horizon - 0.1, horizon - 0.02)), mix(far, pen.light([96, 116, 130]), 0.5))
  const green = jittered(random, [104, 138, 82])
  pen.shade(
    land([
      horizon + 0.08,
      horizon + 0.05,
      horizon - 0.02,
      horizon - 0.03,
      horizon - 0.02,
      horizon + 0.05,
      horizon + 0.08,
    ]),
    green,
    [70, 100, 62],
  )
  const stone = jittered(random, [158, 152, 160], 10)
  const castle = pen.at({ x: between(random, 0.38, 0.62), y: horizon + 0.06, scale: between(random, 0.5, 0.58) })
  const roof = random.pick([
    [120, 52, 60],
    [60, 74, 124],
    [90, 60, 108],
  ] as const)
  for (const [x, width, height] of [
    [-0.2, 0.15, 0.82],
    [0.17, 0.13, 0.94],
  ] as const)
    drawTower(castle, stone, roof, x, width, height)
  drawWall(castle, stone, -0.56, 1.12, 0.34)
  for (const [x, width, height] of [
    [-0.56, 0.19, 0.56],
    [0.56, 0.19, 0.6],
    [0, 0.26, 0.52],
  ] as const)
    drawTower(castle, mix(stone, [255, 255, 255], 0.08), x === 0 ? undefined : roof, x, width, height)
  castle.fill(
    [...ellipse(0, -0.18, 0.075, 0.1).filter(([, y]) => y <= -0.18), ...GATE_FEET].sort(byAngle),
    [52, 40, 40],
  )
  for (const [x, y] of [
    [-0.2, -0.6],
    [0.17, -0.7],
    [-0.56, -0.4],
    [0.56, -0.42],
    [0, -0.38],
  ] as const) {
    const slit = box(x - 0.014, y, 0.028, 0.075)
    if (dark) castle.glow(slit, [255, 206, 112])
    else castle.fill(slit, [60, 54, 62])
  }
  pen.smooth(
    [
      [0.47, horizon + 0.06],
      [0.53, horizon + 0.06],
      [0.56, 0.78],
      [0.76, 1.06],
      [0.3, 1.06],
      [0.46, 0.78],
    ],
    [178, 160, 130],
  )
  drawBushes(pen, random, horizon)
}

const GATE_FEET: readonly Point[] = path('0.075,0 -0.075,0')

/** About a point in the middle of the gate, so that its arch and its feet make one outline. */
const byAngle = (a: Point, b: Point): number => Math.atan2(a[1] + 0.12, a[0]) - Math.atan2(b[1] + 0.12, b[0])

function drawWall(pen: Pen, stone: Rgb, x: number, width: number, height: number): void {
  pen.shade(box(x, -height, width, height), stone, mix(stone, [60, 56, 70], 0.4))
  for (let i = 0; i < 16; i++) pen.fill(box(x + (i * width) / 16, -height - 0.045, width / 32, 0.047), stone)
  for (let row = 1; row < 5; row++)
    pen.fill(box(x, -height + row * 0.07, width, 0.006), mix(stone, [40, 40, 50], 0.5), 0.4)
}

function drawTower(pen: Pen, stone: Rgb, roof: Rgb | undefined, x: number, width: number, height: number): void {
  const left = x - width / 2
  pen.shade(box(left, -height, width, height), mix(stone, [255, 255, 255], 0.1), mix(stone, [60, 56, 70], 0.35))
  pen.fill(box(x + width * 0.18, -height, width * 0.32, height), mix(stone, [40, 36, 60], 0.5), 0.35)
  pen.fill(box(left - 0.015, -height - 0.03, width + 0.03, 0.045), stone)
  for (let i = 0; i < 4; i++)
    pen.fill(box(left - 0.012 + (i * (width + 0.024)) / 3.6, -height - 0.07, width / 6, 0.05), stone)
  if (roof === undefined) return
  pen.fill(
    [
      [left - 0.03, -height - 0.03],
      [left + width + 0.03, -height - 0.03],
      [x, -height - 0.3],
    ],
    roof,
  )
  pen.line(
    [
      [x, -height - 0.28],
      [x, -height - 0.42],
    ],
    [60, 50, 50],
    0.012,
  )
  pen.fill(
    [
      [x, -height - 0.42],
      [x + 0.11, -height - 0.385],
      [x, -height - 0.35],
    ],
    [214, 62, 60],
  )
}

function drawBushes(pen: Pen, random: Random, horizon: number): void {
  for (let i = 0; i < 12; i++) {
    const y = between(random, horizon + 0.1, 1)
    const x = i % 2 === 0 ? between(random, 0, 0.34) : between(random, 0.7, 1)
    pen.fill(
      blob(random, x, y, 0.03 + 0.06 * (y - horizon), 0.02 + 0.05 * (y - horizon)),
      jittered(random, [74, 112, 66], 18),
    )
  }
}
