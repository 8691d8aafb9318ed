// Contenders take turns; each warms up; slow ones get fewer rounds. Times here are made up: nothing is measured.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { interleave } from '../../bench/harness/interleave.ts'

/** A contender that claims the given times one after another, and writes down when it ran. */
function contender(name: string, times: readonly number[], log: string[]) {
  let at = 0
  return {
    name,
    run: async () => {
      log.push(name)
      return times[Math.min(at++, times.length - 1)] ?? 0
    },
  }
}

test('round by round, after one run each that does not count', async () => {
  const log: string[] = []
  const samples = await interleave([contender('a', [100, 1, 2], log), contender('b', [7, 3, 4], log)], {
    rounds: 2,
    budget: 1e6,
  })
  assert.equal(log, ['a', 'b', 'a', 'b', 'a', 'b'])
  assert.equal(samples.get('a'), [1, 2])
  assert.equal(samples.get('b'), [3, 4])
})

test('a contender over its budget runs fewer rounds, one at least', async () => {
  const log: string[] = []
  const slow = contender('slow', [600], log)
  const tooSlow = contender('too slow', [5000], log)
  const samples = await interleave([contender('fast', [1], log), slow, tooSlow], { rounds: 5, budget: 1300 })
  assert.equal(
    [...samples.values()].map(list => list.length),
    [5, 2, 1],
  )
})

test('what fails is not swallowed', async () => {
  const broken = { name: 'broken', run: () => Promise.reject(new Error('lost')) }
  let message = ''
  await interleave([broken], { rounds: 1, budget: 1 }).catch((error: Error) => {
    message = error.message
  })
  assert.is(message, 'lost')
})

test.run()
