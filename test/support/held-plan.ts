// A compiled graph that is run several times, and recorded rows to hold its outputs to.

import * as assert from 'uvu/assert'
import { inMemory, Weights } from '../../lib/gpu/weights.ts'
import { compile } from '../../lib/graph/compile.ts'
import type { Graph } from '../../lib/graph/graph.ts'
import type { Outputs, Run } from '../../lib/graph/plan.ts'
import { difference, type RecordedRows } from '../../scripts/conformance/recorded.ts'
import { testDevice } from './gpu.ts'

/** Compiles a graph with the given weights (C order), lets `use` run it, and frees everything. */
export async function withPlan(
  graph: Graph,
  weights: Readonly<Record<string, Float32Array>>,
  use: (run: (run: Run) => Promise<Outputs>) => Promise<void>,
): Promise<void> {
  const device = await testDevice()
  const store = new Weights(device)
  try {
    for (const [name, { shape }] of graph.parameters) {
      const data = weights[name]
      if (data === undefined) throw new Error(`the test gives no weight ${name}`)
      await store.load(name, inMemory(shape as readonly number[], data))
    }
    const plan = await compile(graph, device, store)
    try {
      await use(run => plan.run(run))
    } finally {
      plan.dispose()
    }
  } finally {
    store.free()
  }
}

/** An output as rows of `width` values. */
export function rowsOf(outputs: Outputs, name: string, width: number): Float32Array[] {
  const data = outputs[name]?.data
  if (!(data instanceof Float32Array)) throw new Error(`no f32 output ${name}`)
  return Array.from({ length: data.length / width }, (_, i) => data.subarray(i * width, (i + 1) * width))
}

/** Holds rows to recorded ones, from row `first` on, within the recorded tolerance. */
export function assertRecorded(
  rows: readonly Float32Array[],
  recorded: RecordedRows,
  what: string,
  { first = 0, atol = recorded.atol } = {},
): void {
  assert.ok(rows.length > 0, `${what}: no rows`)
  for (const [i, row] of rows.entries()) {
    const error = difference(row, recorded, first + i)
    assert.ok(error <= atol, `${what}, row ${first + i}: off by ${error}, limit ${atol}`)
  }
}
