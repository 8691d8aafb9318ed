// What a scene is: one of each kind, and a seed for everything that has no name (where things stand, how the hills run).

import { hash, Random } from '../../lib/core/random.ts'

export const PLACES = ['harbour', 'beach', 'forest', 'desert', 'city', 'mountain', 'meadow', 'castle'] as const
export const SUBJECTS = ['woman', 'man', 'child', 'dog', 'cat', 'horse', 'elephant', 'flamingo'] as const
export const TIMES = ['dawn', 'noon', 'dusk', 'night'] as const
export const WEATHERS = ['clear', 'rain', 'snow', 'fog'] as const
export const OBJECTS = ['umbrella', 'kite', 'lantern', 'balloon', 'basket', 'suitcase'] as const

export type Place = (typeof PLACES)[number]
export type Subject = (typeof SUBJECTS)[number]
export type Time = (typeof TIMES)[number]
export type Weather = (typeof WEATHERS)[number]
export type Thing = (typeof OBJECTS)[number]

export interface Scene {
  readonly place: Place
  readonly subject: Subject
  readonly time: Time
  readonly weather: Weather
  readonly object: Thing
  readonly seed: number
}

/** Scenes for different uses never share a seed. */
const USES = { pictures: 1, labels: 2, passages: 3, captions: 4, compared: 5, unseen: 6 } as const
export type Use = keyof typeof USES

/** Scene `index` of those for one use; the same for the same seed. */
export function sceneOf(use: Use, seed: number, index: number): Scene {
  const random = new Random(hash(index, hash(USES[use], seed)))
  return {
    place: random.pick(PLACES),
    subject: random.pick(SUBJECTS),
    time: random.pick(TIMES),
    weather: random.pick(WEATHERS),
    object: random.pick(OBJECTS),
    seed: random.bits(),
  }
}

/** The same, but with every pair of place and subject once among 64 scenes in a row. */
export function evenScene(use: Use, seed: number, index: number): Scene {
  const place = PLACES[index % PLACES.length] ?? PLACES[0]
  const subject = SUBJECTS[Math.floor(index / PLACES.length) % SUBJECTS.length] ?? SUBJECTS[0]
  return { ...sceneOf(use, seed, index), place, subject }
}
