// The one device of a test process (STORYTELLER_ADAPTER chooses it), and the shortest way to run a graph on it.

import type { NdArray } from 'ndarray'
import type { Device } from '../../lib/gpu/device.ts'
import { openAdapter } from '../../lib/gpu/driver.node.ts'
import { openDeviceOn } from '../../lib/gpu/open.node.ts'
import { DEFAULT_TUNING } from '../../lib/gpu/tuning.ts'
import { inMemory, Weights } from '../../lib/gpu/weights.ts'
import { compile } from '../../lib/graph/compile.ts'
import type { Graph } from '../../lib/graph/graph.ts'
import type { Run, Values } from '../../lib/graph/plan.ts'

let device: Promise<Device> | undefined

/** Opened once a process and held to its end; with the default choices, whatever tuning the cache holds. */
export const testDevice = (): Promise<Device> => {
  device ??= openAdapter().then(opened => openDeviceOn(opened, undefined, DEFAULT_TUNING))
  return device
}

/** Compiles a graph with the given weights (C order), runs it once and frees everything. */
export async function runGraph(
  graph: Graph,
  run: Run,
  weights: Readonly<Record<string, Float32Array>> = {},
): Promise<Record<string, NdArray<Values>>> {
  const gpu = await testDevice()
  const store = new Weights(gpu)
  try {
    for (const [name, tensor] of graph.parameters) {
      const data = weights[name]
      if (data === undefined) throw new Error(`the test gives no weight ${name}`)
      await store.load(name, inMemory(tensor.shape as readonly number[], data))
    }
    const plan = await compile(graph, gpu, store)
    try {
      return await plan.run(run)
    } finally {
      plan.dispose()
    }
  } finally {
    store.free()
  }
}
