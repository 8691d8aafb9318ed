// The eight places: each draws its land from the horizon to the lower edge, far things first, over a sky that is there already.

import type { Random } from '../../lib/core/random.ts'
import { mix, type Point, type Rgb } from './canvas.ts'
import { between, type Ground, heights, jittered } from './ground.ts'
import type { Pen } from './pen.ts'
import type { Place } from './scene.ts'
import { blob, box, ellipse, land, path } from './shapes.ts'
import { drawCastle, drawCity } from './towns.ts'

export const DRAW_PLACE: Readonly<Record<Place, (ground: Ground) => void>> = {
  harbour: drawHarbour,
  beach: drawBeach,
  forest: drawForest,
  desert: drawDesert,
  city: drawCity,
  mountain: drawMountain,
  meadow: drawMeadow,
  castle: drawCastle,
}

/** Horizon of each place. */
export const HORIZON: Readonly<Record<Place, number>> = {
  harbour: 0.5,
  beach: 0.46,
  forest: 0.6,
  desert: 0.54,
  city: 0.62,
  mountain: 0.6,
  meadow: 0.52,
  castle: 0.58,
}

function drawSea({ pen, random, far, horizon }: Ground, low: number, near: Rgb): void {
  pen.glow(box(0, horizon, 1, 0.08), far)
  pen.shade(box(0, horizon, 1, low - horizon), mix(near, [150, 190, 214], 0.45), near)
  for (let i = 0; i < 46; i++) {
    const depth = random.uniform() ** 1.6
    const [x, y] = [random.uniform(), horizon + 0.006 + depth * (low - horizon)]
    pen.fill(ellipse(x, y, 0.012 + 0.05 * depth, 0.0016 + 0.003 * depth), [232, 242, 248], 0.32)
  }
}

function drawHarbour(ground: Ground): void {
  const { pen, random, far, horizon } = ground
  pen.glow(
    land([horizon, ...heights(random, 5, horizon - 0.09, horizon - 0.02), horizon]),
    mix(far, [70, 90, 120], 0.4),
  )
  drawSea(ground, 0.8, jittered(random, [40, 92, 128]))
  const boats = random.integer(3, 4)
  for (let i = 0; i < boats; i++) {
    const depth = between(random, 0.1, 1)
    const [x, y] = [(i + between(random, 0.25, 0.75)) / boats, horizon + 0.03 + 0.16 * depth]
    drawBoat(pen, random, x, y, 0.1 + 0.09 * depth)
  }
  // The quay: stones in perspective, an edge of timber, bollards.
  pen.shade(box(-0.1, 0.78, 1.2, 0.3), jittered(random, [132, 124, 118]), [104, 98, 94])
  pen.fill(box(-0.1, 0.765, 1.2, 0.022), [86, 66, 52])
  for (const row of [0.815, 0.86, 0.92]) pen.fill(box(0, row, 1, 0.004), [84, 78, 76], 0.7)
  for (let i = -6; i <= 6; i++)
    pen.line(
      [
        [0.5 + i * 0.1, 0.787],
        [0.5 + i * 0.19, 1.02],
      ],
      [84, 78, 76],
      0.003,
      0.005,
    )
  for (const x of [between(random, 0.04, 0.16), between(random, 0.84, 0.96)]) {
    pen.fill(box(x - 0.018, 0.74, 0.036, 0.06), [58, 56, 62])
    pen.ellipse(x, 0.742, 0.026, 0.012, [76, 74, 82])
  }
}

function drawBoat(pen: Pen, random: Random, x: number, y: number, size: number): void {
  const boat = pen.at({ x, y, scale: size, flipped: random.uniform() < 0.5 })
  const hull: Rgb = random.pick([
    [190, 56, 48],
    [38, 74, 120],
    [238, 232, 220],
    [52, 110, 92],
  ] as const)
  boat.line(path('0.05,-0.1 0.05,-1.7'), [92, 70, 52], 0.05, 0.03)
  boat.fill(path('0.08,-1.6 0.08,-0.42 0.72,-0.46'), jittered(random, [244, 238, 222]))
  boat.fill(path('0,-1.35 0,-0.44 -0.46,-0.42'), jittered(random, [226, 214, 190]))
  boat.fill(path('-0.62,-0.34 0.78,-0.36 0.58,0 -0.46,0'), hull)
  boat.fill(box(-0.6, -0.34, 1.34, 0.06), [250, 246, 236])
  boat.fill(ellipse(0.05, 0.05, 0.66, 0.06), [20, 40, 60], 0.3)
}

function drawBeach(ground: Ground): void {
  const { pen, random, horizon } = ground
  drawSea(ground, 0.72, jittered(random, [44, 158, 184]))
  const shore = heights(random, 6, 0.63, 0.69)
  for (const [lift, colour] of [
    [-0.016, [240, 250, 252]],
    [0.006, [206, 182, 140]],
    [0.02, [238, 214, 164]],
  ] as const)
    pen.fill(land(shore.map(y => y + lift)), colour)
  pen.shade(land(shore.map(y => y + 0.05)), [240, 218, 168], jittered(random, [224, 192, 136]))
  for (let i = 0; i < 60; i++) {
    const y = between(random, 0.74, 1)
    pen.fill(ellipse(random.uniform(), y, 0.004 + 0.012 * (y - 0.7), 0.002 + 0.005 * (y - 0.7)), [190, 158, 112], 0.6)
  }
  for (let i = 0; i < 5; i++) {
    const [x, y] = [random.uniform(), between(random, 0.8, 0.97)]
    pen.fill(
      blob(random, x, y, 0.014, 0.01),
      random.pick([
        [250, 232, 224],
        [236, 150, 130],
        [252, 246, 230],
      ] as const),
    )
  }
  const side = random.uniform() < 0.5 ? between(random, 0.02, 0.16) : between(random, 0.84, 0.98)
  drawPalm(
    pen.at({ x: side, y: between(random, 0.72, 0.8), scale: between(random, 0.42, 0.56), flipped: side > 0.5 }),
    random,
  )
  if (random.uniform() < 0.6) {
    const sail = pen.at({ x: random.uniform(), y: horizon + 0.012, scale: between(random, 0.05, 0.08) })
    sail.fill(path('0,-1 0,-0.15 0.5,-0.15'), [250, 248, 240])
    sail.fill(path('-0.3,-0.1 0.6,-0.1 0.4,0.1 -0.2,0.1'), [120, 60, 48])
  }
}

function drawPalm(pen: Pen, random: Random): void {
  const lean = between(random, 0.05, 0.28)
  pen.line(
    [
      [0, 0],
      [lean * 0.3, -0.4],
      [lean * 0.7, -0.75],
      [lean, -1],
    ],
    [140, 104, 70],
    0.085,
    0.05,
  )
  const leaves = 8
  for (let i = 0; i < leaves; i++) {
    const angle = Math.PI * (1.08 - 1.16 * (i / (leaves - 1))) + 0.1 * random.uniform()
    const [dx, dy] = [Math.cos(angle) * 0.42, -Math.sin(angle) * 0.26]
    const tip: Point = [lean + dx, -1 + dy + 0.16]
    pen.smooth(
      [[lean, -1.02], [lean + dx * 0.5, -1.05 + dy * 0.95], tip, [lean + dx * 0.5, -0.96 + dy * 0.75]],
      jittered(random, [58, 132, 66]),
    )
  }
}

function drawForest({ pen, random, far, horizon }: Ground): void {
  pen.glow(box(0, 0.06, 1, 0.7), mix(far, pen.light([104, 142, 112]), 0.55))
  pen.shade(land(heights(random, 7, horizon - 0.02, horizon + 0.03)), [92, 112, 62], jittered(random, [58, 74, 38]))
  pen.smooth(
    [
      [0.46, horizon + 0.02],
      [0.54, horizon + 0.02],
      [0.6, 0.8],
      [0.82, 1.06],
      [0.24, 1.06],
      [0.42, 0.8],
    ],
    [148, 122, 86],
  )
  const layers = [
    {
      count: 12,
      width: 0.022,
      foot: horizon + 0.03,
      colour: mix([74, 92, 74], [120, 150, 124], 0.4),
      crown: [96, 140, 98] as Rgb,
    },
    { count: 8, width: 0.04, foot: horizon + 0.09, colour: [78, 64, 48] as Rgb, crown: [62, 112, 58] as Rgb },
    { count: 4, width: 0.085, foot: horizon + 0.2, colour: [60, 44, 34] as Rgb, crown: [38, 84, 42] as Rgb },
  ]
  for (const { count, width, foot, colour, crown } of layers) {
    for (let i = 0; i < count; i++) {
      const x = (i + between(random, 0.1, 0.9)) / count
      // The nearest trees leave the middle free.
      const stem = count === 4 ? (x < 0.5 ? x * 0.36 : 1 - (1 - x) * 0.36) : x
      const wide = width * between(random, 0.7, 1.2)
      pen.line(
        [
          [stem, foot + 0.03 * random.uniform()],
          [stem + 0.01, 0.3],
          [stem, -0.02],
        ],
        jittered(random, colour),
        wide,
        wide * 0.6,
      )
    }
    for (let i = 0; i < count + 5; i++)
      pen.fill(blob(random, random.uniform(), between(random, -0.02, 0.2), 0.14, 0.1), jittered(random, crown, 16), 0.9)
  }
  for (let i = 0; i < 34; i++) {
    const [x, y] = [random.uniform(), between(random, horizon + 0.06, 1)]
    pen
      .at({ x, y, scale: 0.03 + 0.09 * (y - horizon) })
      .fill(path('-0.5,0 -0.6,-0.7 -0.15,-0.2 0,-1 0.15,-0.2 0.6,-0.7 0.5,0'), jittered(random, [64, 118, 52], 20))
  }
}

function drawDesert({ pen, random, far, horizon }: Ground): void {
  const sand: Rgb = jittered(random, [232, 158, 84])
  pen.glow(land(heights(random, 5, horizon - 0.05, horizon)), mix(far, pen.light(sand), 0.5))
  for (const [i, low] of [horizon, horizon + 0.1, horizon + 0.22].entries()) {
    const ridge = heights(random, 5, low - 0.05, low + 0.05)
    pen.shade(land(ridge), mix(sand, [255, 220, 150], 0.35), mix(sand, [150, 84, 50], 0.2 + 0.12 * i))
    pen.fill(land(ridge.map((y, j) => y + (j % 2 === 0 ? 0.012 : 0.07))), mix(sand, [150, 80, 48], 0.34), 0.4)
  }
  for (let i = 0; i < 26; i++) {
    const y = between(random, 0.78, 1)
    pen.fill(ellipse(random.uniform(), y, 0.06, 0.002), [186, 112, 62], 0.4)
  }
  const count = random.integer(2, 3)
  for (let i = 0; i < count; i++) {
    const x = i % 2 === 0 ? between(random, 0.03, 0.2) : between(random, 0.8, 0.97)
    drawCactus(
      pen.at({ x, y: between(random, 0.66, 0.84), scale: between(random, 0.18, 0.3), flipped: random.uniform() < 0.5 }),
      random,
    )
  }
  for (let i = 0; i < 4; i++)
    pen.fill(blob(random, random.uniform(), between(random, 0.7, 0.98), 0.025, 0.016), jittered(random, [148, 92, 62]))
}

function drawCactus(pen: Pen, random: Random): void {
  const green = jittered(random, [68, 128, 76])
  const arm = (points: readonly Point[], width: number) => {
    pen.line(points, green, width)
    const tip = points.at(-1) ?? [0, 0]
    pen.ellipse(tip[0], tip[1], width / 2, width / 2, green)
  }
  arm(path('0,0 0,-1'), 0.2)
  arm(path('0,-0.35 0.3,-0.38 0.32,-0.5 0.32,-0.74'), 0.12)
  arm(path('0,-0.5 -0.28,-0.52 -0.3,-0.6 -0.3,-0.88'), 0.12)
  pen.line(path('0.04,0 0.04,-0.96'), mix(green, [255, 255, 255], 0.25), 0.025)
}

function drawMountain({ pen, random, far, horizon }: Ground): void {
  for (const [i, { high, foot }] of [
    { high: 0.2, foot: horizon },
    { high: 0.3, foot: horizon + 0.03 },
  ].entries()) {
    const count = 3 - i
    for (let j = 0; j < count; j++) {
      const [x, top, half] = [
        (j + between(random, 0.2, 0.8)) / count,
        high + between(random, -0.08, 0.06),
        between(random, 0.28, 0.4),
      ]
      drawPeak({ pen, random, far, x, top, half, foot: foot + 0.08, fade: 0.45 - 0.35 * i })
    }
  }
  pen.shade(land(heights(random, 6, horizon - 0.02, horizon + 0.06)), [118, 128, 108], jittered(random, [92, 96, 92]))
  for (let i = 0; i < 9; i++) {
    const x = i % 2 === 0 ? between(random, 0, 0.26) : between(random, 0.74, 1)
    const y = between(random, horizon + 0.04, 0.82)
    drawPine(pen.at({ x, y, scale: 0.06 + 0.4 * (y - horizon) }), random)
  }
  for (let i = 0; i < 20; i++) {
    const [x, y] = [random.uniform(), between(random, 0.68, 1)]
    const size = 0.012 + 0.07 * (y - 0.66) * random.uniform()
    pen.fill(blob(random, x, y, size * 1.5, size), jittered(random, [128, 128, 132], 22))
    pen.fill(blob(random, x - size * 0.3, y - size * 0.3, size * 0.8, size * 0.4), [176, 176, 180], 0.6)
  }
}

interface Peak extends Pick<Ground, 'pen' | 'random' | 'far'> {
  readonly x: number
  readonly top: number
  readonly half: number
  readonly foot: number
  readonly fade: number
}

function drawPeak({ pen, random, far, x, top, half, foot, fade }: Peak): void {
  const height = foot - top
  const side = (sign: number, share: number): Point => [
    x + sign * half * share + 0.03 * (random.uniform() - 0.5),
    top + height * share,
  ]
  const rock = mix(pen.light(jittered(random, [104, 108, 124])), far, fade)
  const shadow = mix(pen.light([72, 76, 96]), far, fade)
  const snow = mix(pen.light([244, 248, 255]), far, fade * 0.5)
  pen.glow(
    [[x, top], side(-1, 0.35), side(-1, 0.7), [x - half, foot], [x + half, foot], side(1, 0.7), side(1, 0.35)],
    rock,
  )
  pen.glow(
    [[x, top], [x + 0.06 * half, top + 0.5 * height], [x - 0.1 * half, foot], [x + half, foot], side(1, 0.6)],
    shadow,
  )
  const cap = 0.4
  pen.glow(
    [
      [x, top],
      [x - half * cap, top + height * cap],
      [x - half * 0.22, top + height * 0.32],
      [x - half * 0.06, top + height * 0.46],
      [x + half * 0.1, top + height * 0.3],
      [x + half * 0.24, top + height * 0.42],
      [x + half * cap * 0.9, top + height * cap * 0.9],
    ],
    snow,
  )
}

function drawPine(pen: Pen, random: Random): void {
  const green = jittered(random, [38, 82, 62])
  pen.fill(box(-0.05, -0.2, 0.1, 0.2), [78, 58, 44])
  for (const [y, half] of [
    [-0.12, 0.32],
    [-0.36, 0.26],
    [-0.6, 0.19],
  ] as const)
    pen.fill(
      [
        [-half, y],
        [half, y],
        [0, y - 0.42],
      ],
      green,
    )
}

function drawMeadow({ pen, random, far, horizon }: Ground): void {
  pen.glow(land(heights(random, 5, horizon - 0.07, horizon - 0.01)), mix(far, pen.light([110, 160, 120]), 0.5))
  for (const [i, low] of [horizon, horizon + 0.06, horizon + 0.14].entries()) {
    const green = jittered(random, mix([150, 204, 96], [96, 172, 66], i / 2))
    pen.shade(
      land(heights(random, 4, low - 0.035, low + 0.03)),
      mix(green, [226, 240, 140], 0.25),
      mix(green, [58, 122, 48], 0.4),
    )
  }
  const x = random.uniform() < 0.5 ? between(random, 0.06, 0.22) : between(random, 0.78, 0.94)
  const tree = pen.at({ x, y: horizon + 0.12, scale: between(random, 0.3, 0.4) })
  tree.line(path('0,0 0.02,-0.6'), [108, 80, 56], 0.11, 0.06)
  for (let i = 0; i < 6; i++)
    tree.fill(
      blob(random, between(random, -0.25, 0.25), between(random, -0.95, -0.6), 0.3, 0.24),
      jittered(random, [82, 156, 64], 18),
    )
  const bloom = random.pick([
    [248, 214, 66],
    [236, 92, 110],
    [250, 250, 246],
    [160, 118, 220],
  ] as const)
  for (let i = 0; i < 120; i++) {
    const y = between(random, horizon + 0.14, 1)
    const [fx, size] = [random.uniform(), 0.0025 + 0.016 * (y - horizon - 0.1)]
    pen.line(
      [
        [fx, y + size * 2.4],
        [fx, y],
      ],
      [70, 130, 56],
      size * 0.4,
    )
    pen.ellipse(fx, y, size, size * 0.85, random.uniform() < 0.65 ? bloom : [250, 246, 232])
  }
}
