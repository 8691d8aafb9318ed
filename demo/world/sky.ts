// Light and air: the sky by time and weather, how its light changes colours, and what falls or hangs before everything else.

import type { Random } from '../../lib/core/random.ts'
import { type Canvas, mix, type Point, type Rgb, vertical } from './canvas.ts'
import type { Light } from './pen.ts'
import type { Scene, Time, Weather } from './scene.ts'
import { blob, box, ellipse, line } from './shapes.ts'

interface Hour {
  readonly top: Rgb
  readonly low: Rgb
  /** Factors of red, green and blue for all that is lit. */
  readonly light: Rgb
  readonly sun: Rgb
  /** Height of sun or moon. */
  readonly height: number
  readonly radius: number
}

const HOURS: Readonly<Record<Time, Hour>> = {
  dawn: {
    top: [126, 158, 208],
    low: [255, 206, 178],
    light: [0.96, 0.86, 0.86],
    sun: [255, 236, 190],
    height: 0.36,
    radius: 0.05,
  },
  noon: {
    top: [70, 142, 222],
    low: [188, 222, 245],
    light: [1.04, 1.02, 0.98],
    sun: [255, 252, 226],
    height: 0.14,
    radius: 0.055,
  },
  dusk: {
    top: [74, 58, 118],
    low: [255, 138, 84],
    light: [0.86, 0.66, 0.64],
    sun: [255, 120, 64],
    height: 0.42,
    radius: 0.075,
  },
  night: {
    top: [16, 22, 58],
    low: [56, 70, 124],
    light: [0.5, 0.56, 0.76],
    sun: [240, 240, 220],
    height: 0.16,
    radius: 0.045,
  },
}

/** Colour of haze, share of it in the sky, and share of grey in every colour. */
const AIR: Readonly<Record<Weather, { haze: Rgb; sky: number; grey: number }>> = {
  clear: { haze: [255, 255, 255], sky: 0, grey: 0 },
  rain: { haze: [116, 128, 142], sky: 0.62, grey: 0.22 },
  snow: { haze: [214, 222, 234], sky: 0.55, grey: 0.1 },
  fog: { haze: [206, 208, 208], sky: 0.6, grey: 0.16 },
}

const brightness = ({ time }: Scene): number => (time === 'night' ? 0.36 : time === 'noon' ? 1 : 0.82)

const dimmed = (colour: Rgb, by: number): Rgb => [colour[0] * by, colour[1] * by, colour[2] * by]

/** How this hour and weather change the colours of things. */
export function lightOf(scene: Scene): Light {
  const { light } = HOURS[scene.time]
  const { grey } = AIR[scene.weather]
  return colour => {
    const lit: Rgb = [colour[0] * light[0], colour[1] * light[1], colour[2] * light[2]]
    const mean = (lit[0] + lit[1] + lit[2]) / 3
    return mix(lit, [mean, mean, mean], grey)
  }
}

/** Colour of far things: near the horizon everything takes the sky's. */
export function farColour(scene: Scene): Rgb {
  const { haze, sky } = AIR[scene.weather]
  return mix(HOURS[scene.time].low, dimmed(haze, brightness(scene)), sky)
}

export function drawSky(canvas: Canvas, scene: Scene, random: Random, horizon: number): void {
  const hour = HOURS[scene.time]
  const { haze, sky } = AIR[scene.weather]
  const grey = dimmed(haze, brightness(scene))
  canvas.fill(box(0, 0, 1, 1), vertical(mix(hour.top, grey, sky), mix(hour.low, grey, sky), 0, horizon + 0.05))
  if (scene.time === 'night' && scene.weather === 'clear') drawStars(canvas, random, horizon)
  const [x, y] = [0.12 + 0.76 * random.uniform(), hour.height + 0.06 * random.uniform()]
  if (scene.weather === 'clear') drawSun(canvas, hour, x, y, scene.time === 'night')
  const clouds = { clear: 2, rain: 7, snow: 5, fog: 3 }[scene.weather]
  const cloud = mix(mix(hour.low, [255, 255, 255], 0.55 * brightness(scene)), grey, sky)
  for (let i = 0; i < clouds; i++) drawCloud(canvas, random, cloud, horizon)
}

function drawStars(canvas: Canvas, random: Random, horizon: number): void {
  for (let i = 0; i < 60; i++) {
    const [x, y, size] = [random.uniform(), random.uniform() * horizon, 0.0012 + 0.0022 * random.uniform()]
    canvas.fill(ellipse(x, y, size), [255, 250, 230], 0.5 + 0.5 * random.uniform())
  }
}

function drawSun(canvas: Canvas, { sun, radius }: Hour, x: number, y: number, crescent: boolean): void {
  for (let i = 7; i > 0; i--) canvas.fill(ellipse(x, y, radius * (1 + 0.28 * i)), sun, 0.07)
  if (!crescent) return canvas.fill(ellipse(x, y, radius), sun)
  const moon = ellipse(x, y, radius).filter(
    ([px, py]) => Math.hypot(px - x - 0.5 * radius, py - y + 0.2 * radius) > 0.8 * radius,
  )
  canvas.fill(moon, sun)
}

function drawCloud(canvas: Canvas, random: Random, colour: Rgb, horizon: number): void {
  const [x, y, size] = [random.uniform(), 0.05 + random.uniform() * (horizon - 0.2), 0.05 + 0.07 * random.uniform()]
  for (let i = 0; i < 4; i++) {
    const [dx, dy] = [(i - 1.5) * size * 0.8, size * 0.2 * random.uniform()]
    canvas.fill(blob(random, x + dx, y + dy, size, size * 0.42), colour, 0.38)
  }
}

/** Fog over the land, behind the figures. */
export function drawFog(canvas: Canvas, scene: Scene, random: Random): void {
  if (scene.weather !== 'fog') return
  const colour = dimmed(AIR.fog.haze, brightness(scene))
  canvas.wash(colour, (_, y) => 0.14 + 0.4 * Math.exp(-(((y - 0.56) / 0.2) ** 2)))
  for (let i = 0; i < 5; i++)
    canvas.fill(blob(random, random.uniform(), 0.45 + 0.4 * random.uniform(), 0.4, 0.035), colour, 0.22)
}

/** Rain, snow or a breath of fog before the figures. */
export function drawWeather(canvas: Canvas, scene: Scene, random: Random): void {
  const { haze } = AIR[scene.weather]
  const colour = dimmed(haze, brightness(scene))
  if (scene.weather === 'fog') canvas.wash(colour, (_, y) => 0.1 + 0.16 * Math.exp(-(((y - 0.9) / 0.1) ** 2)))
  if (scene.weather === 'rain') {
    canvas.wash(colour, () => 0.1)
    const slant = 0.012 + 0.02 * random.uniform()
    for (let i = 0; i < 130; i++) {
      const [x, y, length] = [random.uniform(), random.uniform(), 0.03 + 0.05 * random.uniform()]
      const drop: Point[] = [
        [x, y],
        [x - slant * (length / 0.05), y + length],
      ]
      canvas.fill(line(drop, 0.0028), [225, 232, 240], 0.34)
    }
  }
  if (scene.weather === 'snow') {
    canvas.wash(colour, () => 0.08)
    for (let i = 0; i < 170; i++)
      canvas.fill(
        ellipse(random.uniform(), random.uniform(), 0.002 + 0.0055 * random.uniform() ** 2),
        [252, 253, 255],
        0.85,
      )
  }
}
