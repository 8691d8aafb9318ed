// gru-cell against plain loops: both variants, rows around the tiles, with and without parents, any offset.

import type { NdArray } from 'ndarray'
import { test } from 'uvu'
import type { Random } from '../../lib/core/random.ts'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { gruCell } from '../../lib/ops/gru-cell.ts'
import { runsOn, type Variant } from '../../lib/ops/op.ts'
import { type F64, map, zeros } from '../reference/array.ts'
import { gemm } from '../reference/gemm.ts'
import { type GruStep, gruCell as plain } from '../reference/gru-cell.ts'
import { testDevice } from '../support/gpu.ts'
import { array, assertClose, eachCase, floats, randomSizes, runGuarded, U, withVariant } from '../support/op-case.ts'

interface Operands extends GruStep {
  readonly state: NdArray<Float32Array>
  readonly input: NdArray<Float32Array>
  readonly weight: NdArray<Float32Array>
  readonly parents?: NdArray<Uint32Array>
}

function operands(random: Random, rows: number, units: number, offset: number, beam: boolean): Operands {
  return {
    state: floats(random, 1, rows, units),
    input: floats(random, 2, offset + rows, 3 * units),
    weight: floats(random, 1, 3 * units, units),
    rows,
    offset,
    ...(beam && {
      parents: array(
        Uint32Array.from({ length: rows }, () => random.integer(0, rows - 1)),
        rows,
      ),
    }),
  }
}

async function check(given: Operands, variant: Variant): Promise<void> {
  const { state, input, weight, rows, offset, parents } = given
  const [, units = 0] = state.shape
  const graph = new Graph()
  const live = new Count('rows', rows + 5)
  const words = new Count('words', offset + rows)
  const operands = {
    state: graph.input('state', 'f32', [live, units]),
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
  })
  assertClose(outputs.output, plain(state, input, weight, given), bound(given))
}

/**
 * Each gate's argument is off by (units + 1) · 2^-24 · (|x| + Σ|h·w|). σ has slope 1/4 at most and an error of its own below
 * 16 · 2^-24 (max of s(1 − s)(6 + 4|x|) + 6s), tanh has slope 1 and WGSL's 1e-5. The update adds |h − c| ≤ 2 times its gate's error.
 */
function bound({ state, input, weight, rows, offset, parents }: Operands): F64 {
  const [, units = 0] = state.shape
  const products = gemm(map(state, Math.abs), map(weight, Math.abs))
  const limits = zeros([rows, units])
  for (let row = 0; row < rows; row++)
    for (let unit = 0; unit < units; unit++) {
      const [r = 0, u = 0, c = 0] = [0, 1, 2].map(gate => {
        const product = products.get(parents?.get(row) ?? row, gate * units + unit)
        return (units + 1) * U * (Math.abs(input.get(offset + row, gate * units + unit)) + product)
      })
      const largest = products.get(parents?.get(row) ?? row, 2 * units + unit)
      const candidate = c + largest * (r / 4 + 16 * U) + 1e-5
      limits.set(row, unit, candidate + 2 * (u / 4 + 16 * U) + 4 * U)
    }
  return limits
}

const { facts } = await testDevice()
const usable = gruCell.variants.filter(v => runsOn(v, facts))
const fits = ({ name }: Variant, units: number): boolean => units % 4 === 0 || name === 'rows-4'

// A thread makes one unit of 4 rows, a workgroup 64 units; or a subgroup twice as many units as it has lanes, of 8, 16, 25 or 32 rows.
const SIZES = [
  { rows: 1, units: 1, offset: 0, beam: false },
  { rows: 3, units: 63, offset: 5, beam: false },
  { rows: 4, units: 64, offset: 0, beam: true },
  { rows: 5, units: 65, offset: 2, beam: true },
  { rows: 7, units: 13, offset: 1, beam: false },
  { rows: 17, units: 68, offset: 3, beam: true },
  { rows: 1, units: 4, offset: 0, beam: false },
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
      SIZES.filter(({ units }) => fits(variant, units)).map(s => ({ variant: variant.name, ...s })),
      ({ rows, units, offset, beam }, random) => check(operands(random, rows, units, offset, beam), variant),
    ))

  // Tiles of all heights count their workgroups alike: the lowest stands for all.
  const tile = Number(variant.knobs.constants?.ROWS ?? 4)
  if (tile > 8) continue
  test(`${variant.name}: more than 65,535 workgroups of rows`, () =>
    eachCase(
      import.meta.url,
      [{ rows: 65535 * tile + 3, units: fits(variant, 2) ? 2 : 4, offset: 3, beam: true }],
      ({ rows, units, offset, beam }, random) => check(operands(random, rows, units, offset, beam), variant),
    ))
}

test.run()
