// Pictures of scenes: the same from the same seed, all different, and nothing of a scene is left out.

import { createHash } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { drawScene } from '../../../demo/world/picture.ts'
import {
  evenScene,
  OBJECTS,
  PLACES,
  type Scene,
  SUBJECTS,
  sceneOf,
  TIMES,
  WEATHERS,
} from '../../../demo/world/scene.ts'

const SIDE = 64
const hashOf = (scene: Scene): string => createHash('sha256').update(drawScene(scene, SIDE)).digest('hex')
const base = sceneOf('unseen', 5, 3)

test('a scene is drawn the same way each time, and by its seed', () => {
  assert.is(hashOf(base), hashOf({ ...base }))
  assert.is.not(hashOf(base), hashOf({ ...base, seed: base.seed + 1 }))
})

test('each place, subject, time, weather and object makes another picture', () => {
  const variants: Scene[] = [
    ...PLACES.map(place => ({ ...base, place })),
    ...SUBJECTS.map(subject => ({ ...base, subject })),
    ...TIMES.map(time => ({ ...base, time })),
    ...WEATHERS.map(weather => ({ ...base, weather })),
    ...OBJECTS.map(object => ({ ...base, object })),
  ]
  // The scene itself is among the variants of each of the five.
  assert.is(new Set(variants.map(hashOf)).size, variants.length - 4)
})

test('scenes for one use are never those of another', () => {
  const seeds = (['pictures', 'labels', 'passages', 'compared', 'unseen'] as const).flatMap(use =>
    Array.from({ length: 500 }, (_, i) => sceneOf(use, 1, i).seed),
  )
  assert.is(new Set(seeds).size, seeds.length)
})

test('even scenes have each pair of place and subject once in 64', () => {
  const pairs = Array.from({ length: 64 }, (_, i) => evenScene('pictures', 9, 128 + i)).map(
    ({ place, subject }) => `${place} ${subject}`,
  )
  assert.is(new Set(pairs).size, 64)
})

test('places differ in their pictures more than seeds do', () => {
  const mean = (scene: Scene) => {
    const bytes = drawScene(scene, SIDE)
    return [0, 1, 2].map(c => bytes.reduce((sum, value, i) => sum + (i % 3 === c ? value : 0), 0) / (SIDE * SIDE))
  }
  const noon = { ...base, time: 'noon', weather: 'clear' } as const
  const [meadow, desert, other] = [
    mean({ ...noon, place: 'meadow' }),
    mean({ ...noon, place: 'desert' }),
    mean({ ...noon, place: 'meadow', seed: 77 }),
  ]
  const distance = (a: number[], b: number[]) => Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)))
  assert.ok(distance(meadow, desert) > 3 * distance(meadow, other))
})

test.run()
