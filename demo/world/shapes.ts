// Outlines as lists of points: ellipses, boxes, smooth closed curves, lines with a width, ridges. Pure geometry.

import type { Random } from '../../lib/core/random.ts'
import type { Point } from './canvas.ts'

export function ellipse(x: number, y: number, rx: number, ry = rx, turn = 0): Point[] {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  return Array.from({ length: 28 }, (_, i) => {
    const angle = (i / 28) * 2 * Math.PI
    const [dx, dy] = [rx * Math.cos(angle), ry * Math.sin(angle)]
    return [x + dx * cos - dy * sin, y + dx * sin + dy * cos] as const
  })
}

export const box = (x: number, y: number, width: number, height: number): Point[] => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
]

/** Points written as "x,y x,y …". */
export const path = (text: string): Point[] =>
  text.split(' ').map(pair => {
    const [x = 0, y = 0] = pair.split(',').map(Number)
    return [x, y]
  })

/** A closed curve through the points (Catmull and Rom). */
export function smooth(points: readonly Point[], pieces = 5): Point[] {
  const at = (i: number): Point => points[(i + points.length) % points.length] ?? [0, 0]
  return points.flatMap((_, i) =>
    Array.from({ length: pieces }, (_, j): Point => {
      const t = j / pieces
      const along = (axis: 0 | 1): number => {
        const [a, b, c, d] = [at(i - 1)[axis], at(i)[axis], at(i + 1)[axis], at(i + 2)[axis]]
        return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
      }
      return [along(0), along(1)]
    }),
  )
}

/** A line of straight pieces, its width running from `from` to `to`. */
export function line(points: readonly Point[], from: number, to = from): Point[] {
  const sides = points.map((point, i): [Point, Point] => {
    const [before, after] = [points[Math.max(0, i - 1)] ?? point, points[Math.min(points.length - 1, i + 1)] ?? point]
    const [dx, dy] = [after[0] - before[0], after[1] - before[1]]
    const half = (from + ((to - from) * i) / Math.max(1, points.length - 1)) / 2 / (Math.hypot(dx, dy) || 1)
    return [
      [point[0] - dy * half, point[1] + dx * half],
      [point[0] + dy * half, point[1] - dx * half],
    ]
  })
  return [...sides.map(([left]) => left), ...sides.map(([, right]) => right).reverse()]
}

/** An uneven round shape: a bush, a stone, the crown of a tree, a cloud. */
export const blob = (random: Random, x: number, y: number, rx: number, ry: number, rough = 0.25): Point[] =>
  smooth(
    Array.from({ length: 9 }, (_, i): Point => {
      const angle = (i / 9) * 2 * Math.PI
      const reach = 1 - rough * random.uniform()
      return [x + rx * reach * Math.cos(angle), y + ry * reach * Math.sin(angle)]
    }),
  )

/** The land below a ridge of the given heights, left to right, down to the picture's lower edge. */
export function land(heights: readonly number[], rounded = true): Point[] {
  const ridge = heights.map((y, i): Point => [-0.1 + (1.2 * i) / (heights.length - 1), y])
  const [first, last] = [ridge[0]?.[1] ?? 0, ridge.at(-1)?.[1] ?? 0]
  const top = rounded ? smooth([[-0.4, first], ...ridge, [1.4, last]], 8).slice(8, -16) : ridge
  return [...top, [1.1, 1.1], [-0.1, 1.1]]
}
