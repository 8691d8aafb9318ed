// A scene as a picture: sky, place, subject with its shadow, object, weather. The same scene gives the same bytes.

import { Random } from '../../lib/core/random.ts'
import { Canvas } from './canvas.ts'
import { type Frame, Pen } from './pen.ts'
import { DRAW_PLACE, HORIZON } from './places.ts'
import type { Scene } from './scene.ts'
import { ellipse } from './shapes.ts'
import { drawFog, drawSky, drawWeather, farColour, lightOf } from './sky.ts'
import { DRAW_SUBJECT, SIZE } from './subjects.ts'
import { DRAW_THING, THING_SIZE } from './things.ts'

/** Side of a picture in pixels. */
export const PICTURE_SIDE = 256

/** Bytes [side, side, 3], red, green, blue. */
export function drawScene(scene: Scene, side = PICTURE_SIDE): Uint8Array {
  const canvas = new Canvas(side)
  const random = new Random(scene.seed)
  const horizon = HORIZON[scene.place] + 0.05 * (random.uniform() - 0.5)
  const pen = new Pen(canvas, lightOf(scene))
  const dark = scene.time === 'night' || scene.time === 'dusk'
  drawSky(canvas, scene, random, horizon)
  DRAW_PLACE[scene.place]({ pen, random, far: farColour(scene), horizon, dark })
  drawFog(canvas, scene, random)
  drawFigures(pen, scene, random)
  drawWeather(canvas, scene, random)
  return canvas.bytes()
}

function drawFigures(pen: Pen, scene: Scene, random: Random): void {
  const { height, half } = SIZE[scene.subject]
  const scale = height * (0.9 + 0.22 * random.uniform())
  const flipped = random.uniform() < 0.5
  const [x, y] = [0.36 + 0.28 * random.uniform(), 0.88 + 0.07 * random.uniform()]
  const thing = THING_SIZE[scene.object]
  const size = thing.height * (0.9 + 0.2 * random.uniform())
  // On the side where there is more room, clear of the subject.
  const aside = (half * scale + 0.09 + 0.05 * random.uniform()) * (x < 0.5 ? 1 : -1)
  const beside: Frame = {
    x: Math.max(0.1, Math.min(0.9, x + aside)),
    y: y - thing.above + 0.03 * random.uniform(),
    scale: size,
  }
  if (thing.above === 0) drawShadow(pen, beside.x, beside.y, size * 0.5)
  drawShadow(pen, x, y, half * scale)
  // Figures catch more light than the land: they are what the picture is about.
  const front = new Pen(pen.canvas, colour => {
    const [r, g, b] = pen.light(colour)
    return [(r * 2 + colour[0]) / 3, (g * 2 + colour[1]) / 3, (b * 2 + colour[2]) / 3]
  })
  DRAW_SUBJECT[scene.subject](front.at({ x, y, scale, flipped }), random)
  DRAW_THING[scene.object](front.at({ ...beside, flipped: random.uniform() < 0.5 }), random)
}

function drawShadow(pen: Pen, x: number, y: number, half: number): void {
  for (const grow of [1.15, 0.9]) pen.glow(ellipse(x, y, half * grow, half * grow * 0.16 + 0.006), [16, 16, 28], 0.2)
}
