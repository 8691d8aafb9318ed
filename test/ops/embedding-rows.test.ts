// embedding-rows against plain loops; exact, since rows are copied. Also with a table in pieces.

import { test } from 'uvu'
import type { Random } from '../../lib/core/random.ts'
import { Count } from '../../lib/core/shape.ts'
import type { Device } from '../../lib/gpu/device.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { embed } from '../../lib/ops/embedding-rows.ts'
import { embeddingRows } from '../reference/embedding-rows.ts'
import { array, assertClose, eachCase, floats, randomSizes, runGuarded } from '../support/op-case.ts'
import { smallBindingDevice } from '../support/watched-device.ts'

interface Sizes {
  readonly count: number
  readonly rows: number
  readonly columns: number
}

async function check({ count, rows, columns }: Sizes, random: Random, device?: Device): Promise<void> {
  // First, last, none, and any.
  const ids = array(
    Int32Array.from({ length: count }, (_, i) => [0, rows - 1, -1][i] ?? random.integer(-1, rows - 1)),
    count,
  )
  const weight = floats(random, 1, rows, columns)
  const graph = new Graph()
  const wanted = graph.input('ids', 'i32', [new Count('count', count + 2)])
  graph.output('output', embed(wanted, graph.parameter('weight', [rows, columns])))
  const run = { inputs: { ids: ids.data }, counts: { count }, weights: { weight }, ...(device && { device }) }
  const { outputs } = await runGuarded(graph, run)
  assertClose(outputs.output, embeddingRows(ids, weight), 0)
}

const SIZES = [
  { count: 1, rows: 1, columns: 1 },
  { count: 7, rows: 11, columns: 9 },
  { count: 4, rows: 2, columns: 16 },
  { count: 5, rows: 3, columns: 13 },
  { count: 65535 * 64 + 3, rows: 50, columns: 1 },
  ...randomSizes(5, { count: [1, 30], rows: [1, 40], columns: [1, 50] }),
]

test('equals plain loops', () => eachCase(import.meta.url, SIZES, (sizes, random) => check(sizes, random)))

test('a table of 8,000 bytes over bindings of 1,024', async () => {
  const device = await smallBindingDevice(1024)
  const sizes = [{ count: 8, rows: 100, columns: 20 }]
  await eachCase(import.meta.url, sizes, (size, random) => check(size, random, device))
  await device.dispose()
})

test.run()
