// The rasteriser against areas that are known.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Canvas, vertical } from '../../../demo/world/canvas.ts'
import { box, ellipse, line, path } from '../../../demo/world/shapes.ts'

const SIDE = 64
const WHITE = [255, 255, 255] as const

/** Share of the picture that a white shape on black covers. */
function area(polygon: Parameters<Canvas['fill']>[0], opacity = 1): number {
  const canvas = new Canvas(SIDE)
  canvas.fill(polygon, WHITE, opacity)
  return canvas.pixels.reduce((sum, value) => sum + value, 0) / (255 * canvas.pixels.length)
}

const near = (value: number, wanted: number, within: number) =>
  assert.ok(Math.abs(value - wanted) <= within, `${value} is not within ${within} of ${wanted}`)

test('shapes cover their area, to parts of a pixel', () => {
  near(area(box(0.1, 0.2, 0.3, 0.25)), 0.075, 0.002)
  near(area(box(0.1031, 0.2, 0.0021, 0.5)), 0.0021 * 0.5, 1e-4)
  near(area(ellipse(0.5, 0.5, 0.3, 0.2)), Math.PI * 0.06, 0.004)
  near(area(line(path('0.1,0.1 0.1,0.9'), 0.05)), 0.04, 0.002)
})

test('what is outside the picture is cut off', () => {
  near(area(box(-1, -1, 3, 3)), 1, 1e-6)
  near(area(box(0.5, 0.5, 9, 9)), 0.25, 1e-6)
  assert.is(area(box(2, 2, 1, 1)), 0)
})

test('opacity mixes, and bytes stay in their range', () => {
  near(area(box(0, 0, 1, 1), 0.4), 0.4, 1e-6)
  const canvas = new Canvas(4)
  canvas.fill(box(0, 0, 1, 1), [300, -20, 100.4])
  assert.equal([...canvas.bytes().subarray(0, 3)], [255, 0, 100])
})

test('a gradient runs down the picture and an even-odd hole stays empty', () => {
  const canvas = new Canvas(SIDE)
  canvas.fill(box(0, 0, 1, 1), vertical([0, 0, 0], [200, 200, 200], 0, 1))
  assert.ok((canvas.pixels[0] ?? 0) < 3 && (canvas.pixels.at(-1) ?? 0) > 197)
  const hole = [...box(0.1, 0.1, 0.8, 0.8), [0.1, 0.1], ...box(0.3, 0.3, 0.4, 0.4), [0.3, 0.3]] as const
  near(area(hole), 0.64 - 0.16, 0.003)
})

test.run()
