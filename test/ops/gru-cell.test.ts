// gru-cell against plain loops: every variant, rows around the tiles, with and without parents, any offset, weights in pieces.

import type { NdArray } from 'ndarray'
import { test } from 'uvu'
import { expandFloat16, narrowToFloat16 } from '../../lib/core/float16.ts'
import type { Random } from '../../lib/core/random.ts'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { gruCell } from '../../lib/ops/gru-cell.ts'
import { runsOn, type Variant } from '../../lib/ops/op.ts'
import { type F64, map, zeros } from '../reference/array.ts'
import { gemm } from '../reference/gemm.ts'
import { type GruStep, gruCell as plain } from '../reference/gru-cell.ts'
import { testDevice } from '../support/gpu.ts'
import {
  array,
  assertClose,
  eachCase,
  floats,
  type GuardedRun,
  randomSizes,
  runGuarded,
  U,
  withVariant,
} from '../support/op-case.ts'
import { smallBindingDevice } from '../support/watched-device.ts'

interface Operands extends GruStep {
  readonly state: NdArray<Float32Array>
  readonly input: NdArray<Float32Array>
  readonly weight: NdArray<Float32Array>
  readonly parents?: NdArray<Uint32Array>
}

/** `parentRows`: of the state of a beam. */
function operands(
  random: Random,
  { rows, units, offset, beam }: { rows: number; units: number; offset: number; beam: boolean },
  parentRows = rows,
): Operands {
  return {
    state: floats(random, 1, parentRows, units),
    input: floats(random, 2, offset + rows, 3 * units),
    weight: floats(random, 1, 3 * units, units),
    rows,
    offset,
    ...(beam && {
      parents: array(
        Uint32Array.from({ length: rows }, () => random.integer(0, parentRows - 1)),
        rows,
      ),
    }),
  }
}

/** Rows that a plan has room for beyond those of the run; a few rows stay so few that gemv is chosen for them. */
const room = (rows: number): number => (rows <= 3 ? 3 : rows + 5)

async function check(
  given: Operands,
  variant: Variant,
  how: Pick<GuardedRun, 'device' | 'halves'> = {},
): Promise<void> {
  const { state, input, weight, rows, offset, parents } = given
  const [parentRows = 0, units = 0] = state.shape
  const graph = new Graph()
  const live = new Count('rows', room(rows))
  const words = new Count('words', offset + rows)
  const operands = {
    state: graph.input('state', 'f32', [parentRows === rows ? live : parentRows, units]),
    input: graph.input('input', 'f32', [words, 3 * units]),
    weight: graph.parameter('weight', [3 * units, units]),
    ...(parents && { parents: graph.input('parents', 'u32', [live]) }),
  }
  const step = { rows: live, offset: new Count('offset', offset + 1) }
  const { output } = graph.node(withVariant(gruCell, variant), operands, step)
  if (output !== undefined) graph.output('output', output)
  const { outputs } = await runGuarded(graph, {
    inputs: { state: state.data, input: input.data, ...(parents && { parents: parents.data }) },
    counts: { rows, offset, words: offset + rows },
    weights: { weight },
    ...how,
  })
  const { data = new Float32Array() } = outputs.output ?? {}
  for (const first of rows <= COMPARED ? [0] : [0, rows - COMPARED]) {
    const some = someRows(given, first, Math.min(rows, COMPARED))
    const got = array(Float32Array.from(data.subarray(first * units, (first + some.rows) * units)), some.rows, units)
    assertClose(got, plain(some.state, input, weight, some), bound(some))
  }
}

/** Rows that are compared; of more the first and the last. */
const COMPARED = 1000

/** A step of `rows` of the rows, from `first` on, each with the state that it continues. */
function someRows(given: Operands, first: number, rows: number): Operands {
  const { input, weight, parents, offset } = given
  const [, units = 0] = given.state.shape
  const state = array(new Float32Array(rows * units), rows, units)
  for (let row = 0; row < rows; row++)
    for (let unit = 0; unit < units; unit++)
      state.set(row, unit, given.state.get(parents?.get(first + row) ?? first + row, unit))
  return { state, input, weight, rows, offset: offset + first }
}

/**
 * Each gate's argument is off by (units + 1) · 2^-24 · (|x| + Σ|h·w|). σ has slope 1/4 at most and an error of its own below
 * 16 · 2^-24 (max of s(1 − s)(6 + 4|x|) + 6s), tanh has slope 1 and WGSL's 1e-5. The update adds |h − c| ≤ 2 times its gate's error.
 */
function bound({ state, input, weight, rows, offset }: Operands): F64 {
  const [, units = 0] = state.shape
  const products = gemm(map(state, Math.abs), map(weight, Math.abs))
  const limits = zeros([rows, units])
  for (let row = 0; row < rows; row++)
    for (let unit = 0; unit < units; unit++) {
      const [r = 0, u = 0, c = 0] = [0, 1, 2].map(gate => {
        const product = products.get(row, gate * units + unit)
        return (units + 1) * U * (Math.abs(input.get(offset + row, gate * units + unit)) + product)
      })
      const largest = products.get(row, 2 * units + unit)
      const candidate = c + largest * (r / 4 + 16 * U) + 1e-5
      limits.set(row, unit, candidate + 2 * (u / 4 + 16 * U) + 4 * U)
    }
  return limits
}

const { facts } = await testDevice()
const usable = gruCell.variants.filter(v => runsOn(v, facts))
const fits = ({ name }: Variant, units: number, rows = 1): boolean =>
  name === 'products-packed' ? units % 4 === 0 && rows === 1 : units % 4 === 0 || name === 'rows-4'

// A thread makes one unit of 4 rows, a workgroup 64 units; or a subgroup twice as many units as it has lanes, of 8, 16, 25 or 32 rows;
// or products come first, of one row by gemv.packed, of 3 at most by gemv, of more by gemm.tiled.
const SIZES = [
  { rows: 1, units: 1, offset: 0, beam: false },
  { rows: 3, units: 63, offset: 5, beam: false },
  { rows: 4, units: 64, offset: 0, beam: true },
  { rows: 5, units: 65, offset: 2, beam: true },
  { rows: 7, units: 13, offset: 1, beam: false },
  { rows: 17, units: 68, offset: 3, beam: true },
  { rows: 1, units: 4, offset: 0, beam: false },
  { rows: 1, units: 68, offset: 2, beam: true },
  { rows: 1, units: 132, offset: 1, beam: false },
  { rows: 3, units: 100, offset: 0, beam: false },
  { rows: 3, units: 36, offset: 7, beam: true },
  { rows: 50, units: 36, offset: 1, beam: true },
  { rows: 50, units: 20, offset: 0, beam: false },
  ...randomSizes(4, { rows: [1, 20], units: [1, 90], offset: [0, 9] }).map((s, i) => ({ ...s, beam: i % 2 === 0 })),
  ...randomSizes(4, { rows: [1, 40], units: [1, 20], offset: [0, 9] }).map((s, i) => ({
    ...s,
    units: 4 * s.units,
    beam: i % 2 === 0,
  })),
]

for (const variant of usable) {
  test(`${variant.name} equals plain loops`, () =>
    eachCase(
      import.meta.url,
      SIZES.filter(({ units, rows }) => fits(variant, units, rows)).map(s => ({ variant: variant.name, ...s })),
      (sizes, random) => check(operands(random, sizes), variant),
    ))

  if (variant.name === 'products-packed') continue
  test(`${variant.name}: a row may continue any row of the state`, () =>
    eachCase(
      import.meta.url,
      [
        { rows: 2, units: 12, offset: 1, beam: true, parentRows: 3 },
        { rows: 3, units: 36, offset: 0, beam: true, parentRows: 41 },
      ],
      ({ parentRows, ...sizes }, random) => check(operands(random, sizes, parentRows), variant),
    ))

  // Tiles of all heights count their workgroups alike: the lowest stands for all. The gates of 4 rows of 16 units are one workgroup.
  const tile = Number(variant.knobs.constants?.ROWS ?? 4)
  if (tile > 8) continue
  const units = variant.name === 'products' ? 16 : fits(variant, 2) ? 2 : 4
  test(`${variant.name}: more than 65,535 workgroups of rows`, () =>
    eachCase(import.meta.url, [{ rows: 65535 * tile + 3, units, offset: 3, beam: true }], (sizes, random) =>
      check(operands(random, sizes), variant),
    ))
}

const [products] = usable.filter(v => v.name === 'products')
if (products === undefined) throw new Error('gru-cell has no variant products')
const HELD = [
  { rows: 3, units: 36, offset: 0, beam: false },
  { rows: 4, units: 36, offset: 0, beam: true },
]

test('products of a weight of 15,552 bytes over bindings of 4096', async () => {
  const device = await smallBindingDevice(4096)
  await eachCase(import.meta.url, HELD, (sizes, random) => check(operands(random, sizes), products, { device }))
  await device.dispose()
})

test('products of a weight kept as halves', () =>
  eachCase(import.meta.url, HELD, (sizes, random) => {
    const given = operands(random, sizes)
    const weight = array(expandFloat16(narrowToFloat16(given.weight.data)), ...given.weight.shape)
    return check({ ...given, weight }, products, { halves: ['weight'] })
  }))

test.run()
