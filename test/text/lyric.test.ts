// Lines of a song: what the original prints, and no line where it fails.

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { splitLyric } from '../../lib/text/lyric.ts'

const CASES: [string, string[]][] = [
  ['', []],
  [',', []],
  [', ,', ['']],
  ['one line .', ['one line .']],
  ['one , two , three .', ['one ', 'two ', 'three .']],
  ['one,two', ['one', 'two']],
  ['one ,  two', ['one ', ' two']],
  [', then she smiled ,', ['then she smiled ']],
  [' first', ['first']],
  ['a ,, b', ['a ', 'b']],
]

for (const [story, lines] of CASES)
  test(`lines of ${JSON.stringify(story)}`, () => assert.equal(splitLyric(story), lines))

const stories = fc
  .array(fc.constantFrom(',', ' ', 'a', 'é', '.'), { maxLength: 40 })
  .map(characters => characters.join(''))

test('a line for every part that is not empty, with one blank less where it starts with one', async () => {
  const property = fc.property(stories, story => {
    const parts = story.split(',').filter(part => part !== '')
    assert.equal(
      splitLyric(story),
      parts.map(part => part.replace(/^ /, '')),
    )
  })
  await fc.assert(property, { seed: 27, numRuns: 500 })
})

test.run()
