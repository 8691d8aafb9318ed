// The small grammars: what they say, how much, and that they recognise exactly that.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { count, lines, recognises, say, vocabulary } from '../../../demo/text/grammar.ts'
import { Random } from '../../../lib/core/random.ts'

const RULES = {
  text: lines(`
    the <animal> (sleeps/eats (hay/a fish)) .
    <animal> , (big/) <animal> .
  `),
  animal: lines('(cat/dog)'),
}

test('a rule is said in as many ways as are counted, and all of them are recognised', () => {
  const said = new Set(Array.from({ length: 500 }, (_, i) => say(RULES, 'text', new Random(i))))
  assert.is(count(RULES, 'text'), 2 * 3 + 2 * 2 * 2)
  assert.is(said.size, 14)
  for (const text of said) assert.ok(recognises(RULES, 'text', text.split(' ')), text)
})

test('nothing else is recognised', () => {
  for (const text of [
    'the cat sleeps',
    'the cat eats .',
    'cat , big big dog .',
    'the cow sleeps .',
    '',
    'the cat sleeps . .',
  ])
    assert.not.ok(recognises(RULES, 'text', text.split(' ')), text)
})

test('its words', () => {
  assert.equal([...vocabulary(RULES, 'animal')].sort(), ['cat', 'dog'])
  assert.ok(vocabulary(RULES, 'text').has('fish'))
})

test('mistakes in a grammar are errors', () => {
  assert.throws(() => lines('a (b/c'), /unbalanced/)
  assert.throws(() => lines('a b)'), /unbalanced/)
  assert.throws(() => count({ text: lines('<nobody>') }, 'text'), /no rule <nobody>/)
})

test.run()
