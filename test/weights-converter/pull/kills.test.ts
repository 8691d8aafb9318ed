// kill -9 in the middle of pulls; `npm run test:kills` does the same many more times.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../../../lib/core/random.ts'
import { killPulls } from '../../support/killed-pull.ts'

test('killed at random moments, a pull goes on and ends with the right files', async () => {
  const { kills, resumed } = await killPulls(4, new Random(7))
  assert.is(kills, 4)
  assert.ok(resumed > 0, 'some deaths left something to go on from')
})

test.run()
