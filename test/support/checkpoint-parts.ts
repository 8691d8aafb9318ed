// A small checkpoint whose numbers follow from its step: for tests, and for the processes that they kill.

import ndarray from 'ndarray'
import { Random } from '../../lib/core/random.ts'
import type { CheckpointParts } from '../../lib/train/checkpoint.node.ts'
import { notStarted } from '../../lib/train/progress.ts'

/** A checkpoint after `step` updates; its numbers follow from the step. */
export function partsAt(step: number): CheckpointParts {
  const random = new Random(step)
  const arrays = () => ({
    Wemb: ndarray(random.floats(12), [4, 3]),
    ff_state_W: ndarray(random.floats(3), [1, 3]),
  })
  const progress = notStarted({
    ...{ kind: 'decoder', seed: 7, data: 'a'.repeat(64), compat: false },
    machine: { adapter: 'test', kernels: [] },
  })
  return {
    parameters: arrays(),
    options: { dim: 3, n_words: 4, step },
    moments: { m: arrays(), v: arrays(), step },
    progress: { ...progress, step, cost: [[step, 1.5]] },
  }
}
