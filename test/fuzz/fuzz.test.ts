// A thousand inputs of each format, made by a grammar or damaged: a value or a refusal in words, in a process that is watched.
// `npm run fuzz` goes on from here; a failure prints the line that runs its case again.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FORMATS } from './formats.ts'
import { watch } from './watched.ts'

const SEED = 2024
const COUNT = 1000

for (const format of Object.keys(FORMATS))
  test(`${format}: ${COUNT} inputs`, async () => {
    const { troubles } = await watch([format, String(SEED)], { from: 0, count: COUNT })
    const told = troubles.map(
      ({ index, kind, detail }) =>
        `npm run fuzz -- --format ${format} --seed ${SEED} --case ${index}: ${kind}: ${detail}`,
    )
    assert.equal(told, [])
  })

test.run()
