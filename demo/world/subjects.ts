// The eight subjects, each in a frame of its own: feet at 0, 0, looking to the right, one unit up is its height. Colours vary a
// little from scene to scene, never so far that a red dress turns blue.

import type { Random } from '../../lib/core/random.ts'
import { mix, type Rgb } from './canvas.ts'
import { jittered } from './ground.ts'
import type { Pen } from './pen.ts'
import type { Subject } from './scene.ts'
import { box, ellipse, path } from './shapes.ts'

type Draw = (pen: Pen, random: Random) => void

export const DRAW_SUBJECT: Readonly<Record<Subject, Draw>> = {
  woman: drawWoman,
  man: drawMan,
  child: drawChild,
  dog: drawDog,
  cat: drawCat,
  horse: drawHorse,
  elephant: drawElephant,
  flamingo: drawFlamingo,
}

/** Height of each in the picture, and half its width in its own frame. */
export const SIZE: Readonly<Record<Subject, { readonly height: number; readonly half: number }>> = {
  woman: { height: 0.46, half: 0.24 },
  man: { height: 0.49, half: 0.22 },
  child: { height: 0.38, half: 0.26 },
  dog: { height: 0.35, half: 0.62 },
  cat: { height: 0.35, half: 0.5 },
  horse: { height: 0.46, half: 0.58 },
  elephant: { height: 0.47, half: 0.68 },
  flamingo: { height: 0.44, half: 0.3 },
}

const darker = (colour: Rgb, by = 0.3): Rgb => mix(colour, [20, 16, 30], by)
const SKINS: readonly Rgb[] = [
  [240, 200, 168],
  [214, 164, 126],
  [150, 102, 72],
  [106, 70, 50],
]

function drawWoman(pen: Pen, random: Random): void {
  const [skin, dress] = [random.pick(SKINS), jittered(random, [206, 40, 58], 18)]
  const hair = jittered(
    random,
    random.pick([
      [58, 36, 28],
      [128, 74, 36],
      [30, 26, 30],
    ] as const),
    8,
  )
  pen.smooth(path('-0.1,-0.9 -0.02,-0.99 0.07,-0.94 0.08,-0.82 -0.02,-0.66 -0.13,-0.64 -0.13,-0.8'), hair)
  pen.line(path('-0.04,-0.14 -0.045,-0.01'), skin, 0.045)
  pen.line(path('0.045,-0.14 0.05,-0.01'), skin, 0.045)
  pen.ellipse(-0.025, -0.008, 0.045, 0.014, darker(dress, 0.6))
  pen.ellipse(0.07, -0.008, 0.045, 0.014, darker(dress, 0.6))
  pen.smooth(
    path('-0.07,-0.78 0.07,-0.78 0.06,-0.56 0.13,-0.36 0.2,-0.12 0,-0.08 -0.2,-0.12 -0.13,-0.36 -0.06,-0.56'),
    dress,
  )
  pen.smooth(path('0.02,-0.54 0.12,-0.34 0.19,-0.12 0.06,-0.1'), darker(dress))
  pen.line(path('0.06,-0.75 0.13,-0.62 0.19,-0.5'), skin, 0.045, 0.035)
  pen.line(path('-0.06,-0.75 -0.12,-0.6 -0.08,-0.48'), skin, 0.045, 0.035)
  pen.fill(box(-0.022, -0.83, 0.044, 0.07), skin)
  pen.ellipse(0.012, -0.89, 0.062, 0.074, skin)
  pen.smooth(path('-0.075,-0.88 -0.06,-0.965 0.02,-0.985 0.075,-0.93 0.02,-0.925 -0.04,-0.88'), hair)
}

function drawMan(pen: Pen, random: Random): void {
  const [skin, coat] = [random.pick(SKINS), jittered(random, [44, 66, 132], 18)]
  const trousers = jittered(random, [66, 62, 62], 8)
  pen.line(path('-0.05,-0.45 -0.07,-0.02'), trousers, 0.1, 0.075)
  pen.line(path('0.05,-0.45 0.075,-0.02'), darker(trousers), 0.1, 0.075)
  pen.ellipse(-0.05, -0.015, 0.06, 0.02, [36, 28, 26])
  pen.ellipse(0.1, -0.015, 0.06, 0.02, [36, 28, 26])
  pen.smooth(path('-0.12,-0.79 0.12,-0.79 0.14,-0.5 0.15,-0.33 -0.15,-0.33 -0.13,-0.5'), coat)
  pen.line(path('0.005,-0.76 0.005,-0.35'), darker(coat), 0.012)
  pen.line(path('0.12,-0.76 0.17,-0.6 0.16,-0.44'), darker(coat, 0.15), 0.07, 0.055)
  pen.line(path('-0.12,-0.76 -0.17,-0.6 -0.14,-0.44'), darker(coat, 0.15), 0.07, 0.055)
  pen.ellipse(0.16, -0.42, 0.026, 0.03, skin)
  pen.ellipse(-0.14, -0.42, 0.026, 0.03, skin)
  pen.fill(path('-0.05,-0.8 0.05,-0.8 0,-0.7'), [240, 238, 232])
  pen.ellipse(0.008, -0.87, 0.058, 0.07, skin)
  pen.fill(box(-0.065, -0.995, 0.13, 0.085), [56, 44, 42])
  pen.ellipse(0.005, -0.91, 0.115, 0.018, [46, 36, 34])
  pen.fill(box(-0.065, -0.93, 0.13, 0.018), [150, 60, 50])
}

function drawChild(pen: Pen, random: Random): void {
  const [skin, coat] = [random.pick(SKINS), jittered(random, [246, 200, 40], 12)]
  const boots = jittered(random, [40, 128, 96], 14)
  pen.line(path('-0.08,-0.3 -0.09,-0.06'), [86, 92, 120], 0.1)
  pen.line(path('0.08,-0.3 0.09,-0.06'), [76, 82, 110], 0.1)
  pen.smooth(path('-0.14,-0.14 -0.03,-0.14 -0.02,-0.02 0,0 -0.15,0'), boots)
  pen.smooth(path('0.04,-0.14 0.15,-0.14 0.16,-0.03 0.2,0 0.04,0'), darker(boots, 0.15))
  pen.smooth(path('-0.12,-0.64 0.12,-0.64 0.18,-0.42 0.24,-0.2 -0.24,-0.2 -0.18,-0.42'), coat)
  pen.line(path('0.01,-0.6 0.01,-0.22'), darker(coat, 0.2), 0.015)
  pen.line(path('0.12,-0.6 0.23,-0.48 0.32,-0.5'), darker(coat, 0.08), 0.09, 0.08)
  pen.line(path('-0.12,-0.6 -0.22,-0.46 -0.26,-0.34'), darker(coat, 0.08), 0.09, 0.08)
  pen.ellipse(0.34, -0.5, 0.035, 0.035, skin)
  pen.ellipse(-0.27, -0.31, 0.035, 0.035, skin)
  pen.ellipse(0, -0.82, 0.19, 0.18, coat)
  pen.ellipse(0.05, -0.81, 0.125, 0.135, skin)
  pen.ellipse(0.09, -0.82, 0.016, 0.022, [40, 30, 30])
  pen.ellipse(0.01, -0.82, 0.016, 0.022, [40, 30, 30])
}

function drawDog(pen: Pen, random: Random): void {
  const fur = jittered(random, [132, 82, 46], 16)
  const dark = darker(fur)
  pen.line(path('-0.42,-0.56 -0.58,-0.72 -0.6,-0.9'), fur, 0.1, 0.05)
  for (const x of [-0.36, 0.24])
    pen.line(
      [
        [x, -0.4],
        [x - 0.03, -0.2],
        [x, 0],
      ],
      dark,
      0.13,
      0.09,
    )
  pen.smooth(path('-0.48,-0.58 -0.1,-0.62 0.32,-0.66 0.4,-0.42 0.2,-0.3 -0.2,-0.32 -0.46,-0.3'), fur)
  for (const x of [-0.26, 0.34])
    pen.line(
      [
        [x, -0.4],
        [x - 0.02, -0.2],
        [x + 0.02, 0],
      ],
      fur,
      0.13,
      0.09,
    )
  pen.smooth(path('0.2,-0.62 0.28,-0.92 0.46,-0.98 0.52,-0.84 0.44,-0.52 0.3,-0.46'), fur)
  pen.smooth(path('0.34,-0.96 0.52,-0.98 0.6,-0.88 0.76,-0.84 0.76,-0.74 0.5,-0.7 0.34,-0.76'), fur)
  pen.ellipse(0.76, -0.81, 0.045, 0.04, [26, 22, 22])
  pen.ellipse(0.55, -0.89, 0.025, 0.03, [26, 22, 22])
  pen.smooth(path('0.32,-0.97 0.42,-0.96 0.4,-0.72 0.28,-0.62 0.24,-0.78'), darker(fur, 0.5))
  pen.line(path('0.26,-0.68 0.46,-0.6'), [200, 44, 44], 0.06)
}

function drawCat(pen: Pen, random: Random): void {
  const fur = jittered(random, [240, 138, 40], 12)
  const stripe = mix(fur, [150, 66, 16], 0.6)
  pen.line(path('-0.26,-0.08 -0.5,-0.14 -0.56,-0.36 -0.44,-0.56'), stripe, 0.1, 0.07)
  pen.smooth(path('-0.32,-0.06 -0.3,-0.34 -0.08,-0.62 0.16,-0.62 0.26,-0.3 0.28,-0.02 0,0.01 -0.24,0.01'), fur)
  for (const [y, half] of [
    [-0.5, 0.12],
    [-0.38, 0.14],
    [-0.26, 0.14],
  ] as const)
    pen.line(
      [
        [-0.26 + (y + 0.5) * -0.4, y + 0.06],
        [-0.26 + half, y],
      ],
      stripe,
      0.045,
    )
  pen.smooth(path('0.04,-0.5 0.2,-0.5 0.2,-0.2 0.1,-0.16'), [250, 236, 214])
  pen.line(path('0.1,-0.3 0.12,-0.02'), fur, 0.09)
  pen.line(path('0.22,-0.3 0.24,-0.02'), fur, 0.09)
  pen.fill(path('-0.1,-0.82 -0.12,-1.02 0.04,-0.92'), fur)
  pen.fill(path('0.34,-0.82 0.38,-1.02 0.22,-0.92'), fur)
  pen.ellipse(0.13, -0.74, 0.24, 0.2, fur)
  for (const x of [0.05, 0.13, 0.21])
    pen.line(
      [
        [x, -0.93],
        [x + 0.005, -0.84],
      ],
      stripe,
      0.03,
    )
  pen.ellipse(0.15, -0.66, 0.11, 0.075, [250, 238, 218])
  for (const x of [0.04, 0.25]) pen.ellipse(x, -0.77, 0.036, 0.045, [60, 120, 52])
  for (const x of [0.04, 0.25]) pen.ellipse(x, -0.77, 0.014, 0.04, [16, 16, 16])
  pen.fill(path('0.12,-0.7 0.18,-0.7 0.15,-0.66'), [206, 90, 90])
}

function drawHorse(pen: Pen, random: Random): void {
  const coat = jittered(random, [240, 236, 228], 8)
  const [shade, mane] = [mix(coat, [120, 116, 130], 0.35), jittered(random, [104, 92, 88], 12)]
  pen.smooth(path('-0.42,-0.62 -0.54,-0.58 -0.6,-0.3 -0.54,-0.12 -0.48,-0.34'), mane)
  for (const [x, knee] of [
    [-0.3, -0.04],
    [0.2, 0.05],
  ] as const)
    drawLeg(pen, x, knee, shade)
  pen.smooth(path('-0.46,-0.62 -0.2,-0.66 0.12,-0.62 0.3,-0.66 0.36,-0.46 0.18,-0.36 -0.14,-0.36 -0.4,-0.4'), coat)
  for (const [x, knee] of [
    [-0.38, 0.03],
    [0.28, -0.02],
  ] as const)
    drawLeg(pen, x, knee, coat)
  pen.smooth(path('0.12,-0.62 0.26,-0.84 0.38,-0.96 0.46,-0.88 0.4,-0.7 0.36,-0.46'), coat)
  pen.smooth(path('0.34,-0.96 0.46,-0.97 0.62,-0.78 0.62,-0.7 0.54,-0.7 0.4,-0.8'), coat)
  pen.fill(path('0.36,-0.95 0.39,-1.04 0.43,-0.95'), coat)
  pen.smooth(path('0.36,-1 0.4,-0.95 0.3,-0.82 0.2,-0.64 0.1,-0.6 0.16,-0.78 0.26,-0.92'), mane)
  pen.ellipse(0.46, -0.88, 0.018, 0.02, [24, 20, 20])
  pen.ellipse(0.595, -0.735, 0.014, 0.012, [70, 60, 64])
}

function drawLeg(pen: Pen, x: number, knee: number, colour: Rgb): void {
  pen.line(
    [
      [x, -0.44],
      [x + knee, -0.22],
      [x + knee * 0.6, -0.03],
    ],
    colour,
    0.1,
    0.05,
  )
  pen.fill(box(x + knee * 0.6 - 0.035, -0.05, 0.08, 0.05), [66, 56, 54])
}

function drawElephant(pen: Pen, random: Random): void {
  const hide = jittered(random, [140, 140, 156], 10)
  const [shade, light] = [darker(hide, 0.25), mix(hide, [255, 255, 255], 0.12)]
  pen.line(path('-0.52,-0.7 -0.6,-0.5 -0.6,-0.34'), shade, 0.04, 0.025)
  for (const x of [-0.26, 0.2]) pen.fill(box(x - 0.09, -0.42, 0.18, 0.42), shade)
  pen.smooth(path('-0.54,-0.6 -0.4,-0.86 -0.1,-0.94 0.18,-0.88 0.34,-0.66 0.26,-0.36 -0.1,-0.32 -0.48,-0.34'), hide)
  for (const x of [-0.42, 0.08]) {
    pen.fill(box(x - 0.1, -0.44, 0.2, 0.44), hide)
    for (const toe of [-0.06, 0, 0.06]) pen.ellipse(x + toe, -0.02, 0.026, 0.022, [226, 220, 210])
  }
  pen.line(path('0.5,-0.66 0.62,-0.46 0.62,-0.2 0.56,-0.08 0.66,-0.04'), hide, 0.17, 0.07)
  pen.ellipse(0.36, -0.76, 0.22, 0.21, hide)
  pen.smooth(path('0.5,-0.56 0.6,-0.5 0.74,-0.5 0.8,-0.58 0.7,-0.55 0.58,-0.6'), [248, 244, 232])
  pen.smooth(path('0.28,-0.92 0.1,-0.98 -0.04,-0.84 0.02,-0.6 0.16,-0.46 0.28,-0.6'), light)
  pen.smooth(path('0.24,-0.86 0.12,-0.9 0.03,-0.8 0.08,-0.64 0.17,-0.56 0.24,-0.66'), mix(hide, [220, 170, 170], 0.4))
  pen.ellipse(0.44, -0.8, 0.022, 0.024, [28, 24, 26])
}

function drawFlamingo(pen: Pen, random: Random): void {
  const pink = jittered(random, [248, 120, 160], 12)
  pen.line(path('-0.03,-0.46 -0.05,-0.24 -0.02,0'), [226, 110, 120], 0.026)
  pen.line(path('0.05,-0.46 0.17,-0.3 0.04,-0.22'), [226, 110, 120], 0.026)
  pen.line(path('-0.06,-0.005 0.06,-0.005'), [210, 96, 106], 0.022)
  pen.line(path('0.16,-0.56 0.28,-0.66 0.24,-0.78 0.12,-0.84 0.12,-0.93 0.2,-0.97'), pink, 0.075, 0.06)
  pen.smooth(path('-0.34,-0.5 -0.16,-0.66 0.06,-0.68 0.22,-0.58 0.16,-0.46 -0.06,-0.42 -0.24,-0.44'), pink)
  pen.smooth(path('-0.36,-0.5 -0.14,-0.6 0.06,-0.58 0.02,-0.5 -0.16,-0.46'), mix(pink, [196, 40, 90], 0.4))
  pen.ellipse(0.22, -0.955, 0.065, 0.05, pink)
  pen.smooth(path('0.26,-0.98 0.35,-0.95 0.35,-0.86 0.31,-0.87 0.27,-0.92'), [250, 226, 210])
  pen.smooth(path('0.33,-0.93 0.36,-0.91 0.35,-0.85 0.31,-0.86'), [30, 26, 30])
  pen.fill(ellipse(0.235, -0.965, 0.012), [30, 26, 30])
}
