// adam against the plain formula: weights and moments after a step, with clipping.

import type { NdArray } from 'ndarray'
import { test } from 'uvu'
import { Graph } from '../../lib/graph/graph.ts'
import { adamStep } from '../../lib/ops/adam.ts'
import { adam as plain } from '../reference/adam.ts'
import { type F64, zeros } from '../reference/array.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded, U } from '../support/op-case.ts'

const like = ({ shape }: NdArray): F64 => zeros(shape)

const NAMES = ['weight', 'mean', 'square'] as const

test('equals the plain formula', () =>
  eachCase(
    import.meta.url,
    [{ length: 1 }, { length: 65535 * 64 + 3 }, ...randomSizes(4, { length: [1, 1000] })],
    async ({ length }, random) => {
      const gradient = floats(random, 3, length)
      const before = {
        weight: floats(random, 1, length),
        mean: floats(random, 1, length),
        square: floats(random, 1, length),
      }
      for (const [i, x] of before.square.data.entries()) before.square.data[i] = Math.abs(x)
      // A gradient of exactly 0 with moments of 0 leaves a weight where it is.
      for (const { data } of [gradient, before.mean, before.square]) data[0] = 0
      const [clip, rate, spread] = [0.5, 0.0625, 4]
      const graph = new Graph()
      const kept = {
        weight: graph.keep('weight', 'f32', [length]),
        mean: graph.keep('mean', 'f32', [length]),
        square: graph.keep('square', 'f32', [length]),
      }
      const steering = { norm: graph.input('norm', 'f32', [2]), rates: graph.input('rates', 'f32', [2]) }
      adamStep(graph.input('gradient', 'f32', [length]), steering, kept)
      for (const name of NAMES) graph.output(name, kept[name])
      const { outputs } = await runGuarded(graph, {
        inputs: { gradient: gradient.data, norm: Float32Array.of(9, clip), rates: Float32Array.of(rate, spread) },
        start: { weight: before.weight.data, mean: before.mean.data, square: before.square.data },
      })
      const expected = { weight: like(gradient), mean: like(gradient), square: like(gradient) }
      const slack = like(gradient)
      for (let i = 0; i < length; i++) {
        const [weight = 0, mean = 0, square = 0] = NAMES.map(name => before[name].data[i])
        const after = plain(clip * (gradient.data[i] ?? 0), { weight, mean, square }, rate, spread)
        for (const name of NAMES) expected[name].data[i] = after[name]
        // 20 roundings of the quotient m / sqrt(v), which may be large where v is small, and one of the weight; and what the moments' own
        // error of 6 · 2^-24 becomes.
        const moments = (rate * 6 * U) / (Math.sqrt(spread * after.square) + 1e-8)
        slack.data[i] = 20 * U * Math.abs(after.weight - weight) + 2 * U + moments
      }
      // 0.1, 0.9 and so on are rounded themselves: a handful of roundings of numbers below 2.
      assertClose(outputs.mean, expected.mean, 6 * U)
      assertClose(outputs.square, expected.square, 6 * U)
      assertClose(outputs.weight, expected.weight, slack)
    },
  ))

test.run()
