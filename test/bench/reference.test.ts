// The comparison of timed outputs: it passes what rounding leaves, and nothing else.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { problemOf, samplePositions, sums } from '../../bench/harness/reference.ts'
import { source, transposed, valueAt, values } from '../../bench/harness/seeded.ts'

test('positions are seeded, inside, and include both ends', () => {
  const positions = samplePositions(1000, 20)
  assert.is(positions.length, 20)
  assert.equal(positions.slice(0, 2), [0, 999])
  assert.ok(positions.every(p => Number.isInteger(p) && p >= 0 && p < 1000))
  assert.equal(samplePositions(1000, 20), positions)
})

test('sums and their tolerances', () => {
  const reference = sums([0, 1], position => (position === 0 ? [1, -1, 0.5] : [2]))
  assert.equal(reference.values, [0.5, 2])
  const [first = 0, second = 0] = reference.tolerances
  assert.ok(first > 0 && first < 1e-5 && second > 0 && second < 1e-5)
  assert.is(problemOf([0.5 + first / 2, 2], reference), undefined)
  assert.match(problemOf([0.5, 2 + 2 * second], reference) ?? '', /^value 1 is 2\.\d+, not 2 ±/)
})

test('NaN, too few and too many values are wrong', () => {
  const reference = { positions: [3], values: [1], tolerances: [1e9] }
  assert.match(problemOf([Number.NaN], reference) ?? '', /value 3 is NaN/)
  assert.match(problemOf([], reference) ?? '', /0 values came, 1 were expected/)
  assert.match(problemOf([1, 1], reference) ?? '', /2 values came/)
})

test('seeded tensors: whole, by value, in parts and turned are the same numbers', async () => {
  const tensor = { shape: [5, 7], seed: 9, scale: 0.5 }
  const all = values(tensor)
  assert.is(all.length, 35)
  assert.ok(all.every((value, i) => value === valueAt(tensor, i) && Math.abs(value) <= 0.5))
  assert.ok(new Set(all).size > 30)
  const collect = async (weight: ReturnType<typeof source>) => {
    const out = new Float32Array(35)
    for await (const { offset, data } of weight.parts(4)) out.set(data, offset)
    return out
  }
  assert.equal(await collect(source(tensor)), all)
  const turned = transposed(tensor)
  assert.equal(turned.shape, [7, 5])
  const out = await collect(turned)
  assert.ok(out.every((value, i) => value === all[(i % 5) * 7 + Math.floor(i / 5)]))
})

test.run()
