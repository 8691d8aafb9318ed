// product against plain loops: every form and variant, sizes around the tiles, some rows only, added to kept rows.

import { test } from 'uvu'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { runsOn, type Variant } from '../../lib/ops/op.ts'
import { product } from '../../lib/ops/product.ts'
import { map } from '../reference/array.ts'
import { product as plain } from '../reference/product.ts'
import { putRows, takeRows } from '../reference/rows.ts'
import { testDevice } from '../support/gpu.ts'
import { assertClose, eachCase, floats, randomSizes, runGuarded, U, withVariant } from '../support/op-case.ts'

// Tiles are 32 × 32 outputs, or up to 32 rows by four times the lanes.
const SIZES = [
  { m: 1, k: 1, n: 1 },
  { m: 7, k: 13, n: 11 },
  { m: 31, k: 64, n: 33 },
  { m: 33, k: 4, n: 31 },
  { m: 32, k: 129, n: 32 },
  { m: 17, k: 5, n: 97 },
  ...randomSizes(5, { m: [1, 80], k: [1, 160], n: [1, 80] }),
]
const FORMS = ['nt', 'nn', 'tn'] as const
const SPARE = 5
const { facts } = await testDevice()

/** product.vector loads fours along k, or in form 'tn' along m, and along n but in 'nt'. */
const fits = ({ kernel }: Variant, form: string, { m, k, n }: Record<'m' | 'k' | 'n', number>): boolean =>
  kernel !== 'product.vector' || ((form === 'tn' ? m : k) % 4 === 0 && (form === 'nt' || n % 4 === 0))
const IN_FOURS = [
  { m: 4, k: 4, n: 4 },
  { m: 36, k: 12, n: 28 },
  { m: 32, k: 128, n: 32 },
  ...randomSizes(4, { m: [1, 20], k: [1, 20], n: [1, 20] }).map(({ m, k, n }) => ({ m: 4 * m, k: 4 * k, n: 4 * n })),
]

for (const variant of product.variants.filter(v => runsOn(v, facts)))
  for (const form of FORMS)
    test(`${form} with ${variant.name} equals plain loops`, () =>
      eachCase(
        import.meta.url,
        [...SIZES, ...IN_FOURS].filter(s => fits(variant, form, s)),
        async ({ m, k, n }, random) => {
          const input = form === 'tn' ? floats(random, 1, k, m) : floats(random, 1, m, k)
          const weight = form === 'nt' ? floats(random, 1, n, k) : floats(random, 1, k, n)
          const graph = new Graph()
          const [rows = 0, columns = 0] = input.shape
          const count = new Count('rows', rows + SPARE)
          const x = graph.input('input', 'f32', [count, columns])
          const w = graph.input(
            'weight',
            'f32',
            form === 'tn' ? [count, n] : [weight.shape[0] ?? 0, weight.shape[1] ?? 0],
          )
          const { output } = graph.node(withVariant(product, variant), { input: x, weight: w }, { form })
          if (output !== undefined) graph.output('output', output)
          const run = { inputs: { input: input.data, weight: weight.data }, counts: { rows } }
          const { outputs } = await runGuarded(graph, run)
          // k products and k − 1 sums, each rounded once.
          const magnitude = plain(form, map(input, Math.abs), map(weight, Math.abs))
          assertClose(
            outputs.output,
            plain(form, input, weight),
            map(magnitude, x => (k + 1) * U * x),
          )
        },
      ))

for (const variant of product.variants.filter(v => runsOn(v, facts)))
  test(`some rows added to a kept matrix with ${variant.name}`, () =>
    eachCase(
      import.meta.url,
      [
        ...randomSizes(6, { rows: [0, 40], first: [0, 9], into: [0, 9], k: [1, 60], n: [1, 60] }),
        { rows: 17, first: 3, into: 5, k: 20, n: 36 },
      ].filter(({ k, n }) => fits(variant, 'nn', { m: 0, k, n })),
      async ({ rows, first, into, k, n }, random) => {
        const [input, weight, kept] = [floats(random, 1, 50, k), floats(random, 1, k, n), floats(random, 1, 50, n)]
        const graph = new Graph()
        const target = graph.keep('kept', 'f32', [50, n])
        const operands = { input: graph.input('input', 'f32', [50, k]), weight: graph.input('weight', 'f32', [k, n]) }
        const place = { rows: new Count('rows', 50), first: new Count('first', 50), into: new Count('into', 50) }
        graph.node(withVariant(product, variant), operands, { form: 'nn', ...place }, { output: target })
        graph.output('kept', target)
        const inputs = { input: input.data, weight: weight.data }
        const { outputs } = await runGuarded(graph, {
          inputs,
          counts: { rows, first, into },
          start: { kept: kept.data },
        })
        const added = plain('nn', takeRows(input, first, rows), weight)
        assertClose(outputs.kept, putRows(added, kept, into, true), (k + 2) * U * (k + 1))
      },
    ))

test('more than 65,535 workgroups', () =>
  eachCase(import.meta.url, [{ m: 65535 * 32 + 5, k: 1, n: 1 }], async ({ m, k, n }, random) => {
    const [input, weight] = [floats(random, 1, m, k), floats(random, 1, k, n)]
    const graph = new Graph()
    const operands = { input: graph.input('input', 'f32', [m, k]), weight: graph.input('weight', 'f32', [k, n]) }
    const { output } = graph.node(product, operands, { form: 'nn' })
    if (output !== undefined) graph.output('output', output)
    const { outputs } = await runGuarded(graph, { inputs: { input: input.data, weight: weight.data } })
    assertClose(outputs.output, plain('nn', input, weight), 2 * U)
  }))

test.run()
