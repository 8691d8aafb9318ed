// Every malformed input that has a name: refused in the words that were expected, or read where its value is documented; within a
// second of processor time and 200 MB, nothing started, written or left behind.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { malformed } from './malformed/index.ts'
import { watch } from './watched.ts'

test('each ends in its own refusal', async () => {
  const cases = await malformed()
  assert.ok(cases.length >= 300, `${cases.length} malformed inputs`)
  assert.is(new Set(cases.map(({ name }) => name)).size, cases.length, 'each has a name of its own')
  const { results, troubles } = await watch(['malformed'], { from: 0, count: cases.length, all: true })
  const said = ({ index, kind, detail }: (typeof troubles)[number]) => `${cases[index]?.name}: ${kind}: ${detail}`
  const wrong = results.flatMap(({ index, message }) => {
    const { name = '', says } = cases[index] ?? {}
    if (says === undefined) return message === undefined ? [] : [`${name}: refused: ${message}`]
    return message !== undefined && says.test(message) ? [] : [`${name}: ${message ?? 'it was read'}`]
  })
  assert.equal([...troubles.map(said), ...wrong], [])
  assert.is(results.length, cases.length)
})

test.run()
