// Style expressions and the arithmetic of styles.

import ndarray from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError, UsageError } from '../../lib/core/errors.ts'
import { meanVector, oneVector, parseStyle, styleVector, weightedSum } from '../../lib/story/styles.ts'

test('expressions', () => {
  const cases: [string, [string, number][]][] = [
    ['romance', [['romance', 1]]],
    [
      'romance*0.7+swift*0.3',
      [
        ['romance', 0.7],
        ['swift', 0.3],
      ],
    ],
    [
      ' romance * 2 + mine.npy ',
      [
        ['romance', 2],
        ['mine.npy', 1],
      ],
    ],
    ['a/b c.npy*-1.5', [['a/b c.npy', -1.5]]],
    ['romance*0', [['romance', 0]]],
    ['romance*1e-3', [['romance', 0.001]]],
    [
      'x+x',
      [
        ['x', 1],
        ['x', 1],
      ],
    ],
  ]
  for (const [expression, terms] of cases)
    assert.equal(
      parseStyle(expression).map(({ name, weight }) => [name, weight]),
      terms,
      expression,
    )
})

test('what is no expression is wrong usage, with the term and an example', () => {
  for (const expression of [
    '',
    '+',
    'romance+',
    '*2',
    'romance*',
    'romance*two',
    'romance*1*2',
    'romance*NaN',
    'romance*Infinity',
  ])
    assert.throws(
      () => parseStyle(expression),
      (error: unknown) => error instanceof UsageError && /example: romance\*0\.7\+mine\.npy\*0\.3/.test(error.message),
      expression,
    )
})

const known: Record<string, Float32Array> = {
  romance: Float32Array.of(1, 2, 3),
  swift: Float32Array.of(-1, 0, 5),
  short: Float32Array.of(1),
}
const find = async (name: string): Promise<Float32Array> => {
  const vector = known[name]
  if (vector === undefined) throw new InputError(`no style ${name}`)
  return vector
}

test('vectors of expressions', async () => {
  assert.is(await styleVector('none', find), undefined)
  assert.equal([...((await styleVector('romance', find)) ?? [])], [1, 2, 3])
  assert.equal([...((await styleVector('romance*2+swift*-1', find)) ?? [])], [3, 4, 1])
})

test('a style of another length names both', async () => {
  const error = await styleVector('romance+short', find).catch((reason: unknown) => reason)
  assert.instance(error, InputError)
  assert.match((error as Error).message, /short has 1 numbers, romance has 3; mix styles of one model/)
})

test('an unknown style is the finder’s error', async () => {
  const error = await styleVector('romance+gothic', find).catch((reason: unknown) => reason)
  assert.match((error as Error).message, /no style gothic/)
})

test('sums and means are taken in double precision', () => {
  const big = Float32Array.of(2 ** 24)
  assert.is(weightedSum([big, Float32Array.of(1), big], [1, 1, -1], ['a', 'b', 'c'])[0], 1)
  const vectors = Float32Array.from({ length: 2 * 1001 }, (_, i) => (i % 2 === 0 ? 1 : i < 2 ? 2 ** 24 : 1))
  assert.equal([...meanVector(vectors, 2)], [1, Math.fround((2 ** 24 + 1000) / 1001)])
  assert.throws(() => weightedSum([], [], []), /at least one vector/)
  assert.throws(() => meanVector(new Float32Array(), 3), /at least one passage/)
})

test('a style’s file holds one vector', () => {
  assert.equal([...oneVector(ndarray(Float32Array.of(1, 2), [1, 2]), 's.npy')], [1, 2])
  assert.throws(
    () => oneVector(ndarray(Float32Array.of(1, 2), [2, 1]), 's.npy'),
    /s\.npy holds 2 vectors, a style is one; average them with "storyteller style make"/,
  )
})

test.run()
