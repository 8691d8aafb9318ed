// The time of a plan's recorded dispatches alone, without uploads and read-backs: by GPU timestamps where the device has them, else
// from submission to the end of all work. For plans without loops.

import type { Dispatch } from '../../lib/graph/compiled.ts'
import { bind } from '../../lib/graph/loop.ts'
import type { Plan } from '../../lib/graph/plan.ts'
import { type Groups, resolver, SLOT_BYTES, size } from '../../lib/graph/sizes.ts'
import type { Tensor } from '../../lib/ops/op.ts'
import { DispatchClock } from './dispatch-clock.ts'

export interface TimedDispatches {
  /** One sample in ms. */
  run(): Promise<number>
  /** What the last sample left of the output at these positions. */
  outputs(positions: readonly number[]): Promise<number[]>
}

/**
 * Times `plan`, which has run once. Its output is cleared first, so that what is read is what the timed dispatches wrote.
 * `stamped`: by the device's timestamps, where it has them.
 */
export function timedDispatches(plan: Plan, output: string, stamped: boolean): TimedDispatches {
  const { device, graph, regions } = plan.compiled
  const region = regions.get(graph.outputs.get(output) as Tensor)
  if (region === undefined) throw new TypeError(`the plan has no output ${output}`)
  const encoder = device.gpu.createCommandEncoder({ label: 'clear' })
  encoder.clearBuffer(region.buffer, region.offset, region.size)
  device.gpu.queue.submit([encoder.finish()])
  return {
    run: timerOf(plan, stamped),
    outputs: async positions => {
      const values = new Float32Array(await device.read(region.buffer, region.offset, region.size))
      return positions.map(position => values[position] ?? Number.NaN)
    },
  }
}

function timerOf(plan: Plan, stamped: boolean): () => Promise<number> {
  const { device, items, slots } = plan.compiled
  const scratch = new DataView(new ArrayBuffer(Math.max(1, slots) * SLOT_BYTES))
  const dispatches: { dispatch: Dispatch; groups: Groups }[] = items.map(item => {
    if (item.kind === 'loop') throw new TypeError('plans with loops are timed as a whole')
    return { dispatch: item.dispatch, groups: size(item.dispatch, resolver({}), scratch, item.dispatch.slot) }
  })
  const clock = new DispatchClock(device, stamped)
  return () =>
    clock.time(pass => {
      for (const { dispatch, groups } of dispatches) {
        bind(pass, dispatch, 0, dispatch.slot)
        pass.dispatchWorkgroups(...groups)
      }
    })
}
