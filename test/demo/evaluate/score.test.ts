// Scores of a few stories that can be counted by hand.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { score, summary, type Told } from '../../../demo/evaluate/score.ts'
import { lexicon } from '../../../demo/text/lexicon.ts'
import { MANNERS, type Manner, passage } from '../../../demo/text/manners.ts'
import { type Scene, sceneOf } from '../../../demo/world/scene.ts'
import { Random } from '../../../lib/core/random.ts'

const scene: Scene = { ...sceneOf('unseen', 1, 1), place: 'beach', subject: 'dog' }
const stories = Object.fromEntries(MANNERS.map(manner => [manner, passage(scene, manner, new Random(3))])) as Record<
  Manner,
  string
>
const good: Told = {
  scene,
  captions: ['a dog standing on the beach .', 'a dog and a kite on the beach .'],
  stories,
  unshifted: stories.plain,
}

test('what is right in everything scores in everything', () => {
  const scores = score([good], lexicon(), () => false)
  const { mannerRatio, ...shares } = summary(scores)
  assert.equal(shares, { place: 1, subject: 1, storySubject: 1, storyPlace: 1, grammatical: 1, novel: 1 })
  assert.ok(mannerRatio > 5)
})

test('wrong captions and stories count as such, and the least manner decides', () => {
  const bad: Told = {
    ...good,
    captions: ['a cat standing on the beach .', 'a dog in the city .'],
    stories: { ...stories, sea: 'the captain the captain .' },
  }
  const scores = score([good, bad], lexicon(), story => story === stories.plain)
  const { place, subject, storySubject, storyPlace, grammatical, novel } = summary(scores)
  assert.equal([place, subject], [3 / 4, 3 / 4])
  assert.equal([storySubject, storyPlace, novel], [1 / 2, 1 / 2, 0])
  assert.is(scores.manners.romance.storySubject, 1)
  assert.is(grammatical, scores.manners.sea.grammatical)
  assert.is(scores.manners.sea.grammatical, 2 / 3)
})

test('where unshifted stories are in the manner too, the ratio falls to one', () => {
  const { mannerRatio } = summary(score([{ ...good, unshifted: stories.sea }], lexicon(), () => false))
  assert.is(mannerRatio, 1)
})

test.run()
