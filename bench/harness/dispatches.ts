// The time of a plan's recorded dispatches alone, without uploads and read-backs: by GPU timestamps where the device has them, else
// from submission to the end of all work. For plans without loops.

import type { Dispatch } from '../../lib/graph/compiled.ts'
import { bind } from '../../lib/graph/loop.ts'
import type { Plan } from '../../lib/graph/plan.ts'
import { type Counts, type Groups, resolver, SLOT_BYTES, size } from '../../lib/graph/sizes.ts'
import { DispatchClock } from './dispatch-clock.ts'

/** A timer of `plan`, which has run once with the same counts. `stamped`: by the device's timestamps, where it has them. */
export function timerOf(plan: Plan, stamped: boolean, counts: Counts = {}): () => Promise<number> {
  const { device, items, slots } = plan.compiled
  const scratch = new DataView(new ArrayBuffer(Math.max(1, slots) * SLOT_BYTES))
  const dispatches: { dispatch: Dispatch; groups: Groups }[] = items.map(item => {
    if (item.kind === 'loop') throw new TypeError('plans with loops are timed as a whole')
    return { dispatch: item.dispatch, groups: size(item.dispatch, resolver(counts), scratch, item.dispatch.slot) }
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
