// The published stories: told word for word, or where they part. The model here is a stand-in that says what it is told to.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../lib/core/errors.ts'
import { publishedStoryChecks, wordsApart } from '../lib/published-story.ts'
import type { TellOptions } from '../lib/story/tell-options.ts'
import type { Story } from '../lib/story/teller.ts'

const ROMANCE =
  "We were barely able to catch the breeze at the beach , and it felt as if someone stepped out of my mind . She was in love with him for the first time in months , so she had no intention of escaping . The sun had risen from the ocean , making her feel more alive than normal . She 's beautiful , but the truth is that I do n't know what to do . The sun was just starting to fade away , leaving people scattered around the Atlantic Ocean . I d seen the men in his life , who guided me at the beach once more ."
const SWIFT = [
  ...['You re the only person on the beach right now', 'you know'],
  ...["I do n't think I will ever fall in love with you", 'and when the sea breeze hits me', 'I thought', 'Hey'],
]

/** Tells these, and remembers what was asked. */
function teller(romance: string, swift: readonly string[] | Error) {
  const asked: TellOptions[] = []
  const tell = async (_picture: unknown, options: TellOptions = {}): Promise<Story> => {
    asked.push(options)
    if (options.style === 'swift' && swift instanceof Error) throw swift
    const lines = options.lyric && !(swift instanceof Error) ? { lines: [...swift] } : {}
    return { story: romance, captions: [], hypotheses: [], timings: {}, ...lines } as unknown as Story
  }
  return { asked, tell }
}

test('both stories, as the original tells them', async () => {
  const model = teller(ROMANCE, SWIFT)
  const checks = await publishedStoryChecks(model, 'ex1.jpg')
  assert.equal(
    checks.map(({ ok, detail }) => [ok, detail]),
    [
      [true, 'all 113 words are the same'],
      [true, 'all 34 words are the same'],
    ],
  )
  assert.equal(
    model.asked.map(({ k, bw, style, lyric }) => [k, bw, style, lyric]),
    [
      [100, 50, 'romance', false],
      [100, 50, 'swift', true],
    ],
  )
})

test('one word, a missing end, a style that is not there', async () => {
  const other = await publishedStoryChecks(teller(ROMANCE.replace('ocean', 'sea'), SWIFT.slice(0, -1)), 'ex1.jpg')
  assert.match(other[0]?.detail ?? '', /^the first \d+ of 113 words are the same, then comes "sea" where .* "ocean"$/)
  assert.match(other[1]?.detail ?? '', /^the first 33 of 34 words .* "nothing more" where the original has "Hey"$/)
  const none = await publishedStoryChecks(teller(ROMANCE, new InputError('has no style swift')), 'ex1.jpg')
  assert.equal(
    none.map(({ ok, detail }) => [ok, detail.slice(0, 18)]),
    [
      [true, 'all 113 words are '],
      [false, 'has no style swift'],
    ],
  )
  for (const { ok, cure } of [...other, ...none]) assert.is(cure === undefined, ok)
})

test('white space counts for nothing, every word for one', () => {
  assert.is(wordsApart(' a  b\nc ', 'a b c'), undefined)
  assert.match(wordsApart('a b c d', 'a b c') ?? '', /the first 3 of 3 .* "d" where the original has "nothing more"/)
  assert.match(wordsApart('', 'a') ?? '', /the first 0 of 1/)
})

test.run()
