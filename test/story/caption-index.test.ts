// The nearest captions: order, ties, more wanted than there are.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../lib/core/errors.ts'
import { CaptionIndex } from '../../lib/story/caption-index.ts'
import type { Engine } from '../../lib/story/engine.ts'
import { closedEngine, engineWith, rejection } from '../support/engine.ts'
import { array } from '../support/op-case.ts'

const DIM = 3
/** Two pairs of equals: 0 and 3, 1 and 4. */
const VECTORS = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, -1],
  [1, 0, 0],
  [0, 1, 0],
]
const CAPTIONS = VECTORS.map((_, i) => `caption ${i}`)

const test = suite<{ engine: Engine; index: CaptionIndex }>('caption index')
test.before(context => {
  const table = array(Float32Array.from(VECTORS.flat()), VECTORS.length, DIM)
  context.engine = engineWith({ 'captions/embeddings': table })
  context.index = new CaptionIndex(context.engine, CAPTIONS, DIM)
})
test.after(({ engine }) => engine.dispose())

const NEAR = Float32Array.of(0.5, 0.25, 0.125)

test('nearest first, the later of equal ones first', async ({ index }) => {
  const found = await index.nearest(NEAR, 3)
  assert.equal(found, [
    { text: 'caption 3', score: 0.5, index: 3 },
    { text: 'caption 0', score: 0.5, index: 0 },
    { text: 'caption 4', score: 0.25, index: 4 },
  ])
})

test('more than there are: all of them', async ({ index }) => {
  for (const k of [5, 6, 1000])
    assert.equal(
      (await index.nearest(NEAR, k)).map(caption => caption.index),
      [3, 0, 4, 1, 2],
    )
})

test('scores of all, in the order of the captions', async ({ index }) => {
  assert.equal([...(await index.scores(NEAR))], [0.5, 0.25, -0.125, 0.5, 0.25])
})

test('wrong wishes are refused before a device is opened', async () => {
  const index = new CaptionIndex(closedEngine(), CAPTIONS, DIM)
  for (const k of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    const error = await rejection(index.nearest(NEAR, k))
    assert.instance(error, InputError)
    assert.match(error.message, /give a whole number of captions, 1 or more/)
  }
  assert.throws(
    () => new CaptionIndex(closedEngine(), [], DIM),
    /this model has no captions; convert it with a file of captions/,
  )
})

test.run()
