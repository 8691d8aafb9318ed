// Dictionaries as the original's: recorded orders, both rules for equal counts, and what is no word of a dictionary.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import { argsort } from '../../lib/train/argsort.ts'
import { buildDictionary, wordIds } from '../../lib/train/dictionary.ts'

interface Recorded {
  readonly argsort_of_numpy_1_16: readonly { counts: number[]; argsort: number[] }[]
  readonly build_dictionary: Record<
    string,
    { sentences: string[]; words_in_id_order: string[]; counts_in_order_of_appearance: [string, number][] }
  >
}
const file = new URL('../golden/training/dictionaries.json', import.meta.url)
const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded

test('counts are sorted as numpy 1.16 sorts them', () => {
  const cases = recorded.argsort_of_numpy_1_16
  assert.ok(cases.some(({ counts }) => counts.length > 100))
  for (const { counts, argsort: order } of cases) assert.equal(argsort(counts), order, `${counts.length} counts`)
})

test('long lists come out in order, each place once', () => {
  const random = new Random(7)
  for (const length of [0, 1, 17, 1000]) {
    const counts = Array.from({ length }, () => random.integer(1, 9))
    const order = argsort(counts)
    assert.equal(new Set(order).size, length)
    assert.ok(order.every((place, i) => i === 0 || (counts[order[i - 1] ?? 0] ?? 0) <= (counts[place] ?? 0)))
  }
})

for (const [name, { sentences, words_in_id_order, counts_in_order_of_appearance }] of Object.entries(
  recorded.build_dictionary,
))
  test(`the dictionary of ${name}`, () => {
    const { ids, counts } = buildDictionary(sentences)
    assert.equal([...ids.keys()], words_in_id_order)
    assert.equal(
      [...ids.values()],
      words_in_id_order.map((_, i) => i + 2),
    )
    assert.equal([...counts], counts_in_order_of_appearance)
  })

test('words without a row are the unknown word; words that are not in the dictionary an error', () => {
  const dictionary = buildDictionary(['a a a b b c'])
  assert.equal(wordIds('c b a', dictionary, 4), [1, 3, 2])
  assert.equal(wordIds(' ', dictionary, 4), [])
  assert.throws(
    () => wordIds('a d', dictionary, 4),
    (error: Error) => error instanceof InputError && error.message.includes('no word "d"'),
  )
})

test('"UNK", "<eos>" and names of objects’ properties are words like any other', () => {
  const { ids } = buildDictionary(['UNK <eos> __proto__ constructor UNK'])
  assert.is(ids.get('UNK'), 2)
  assert.equal([...ids.keys()].sort(), ['<eos>', 'UNK', '__proto__', 'constructor'])
})

test.run()
