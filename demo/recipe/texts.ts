// All text that the model is made from, written anew from the seed: captions of scenes that are drawn, passages of scenes that never
// are. No caption and no passage are of the same scene: what carries from one to the other is learnt, not paired.

import { hash, Random } from '../../lib/core/random.ts'
import { captions, MANNERS, type Manner, passage, sentences } from '../text/manners.ts'
import { evenScene, type Scene, sceneOf } from '../world/scene.ts'
import { COUNTS } from './settings.ts'

export const pictureScenes = (seed: number): Scene[] =>
  Array.from({ length: COUNTS.pictures }, (_, i) => evenScene('pictures', seed, i))

/** Five captions a scene, scene by scene. */
export const captionTexts = (seed: number): string[] =>
  pictureScenes(seed).flatMap(scene => captions(scene, COUNTS.captions))

/** Passage after passage, the manners in turn; two in a row of a manner are of one scene. */
export function passageTexts(seed: number): Record<Manner, string[]> {
  const texts: Record<Manner, string[]> = { plain: [], romance: [], sea: [], lyrics: [] }
  for (const [m, manner] of MANNERS.entries())
    for (let i = 0; i < COUNTS.passages; i += 2) {
      const scene = sceneOf('passages', seed, i * MANNERS.length + m)
      const random = new Random(hash(i, scene.seed))
      texts[manner].push(passage(scene, manner, random), passage(scene, manner, random))
    }
  return texts
}

/** Sentences in running order, as the skip-thought encoders read them: neighbours are of one scene and of one manner. */
export function runningText(seed: number): string[] {
  const read = Array.from({ length: COUNTS.read }, (_, i) => evenScene('captions', seed, i))
  const passages = Object.values(passageTexts(seed)).flatMap(texts => texts.slice(0, COUNTS.passagesRead))
  return [
    ...captionTexts(seed),
    ...read.flatMap(scene => captions(scene, COUNTS.captions)),
    ...passages.flatMap(sentences),
  ]
}
