// Where sentences end: with our English parameters, and with small ones that show each rule alone. Every case is what
// NLTK 3.1 gives with the same parameters. Sentences are written with " | " between them.

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PunktSplitter, Seen, type TrainedPunkt } from '../../lib/text/punkt.ts'
import { ENGLISH } from '../../lib/text/punkt-parameters.ts'

type Case = [text: string, sentences: string]

const check = (splitter: PunktSplitter, cases: readonly Case[]) => {
  for (const [text, sentences] of cases) assert.is(splitter.sentences(text).join(' | '), sentences, text)
}

const english = new PunktSplitter(ENGLISH)
const trained = (some: Partial<TrainedPunkt>): PunktSplitter =>
  new PunktSplitter({ abbreviations: [], collocations: [], sentenceStarters: [], orthographicContext: {}, ...some })

const ENGLISH_CASES: [about: string, ...cases: Case[]][] = [
  ['nothing', ['', ''], ['a dog', 'a dog'], ['a dog.', 'a dog.']],
  [
    'plain sentences',
    ['A dog runs. Two cats wait.', 'A dog runs. | Two cats wait.'],
    ['A dog runs! Where? There.', 'A dog runs! | Where? | There.'],
    ['a dog runs. two cats wait.', 'a dog runs. | two cats wait.'],
    ['A dog runs.\nA cat\nwaits.', 'A dog runs. | A cat\nwaits.'],
    ['A dog runs.A cat waits.', 'A dog runs.A cat waits.'],
  ],
  [
    'titles',
    ['Mr. Smith went. He left.', 'Mr. Smith went. | He left.'],
    ['MRS. SMITH and dr. jones', 'MRS. SMITH and dr. jones'],
    ['Lt. Gov. Jones met Sen. Lee.', 'Lt. Gov. Jones met Sen. Lee.'],
    ['A sign reads St. Louis.', 'A sign reads St. Louis.'],
    ['Martin Luther King Jr. spoke.', 'Martin Luther King Jr. spoke.'],
  ],
  [
    'abbreviations that end a sentence',
    ['They live in the U.S. The dog does not.', 'They live in the U.S. | The dog does not.'],
    ['He joined the U.S. Army. He left.', 'He joined the U.S. Army. | He left.'],
    ['At 5 p.m. the train left.', 'At 5 p.m. the train left.'],
    ['It left at 5 p.m. It was late.', 'It left at 5 p.m. | It was late.'],
    ['a non-U.S. plane', 'a non-U.S. plane'],
    ['It sold for 3 million on Jan. 5.', 'It sold for 3 million on Jan. 5.'],
  ],
  [
    'what newspapers do not abbreviate',
    ['dogs, cats, etc. in a park', 'dogs, cats, etc. | in a park'],
    ['a pet, e.g. a dog', 'a pet, e.g. | a dog'],
    ['a pet, i.e. 12 dogs', 'a pet, i.e. | 12 dogs'],
    ['bus No. 5', 'bus No. | 5'],
  ],
  [
    'initials',
    ['J. Smith and K. Jones', 'J. Smith and K. Jones'],
    ['O. Henry wrote it.', 'O. Henry wrote it.'],
    ['He is type O. The dog is not.', 'He is type O. | The dog is not.'],
    ['he is type o. the dog is not', 'he is type o. the dog is not'],
    ['J.P. Morgan', 'J.P. Morgan'],
  ],
  [
    'numbers',
    ['1. First', '1. | First'],
    ['1. first', '1. first'],
    ['on route 66. The end', 'on route 66. | The end'],
    ['It cost 3.50 or 1,000.50 in all.', 'It cost 3.50 or 1,000.50 in all.'],
  ],
  [
    'ellipses',
    ['Wait... what', 'Wait... what'],
    ['Wait... The dog', 'Wait... | The dog'],
    ['Wait... Dogs', 'Wait... Dogs'],
    ['Wait. . . what', 'Wait. | . | . | what'],
  ],
  [
    'quotes and brackets go with the sentence that they close',
    ['"A dog." "A cat."', '"A dog." | "A cat."'],
    ['He said "Go." Then he went.', 'He said "Go." | Then he went.'],
    ['(A dog runs.) A cat waits.', '(A dog runs.) | A cat waits.'],
    ['(A dog ["runs."]) A cat waits.', '(A dog ["runs."]) | A cat waits.'],
    ['"Really?!" she said.', '"Really?!" | she said.'],
    ['He asked "why?"--and left.', 'He asked "why?" | --and left.'],
    ['A dog runs." ', 'A dog runs."'],
    ['A dog (a red one). A cat', 'A dog (a red one). | A cat'],
    ['Mr. (or Dr.) Smith', 'Mr. (or Dr.) Smith'],
  ],
]

for (const [about, ...cases] of ENGLISH_CASES) test(about, () => check(english, cases))

test('an abbreviation is one in any case, and as the last part of a word with hyphens', () => {
  check(trained({ abbreviations: ['abc'] }), [
    ['Abc. Xyz', 'Abc. Xyz'],
    ['x-ABC. Xyz', 'x-ABC. Xyz'],
    ['xabc. Xyz', 'xabc. | Xyz'],
    ['\u212A. Xyz', '\u212A. | Xyz'],
  ])
})

test('a collocation joins what would be two sentences', () => {
  const splitter = trained({
    collocations: [
      ['##number##', 'annual'],
      ['end', 'dog'],
      ['!', 'dog'],
    ],
  })
  check(splitter, [
    ['5. Annual', '5. Annual'],
    ['the end. Dog days', 'the end. Dog days'],
    ['the end. Dog. Days', 'the end. Dog. | Days'],
    ['the end. Cat', 'the end. | Cat'],
    ['the end! Dog', 'the end! | Dog'],
  ])
})

test('after an abbreviation a starter opens a sentence, in upper case only', () => {
  check(trained({ abbreviations: ['abc'], sentenceStarters: ['so'] }), [
    ['abc. So', 'abc. | So'],
    ['abc. so', 'abc. so'],
    ['abc. Sos', 'abc. Sos'],
  ])
})

test('the case in which a word was seen tells whether it opens a sentence', () => {
  const orthographicContext = {
    tree: Seen.midLower,
    hill: Seen.midLower | Seen.midUpper,
    iphone: Seen.beginLower,
    ebay: Seen.beginLower | Seen.beginUpper,
  }
  check(trained({ abbreviations: ['abc'], orthographicContext }), [
    ['abc. Tree', 'abc. | Tree'],
    ['abc. Hill', 'abc. Hill'],
    ['abc. constructor', 'abc. constructor'],
    ['7. tree', '7. tree'],
    ['7. iphone', '7. | iphone'],
    ['7. ebay', '7. ebay'],
    ['7. !', '7. !'],
    ['7. , tree', '7. , tree'],
    ['abc. Tree, hill', 'abc. | Tree, hill'],
    ['X. Tree', 'X. | Tree'],
    ['X. Hill', 'X. | Hill'],
    ['X. Name', 'X. Name'],
    ['X. 7', 'X. | 7'],
  ])
})

// (The original raises an error where a character outside ASCII stands beside a possible end.)
test('only ASCII has case and white space', () => {
  check(trained({ abbreviations: ['abc', 'é'], sentenceStarters: ['éa'] }), [
    ['abc. Éa', 'abc. Éa'],
    ['É. Name', 'É. | Name'],
    ['dog.\u00a0Cat', 'dog.\u00a0Cat'],
  ])
})

const noSpace = (text: string) => text.replace(/[ \t\n\v\f\r]/g, '')
const pieces = fc.constantFrom(
  ...[
    'a',
    'The',
    'Mr.',
    'U.S.',
    'J.',
    '7',
    '.',
    '..',
    '...',
    '?',
    '!',
    '"',
    "'",
    '(',
    ')',
    ']',
    '--',
    ',',
    ' ',
    '\n',
    'é',
  ],
)

test('sentences hold all of the text but white space, and none is empty', async () => {
  await fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), parts => {
      const text = parts.join('')
      const sentences = english.sentences(text)
      assert.is(noSpace(sentences.join('')), noSpace(text))
      assert.not(sentences.includes(''))
    }),
    { seed: 2006, numRuns: 2000 },
  )
})

test.run()
