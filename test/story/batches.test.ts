// Sentences into batches and back: whatever the lengths, each sentence is in one batch, longest first, within what plans hold.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../lib/core/errors.ts'
import { batches, capacityKey, encodeInBatches } from '../../lib/story/batches.ts'
import { eachCase } from '../support/op-case.ts'

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

test('any lengths: each sentence once, longest first, within the capacity', async () => {
  const cases = [
    { sentences: 1, longest: 1 },
    { sentences: 129, longest: 1 },
    { sentences: 400, longest: 20 },
    { sentences: 37, longest: 3000 },
  ]
  await eachCase(import.meta.url, cases, ({ sentences, longest }, random) => {
    const lengths = Array.from({ length: sentences }, () => random.integer(1, longest))
    const made = batches(lengths)
    assert.equal(
      made.flatMap(batch => batch.members).sort((a, b) => a - b),
      lengths.map((_, i) => i),
    )
    for (const { members, lengths: own, capacity } of made) {
      assert.equal(
        own,
        members.map(i => lengths[i] ?? 0),
      )
      assert.equal(
        own,
        [...own].sort((a, b) => b - a),
      )
      assert.ok(own.length <= capacity.sentences)
      assert.ok(sum(own) <= capacity.words)
      assert.ok((own[0] ?? 0) <= capacity.steps)
      assert.ok(own.length === 1 || sum(own) <= 2048, `${own.length} sentences of ${sum(own)} words in one batch`)
    }
  })
})

test('few kinds of plans serve all batches', () => {
  const keys = new Set<string>()
  for (let length = 1; length <= 300; length++)
    for (const count of [1, 5, 128])
      for (const { capacity } of batches(new Array<number>(count).fill(length))) keys.add(capacityKey(capacity))
  // Three numbers of sentences, each with at most three of words and steps.
  assert.ok(keys.size <= 9, [...keys].join(' '))
})

test('no sentences make no batch; the longest is told', () => {
  assert.equal(batches([]), [])
  assert.is(batches([32768]).length, 1)
  assert.throws(
    () => batches([3, 32769]),
    (error: unknown) => error instanceof InputError && /32769 words; .* 32768: split it/.test(error.message),
  )
})

test('rows come back in the caller’s order, and progress counts sentences', async () => {
  const lengths = Array.from({ length: 300 }, (_, i) => 1 + ((i * 7) % 23))
  const done: number[] = []
  const rows = await encodeInBatches(
    lengths,
    2,
    async ({ members }) => Float32Array.from(members.flatMap(i => [i, lengths[i] ?? 0])),
    count => done.push(count),
  )
  assert.equal(
    [...rows],
    lengths.flatMap((length, i) => [i, length]),
  )
  assert.is(done.at(-1), 300)
  assert.equal(
    done,
    [...done].sort((a, b) => a - b),
  )
})

test.run()
