// gru-tape against plain loops: all states of sentences of different lengths. Its gradient is tested in graph/autodiff.test.ts.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { gruTape } from '../../lib/ops/gru-tape.ts'
import { runsOn } from '../../lib/ops/op.ts'
import { takeRows } from '../../lib/ops/rows.ts'
import { gruTape as plain } from '../reference/gru-tape.ts'
import { testDevice } from '../support/gpu.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded, U, withVariant } from '../support/op-case.ts'

const { facts } = await testDevice()

const SIZES = [
  { sentences: 1, longest: 1, units: 1 },
  { sentences: 3, longest: 5, units: 7 },
  { sentences: 17, longest: 4, units: 64 },
  { sentences: 40, longest: 3, units: 36 },
  ...randomSizes(4, { sentences: [1, 40], longest: [1, 9], units: [1, 70] }),
]

for (const variant of gruTape.variants.filter(v => runsOn(v, facts)))
  test(`${variant.name} equals plain loops`, () =>
    eachCase(
      import.meta.url,
      SIZES.filter(s => variant.kernel !== 'product.vector' || s.units % 4 === 0),
      async ({ sentences, longest, units }, random) => {
        const lengths = Array.from({ length: sentences }, () => random.integer(1, longest)).sort((a, b) => b - a)
        const words = lengths.reduce((a, b) => a + b)
        const steps = lengths[0] ?? 0
        const rows = Array.from({ length: steps }, (_, step) => lengths.filter(length => length > step).length)
        const to = rows.map((_, step) => rows.slice(0, step).reduce((a, b) => a + b, 0))
        const from = to.map((_, step) => to[step - 1] ?? words)
        const projections = floats(random, 2, words, 3 * units)
        const weight = floats(random, 1, 3 * units, units)
        const states = floats(random, 1, words + sentences, units)
        const graph = new Graph()
        const tape = {
          states: graph.keep('states', 'f32', [words + sentences, units]),
          gates: graph.keep('gates', 'f32', [words, 4 * units]),
        }
        const input = graph.input('projections', 'f32', [words, 3 * units])
        const recurrent = graph.parameter('weight', [3 * units, units])
        const step = { rows: new Count('rows', sentences), from: new Count('from', words), to: new Count('to', words) }
        graph.repeat('gru', new Count('steps', steps), () =>
          graph.node(withVariant(gruTape, variant), { input, weight: recurrent }, step, tape),
        )
        graph.output('states', takeRows(tape.states, { first: 0, count: words }))
        const { outputs } = await runGuarded(graph, {
          inputs: { projections: projections.data },
          counts: { steps, rows, from, to },
          weights: { weight },
          start: { states: states.data },
        })
        const initial = floats(random, 0, sentences, units)
        initial.data.set(states.data.subarray(words * units))
        // A step's own error is bounded in gru-cell.test.ts by about (units + 1)² · 2^-24 + 2e-5; a state's error feeds the next step's
        // gates, times at most the sum of the weights that it meets.
        const own = (units + 1) ** 2 * 2 * U + 3e-5
        assertClose(
          outputs.states,
          plain(lengths, projections, weight, initial),
          own * (1 + units / 4) ** Math.min(2, steps - 1),
        )
      },
    ))

test.run()
