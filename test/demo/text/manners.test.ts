// What is written of scenes: enough of it, grammatical, about its scene and about no other, in words that all tokenizers leave alone.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { lexicon, lexiconText } from '../../../demo/text/lexicon.ts'
import {
  allWords,
  captions,
  isGrammatical,
  isSentenceOf,
  MANNERS,
  ownWords,
  passage,
  passagesAtLeast,
  sentences,
} from '../../../demo/text/manners.ts'
import { PLACE_OF, SUBJECT_OF } from '../../../demo/text/words.ts'
import { sceneOf } from '../../../demo/world/scene.ts'
import { Random } from '../../../lib/core/random.ts'
import { makeTokenizer } from '../../../lib/text/tokenize.ts'
import { read } from '../../guards/sources.ts'

const scenes = Array.from({ length: 150 }, (_, i) => sceneOf('unseen', 11, i))
const words = (text: string): string[] => text.split(' ')
const named = (text: string, map: ReadonlyMap<string, string>): string[] => [
  ...new Set(words(text).flatMap(word => map.get(word) ?? [])),
]

for (const manner of MANNERS) {
  test(`${manner}: far over 100,000 passages, counted and by sampling`, () => {
    assert.ok(passagesAtLeast(manner) > 100_000, `${passagesAtLeast(manner)}`)
    const said = Array.from({ length: 4000 }, (_, i) => {
      const scene = sceneOf('unseen', 12, i)
      return passage(scene, manner, new Random(scene.seed))
    })
    // Of n drawn from N equally likely ones about n²/2N are seen again.
    const again = said.length - new Set(said).size
    assert.ok(again < said.length ** 2 / (2 * 100_000), `${again} of ${said.length} seen again`)
  })

  test(`${manner}: passages are about their scene alone, and of two to four sentences of their manner`, () => {
    for (const scene of scenes) {
      const text = passage(scene, manner, new Random(scene.seed))
      assert.equal(named(text, PLACE_OF), [scene.place], text)
      assert.equal(named(text, SUBJECT_OF), [scene.subject], text)
      const parts = sentences(text)
      assert.ok(parts.length >= 2 && parts.length <= 4)
      for (const sentence of parts) assert.ok(isSentenceOf(manner, sentence), sentence)
    }
  })

  test(`${manner}: it has words of its own`, () => {
    assert.ok(ownWords(manner).length >= 20)
  })
}

test('five different captions a scene, each naming its place and subject', () => {
  for (const scene of scenes) {
    const texts = captions(scene, 5)
    assert.is(new Set(texts).size, 5)
    for (const text of texts) {
      assert.equal(named(text, PLACE_OF), [scene.place], text)
      assert.equal(named(text, SUBJECT_OF), [scene.subject], text)
    }
  }
})

test('words and marks are as the tokenizer parts them', () => {
  const tokenize = makeTokenizer()
  for (const scene of scenes)
    for (const text of [captions(scene, 1)[0] ?? '', ...MANNERS.map(manner => passage(scene, manner, new Random(1)))])
      assert.equal(tokenize(text), words(text))
})

test('a sentence with a word too many or out of place is not grammatical', () => {
  const text = passage(scenes[0] ?? sceneOf('unseen', 1, 1), 'romance', new Random(4))
  const [first = ''] = sentences(text)
  assert.ok(isGrammatical(first))
  assert.not.ok(isGrammatical(`${first} .`))
  assert.not.ok(isGrammatical(words(first).slice(1).join(' ')))
  assert.not.ok(isGrammatical(words(first).toReversed().join(' ')))
})

test('the vocabulary is small, and the lexicon in the repository is that of the grammars', () => {
  assert.ok(allWords().size >= 250 && allWords().size <= 600, `${allWords().size} words`)
  assert.is(read('demo/lexicon.json'), lexiconText())
  const { places, subjects, manners } = lexicon()
  const naming = [...Object.values(places), ...Object.values(subjects)].flat()
  assert.is(new Set(naming).size, naming.length)
  const own = Object.values(manners).flat()
  assert.is(new Set([...own, ...naming]).size, own.length + naming.length)
})

test.run()
