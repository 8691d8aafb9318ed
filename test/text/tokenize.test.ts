// From a caption to its words: the reference's sentences, whole passages, and what holds of any text.

import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { makeTokenizer } from '../../lib/text/tokenize.ts'

const EXPECTED = new URL('../golden/tiny/expected/', import.meta.url)
const json = (name: string) => JSON.parse(readFileSync(new URL(name, EXPECTED), 'utf8'))
const tokenize = makeTokenizer()

test('sentences of the reference have its words', () => {
  const { sentences, tokens }: { sentences: string[]; tokens: string[][] } = json('skip_sentences.json')
  assert.is(sentences.length, 40)
  sentences.forEach((sentence, i) => {
    assert.equal(tokenize(sentence), tokens[i], sentence)
  })
})

test('where newer NLTK differs, words are those of NLTK 3.1', () => {
  const { sentences }: { sentences: { sentence: string; reference: string[]; new_nltk_punkt_english: string[] }[] } =
    json('tokens_newer_nltk.json')
  const differing = sentences.filter(s => s.reference.join(' ') !== s.new_nltk_punkt_english.join(' '))
  assert.ok(differing.length > 0)
  for (const { sentence, reference } of sentences) assert.equal(tokenize(sentence), reference, sentence)
})

const PASSAGES: [text: string, words: string][] = [
  ['Mr. Smith went. He left.', 'Mr. | Smith | went | . | He | left | .'],
  ['He joined the U.S. Army.', 'He | joined | the | U.S. | Army | .'],
  ['They live in the U.S. The dog too.', 'They | live | in | the | U.S | . | The | dog | too | .'],
  ['At 5 a.m. a dog, etc. runs...', 'At | 5 | a.m. | a | dog | , | etc | . | runs | ...'],
  ['"Stop." "I can\'t!" she said.', "`` | Stop | . | '' | `` | I | ca | n't | ! | '' | she | said | ."],
  ['A sign reads "St. Johns St." on it.', "A | sign | reads | `` | St. | Johns | St. | '' | on | it | ."],
  ['1. First, J. Smith paid $3.50.', '1 | . | First | , | J. | Smith | paid | $ | 3.50 | .'],
  ['(A dog runs.) A cat waits.', '( | A | dog | runs | . | ) | A | cat | waits | .'],
  ['A man on a bench. Two dogs.', 'A | man | on | a | bench | . | Two | dogs | .'],
]

test('passages', () => {
  for (const [text, words] of PASSAGES) assert.is(tokenize(text).join(' | '), words, text)
})

test('a trained splitter replaces ours', () => {
  const empty = { abbreviations: [], collocations: [], sentenceStarters: [], orthographicContext: {} }
  assert.equal(makeTokenizer(empty)('Mr. Smith'), ['Mr', '.', 'Smith'])
  assert.equal(makeTokenizer({ ...empty, abbreviations: ['mr'] })('Mr. Smith'), ['Mr.', 'Smith'])
})

const SPACE = /[ \t\n\v\f\r]/g
const QUOTE = /["'`]/g
const noSpace = (text: string) => text.replace(SPACE, '')

/** What holds of the words of any text: all of its characters are there, a double quote as two others. */
function checkWords(text: string): void {
  const words = tokenize(text)
  const joined = words.join('')
  assert.is(noSpace(joined), joined)
  assert.not(words.includes(''))
  assert.is(joined.replace(QUOTE, ''), noSpace(text).replace(QUOTE, ''))
  assert.is(joined.length, noSpace(text).length + text.split('"').length - 1)
  if (!text.includes('"')) assert.is(joined, noSpace(text))
}

const pieces = fc.constantFrom(
  ...[
    "can't",
    'cannot',
    'wanna',
    "'tis",
    'The',
    'Mr.',
    'U.S.',
    'J.',
    '3,000',
    '$',
    '%',
    '.',
    '...',
    '?',
    '"',
    "'",
    '``',
  ],
  ...["''", '(', ')', '<', '--', ',', ':', ' ', ' ', '\n', 'é', '“', '\u00a0', '😀'],
)

test('no character is lost but white space, and no word is empty', async () => {
  await fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 30 }).map(parts => parts.join('')),
      checkWords,
    ),
    { seed: 31, numRuns: 2000 },
  )
  await fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), checkWords), { seed: 32, numRuns: 1000 })
})

test('plain words come out as they are, however often', async () => {
  const plain = fc.stringMatching(/^[a-z]{1,8}$/).filter(word => !/^(cannot|gimme|gonna|gotta|lemme|wanna)$/.test(word))
  await fc.assert(
    fc.property(fc.array(plain, { maxLength: 20 }), words => {
      assert.equal(tokenize(words.join(' ')), words)
    }),
    { seed: 33, numRuns: 500 },
  )
})

test('long runs of anything take time in proportion: this file would not end otherwise', () => {
  const units = ['.', '. ', '.a', '..a', ' .', '"', '."', '." ', "'", "' ", "'s ", "''", '``', ')', '.)', '(', '[', ']']
  units.push(
    '1',
    '1.',
    '1,',
    ',',
    ', ',
    ':',
    '-',
    '- ',
    '?',
    '?!',
    '! ',
    ' ',
    '\n',
    'a',
    'a.',
    'a. ',
    'Mr. ',
    'é',
    '\u00a0',
  )
  for (const unit of units) checkWords(`${unit.repeat(100_000 / unit.length)} .x`)
})

test.run()
