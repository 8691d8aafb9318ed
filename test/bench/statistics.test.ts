// Medians, percentiles, sums of spreads and exponents of growth, on values worked out by hand.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { exponent, median, percentile, spread, total } from '../../bench/harness/statistics.ts'

test('percentiles lie between samples linearly, whatever their order', () => {
  assert.is(median([3, 1, 2]), 2)
  assert.is(median([4, 1, 3, 2]), 2.5)
  assert.is(percentile([10, 0], 0.1), 1)
  assert.is(percentile([5], 0.9), 5)
  assert.equal(spread([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), { median: 6, p10: 2, p90: 10, n: 11 })
})

test('samples are left as they are', () => {
  const samples = [3, 1, 2]
  median(samples)
  assert.equal(samples, [3, 1, 2])
})

test('no samples is an error, not a zero', () => {
  assert.throws(() => median([]), RangeError)
})

test('parts add up, each as often as it counts', () => {
  const one = { median: 2, p10: 1, p90: 4, n: 7 }
  const two = { median: 10, p10: 10, p90: 20, n: 5 }
  const parts = [
    { spread: one, times: 3 },
    { spread: two, times: 1 },
  ]
  assert.equal(total(parts), { median: 16, p10: 13, p90: 32, n: 5 })
})

test('the exponent of growth: 1 for linear, 2 for quadratic, 0 for constant', () => {
  const points = (law: (size: number) => number) => [1, 10, 100].map(size => ({ size, ms: law(size) }))
  assert.ok(Math.abs(exponent(points(size => 3 * size)) - 1) < 1e-12)
  assert.ok(Math.abs(exponent(points(size => size ** 2)) - 2) < 1e-12)
  assert.ok(Math.abs(exponent(points(() => 7))) < 1e-12)
  assert.throws(() => exponent([{ size: 2, ms: 1 }]), RangeError)
})

test.run()
