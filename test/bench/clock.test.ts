// The two clocks: the CPU's stands still while this process waits.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { clockInUse, timed, useClock } from '../../bench/harness/clock.ts'

const wait = (): Promise<void> => new Promise(done => setTimeout(done, 200))

test('by the wall, waiting takes time; by the CPU, hardly any', async () => {
  assert.is(clockInUse(), 'wall')
  assert.ok((await timed(wait)) >= 190)
  useClock('cpu')
  assert.ok((await timed(wait)) < 150)
  useClock('wall')
})

test.run()
