// What is waited for comes through as it is, and the thread sleeps meanwhile.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { patiently } from '../../lib/gpu/patience.node.ts'

const test = suite('patience')

const after = <T>(turns: number, end: () => T): Promise<T> =>
  new Promise((resolve, reject) => {
    const turn = (left: number) => {
      if (left > 0) return void setImmediate(turn, left - 1)
      try {
        resolve(end())
      } catch (error) {
        reject(error)
      }
    }
    turn(turns)
  })

test('gives what the promise gives', async () => {
  assert.is(await patiently(Promise.resolve(7)), 7)
  assert.is(await patiently(after(20, () => 'done')), 'done')
  const failure = new Error('lost')
  const heard = patiently(
    after(3, () => {
      throw failure
    }),
  )
  assert.is(await heard.catch((error: unknown) => error), failure)
})

test('waits at once, one of which ends later', async () => {
  const ended: number[] = []
  await Promise.all([30, 3, 10].map(turns => patiently(after(turns, () => ended.push(turns)))))
  assert.equal(ended, [3, 10, 30])
})

test('the thread sleeps while something is waited for, and only then', async () => {
  const wait = Atomics.wait
  let naps = 0
  Atomics.wait = ((...args: Parameters<typeof wait>) => {
    naps++
    return wait(...args)
  }) as typeof wait
  try {
    await patiently(after(50, () => 0))
    assert.ok(naps > 10, `${naps} naps`)
    await after(2, () => 0)
    naps = 0
    await after(20, () => 0)
    assert.is(naps, 0)
  } finally {
    Atomics.wait = wait
  }
})

test('waits that follow each other within a turn bring one nap a turn, however many they were', async () => {
  const wait = Atomics.wait
  let naps = 0
  Atomics.wait = ((...args: Parameters<typeof wait>) => {
    naps++
    return wait(...args)
  }) as typeof wait
  try {
    for (let i = 0; i < 100; i++) await patiently(Promise.resolve(i))
    await patiently(after(20, () => 0))
    assert.ok(naps <= 22, `${naps} naps in about 20 turns`)
  } finally {
    Atomics.wait = wait
  }
})

test.run()
