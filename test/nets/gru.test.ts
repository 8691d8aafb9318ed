// The order in which sentences are packed for the GRU: pure arithmetic, held to the plain meaning of "all first words, then the
// second words of those that have one".

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Random } from '../../lib/core/random.ts'
import { packCounts, packOrder } from '../../lib/nets/gru.ts'
import { eachCase } from '../support/op-case.ts'

test('three sentences of 3, 2 and 2 words', () => {
  const lengths = [3, 2, 2]
  assert.equal(packCounts(lengths), {
    sentences: 3,
    words: 7,
    steps: 3,
    rows: [3, 3, 1],
    offset: [0, 3, 6],
    ending: [0, 2, 1],
    'first ending': [3, 1, 0],
  })
  const packed = (backwards: boolean) => packOrder(lengths, backwards).map(({ sentence, place }) => [sentence, place])
  const forward = [
    [0, 0],
    [1, 0],
    [2, 0],
    [0, 1],
    [1, 1],
    [2, 1],
    [0, 2],
  ]
  assert.equal(packed(false), forward)
  assert.equal(
    packed(true),
    forward.map(([s = 0, p = 0]) => [s, (lengths[s] ?? 0) - 1 - p]),
  )
})

test('any lengths: every word has its place once, each step is a prefix of the sentences, each sentence ends once', async () => {
  const cases = [1, 2, 7, 31].map(sentences => ({ sentences }))
  await eachCase(import.meta.url, cases, ({ sentences }, random: Random) => {
    const lengths = Array.from({ length: sentences }, () => random.integer(1, 12)).sort((a, b) => b - a)
    const words = lengths.reduce((n, length) => n + length, 0)
    const { rows, offset, ending, ...counts } = packCounts(lengths) as Record<string, number[]>
    assert.equal(counts.words, words)
    assert.equal(counts.steps, lengths[0])
    const order = packOrder(lengths)
    assert.is(order.length, words)
    assert.is(new Set(order.map(({ sentence, place }) => `${sentence} ${place}`)).size, words)
    for (const [step, count] of rows?.entries() ?? []) {
      const stretch = order.slice(offset?.[step], (offset?.[step] ?? 0) + count)
      assert.equal(
        stretch,
        Array.from({ length: count }, (_, sentence) => ({ sentence, place: step })),
      )
      const last = counts['first ending']?.[step] ?? 0
      const ends = lengths.map((length, i) => (length === step + 1 ? i : -1)).filter(i => i >= 0)
      assert.equal(
        ends,
        Array.from({ length: ending?.[step] ?? 0 }, (_, i) => last + i),
      )
    }
  })
})

test.run()
