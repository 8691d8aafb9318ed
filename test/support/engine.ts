// Engines as tests need them: weights from memory on a device of their own, or one that must never open a device.

import type { NdArray } from 'ndarray'
import { openDevice } from '../../lib/gpu/open.node.ts'
import { inMemory } from '../../lib/gpu/weights.ts'
import { Engine } from '../../lib/story/engine.ts'

/** Holds `weights`; dispose of it when done. */
export const engineWith = (weights: Readonly<Record<string, NdArray<Float32Array>>>): Engine =>
  new Engine(
    () => openDevice(),
    name => {
      const weight = weights[name]
      if (weight === undefined) throw new Error(`the test gives no weight ${name}`)
      return inMemory(weight.shape, weight.data)
    },
  )

export class Opened extends Error {}

/** Rejects with Opened where a device is asked for: what was found wrong before then is another error. */
export const closedEngine = (): Engine =>
  new Engine(
    () => Promise.reject(new Opened('a device was opened')),
    () => {
      throw new Opened('a weight was read')
    },
  )

/** The error of a promise that must not be kept. */
export async function rejection(work: Promise<unknown>): Promise<Error> {
  const outcome = await work.then(
    value => ({ value }),
    (reason: unknown) => reason,
  )
  if (!(outcome instanceof Error)) throw new Error(`no error, but ${JSON.stringify(outcome)?.slice(0, 200)}`)
  return outcome
}
