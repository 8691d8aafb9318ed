// What the counts of a run mean for recorded dispatches: their parameters and workgroup counts, step by step. Pure but for
// the writes into plain memory; the plan uploads the result.

import { InputError } from '../core/errors.ts'
import type { Count, Resolve } from '../core/shape.ts'
import { writeParams } from '../gpu/kernel.ts'
import type { Dispatch } from './compiled.ts'
import type { Loop } from './graph.ts'

export const SLOT_BYTES = 256
/** What a loop reads back after each chunk: the first four words of its control tensor. */
export const RECORD_BYTES = 16

/** Outputs lie one after another in the buffer they are read back through, each at a multiple of 16 bytes. */
export const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16

/** The actual values of counts by name: one number, or a list with one for every step of a loop. */
export type Counts = Readonly<Record<string, number | readonly number[]>>

/** Turns sizes into numbers; within a loop, lists give the value of the step. */
export function resolver(counts: Counts, step?: number, fixed?: { count: Count; value: number }): Resolve {
  return dim => {
    if (typeof dim === 'number') return dim
    if (fixed?.count === dim) return fixed.value
    const given = counts[dim.name]
    const value =
      typeof given === 'number' || given === undefined ? given : step === undefined ? undefined : given[step]
    if (value === undefined)
      throw new InputError(`count ${dim.name} has no value${step === undefined ? '' : ` at step ${step}`}`)
    return within(dim, value)
  }
}

function within(count: Count, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > count.max)
    throw new InputError(`count ${count.name} is ${value}; this plan takes 0 to ${count.max}`)
  return value
}

export type Groups = readonly [number, number, number]

/** Writes one dispatch's parameters at `slot` and returns its workgroups; [0, …] where there is nothing to do. */
export function size(dispatch: Dispatch, resolve: Resolve, target: DataView, slot: number): Groups {
  const { params, groups } = dispatch.step.size(resolve, dispatch.piece)
  writeParams(dispatch.pipeline.kernel, params, target, slot * SLOT_BYTES)
  if (groups.some(n => n > 65535))
    throw new InputError(
      `${dispatch.label}: ${groups.join(' × ')} workgroups exceed 65,535 in one dimension; use smaller batches`,
    )
  return groups
}

/** For every value of the device's count: all parameters of the body, then all workgroups (see kernels/repeat-next.wgsl). */
export function countTable(loop: Loop, body: readonly Dispatch[], counts: Counts): Uint32Array {
  const { alive } = loop
  if (alive === undefined) throw new InputError(`loop ${loop.label} is not counted by the device`)
  const words = (body.length * SLOT_BYTES) / 4
  const stride = words + 3 * body.length
  const table = new Uint32Array((alive.count.max + 1) * stride)
  for (let value = 0; value <= alive.count.max; value++) {
    const resolve = resolver(counts, undefined, { count: alive.count, value })
    const view = new DataView(table.buffer, value * stride * 4, words * 4)
    for (const [i, dispatch] of body.entries())
      table.set(value === 0 ? [0, 0, 0] : size(dispatch, resolve, view, i), value * stride + words + 3 * i)
  }
  return table
}
