// Runs a loop of a plan: steps are submitted in chunks of about 100 ms, one chunk ahead of the device, so that abort and
// progress work and no watchdog bites. All that is read back in between is a record of 16 bytes a chunk.

import { AbortError } from '../core/errors.ts'
import type { Device } from '../gpu/device.ts'
import type { Dispatch, LoopPlan, Region } from './compiled.ts'
import { type Groups, RECORD_BYTES, SLOT_BYTES } from './sizes.ts'

/** The first four words of a loop's control tensor after a chunk. */
export interface LoopRecord {
  readonly steps: number
  readonly control: Uint32Array
}

export interface LoopRun {
  readonly steps: number
  /** Workgroups of each dispatch of the body at each step; unused where the device counts. */
  readonly groups: readonly (readonly Groups[])[]
  readonly control: Region | undefined
  readonly signal: AbortSignal | undefined
  readonly onRecord: ((record: LoopRecord) => void) | undefined
}

const CHUNK_MS = 100
const CHUNK_STEPS = 64
const FIRST_CHUNK = 4

export function aborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError('interrupted', { cause: signal.reason })
}

/** Runs all steps, or as many as the device wants. */
export async function runLoop(device: Device, plan: LoopPlan, run: LoopRun): Promise<void> {
  let chunk = FIRST_CHUNK
  let ahead: Promise<boolean> | undefined
  let newest: Promise<boolean> | undefined
  let last = performance.now()
  try {
    for (let done = 0, turn = 0; done < run.steps; turn++) {
      aborted(run.signal)
      const steps = Math.min(chunk, run.steps - done)
      const record = plan.counted?.records[turn % 2 === 0 ? 0 : 1]
      submitChunk(device, plan, run, done, steps, record)
      done += steps
      newest = chunkDone(device, run, done, record)
      if (ahead !== undefined) {
        const goesOn = await ahead
        const now = performance.now()
        chunk = nextChunk(chunk, now - last)
        last = now
        if (!goesOn) break
      }
      ahead = newest
    }
    await newest
  } finally {
    // However it ends: no read is left under way, for its buffer serves the next run, and none fails unheard.
    await Promise.allSettled([ahead, newest])
  }
}

/** Steps of the next chunk: towards CHUNK_MS, CHUNK_STEPS at most, never more than twice as many as before. */
export const nextChunk = (steps: number, ms: number): number =>
  Math.max(1, Math.min(CHUNK_STEPS, 2 * steps, Math.round((steps * CHUNK_MS) / Math.max(ms, 0.1))))

/** Resolves when the chunk is done, to whether the loop goes on. */
async function chunkDone(device: Device, run: LoopRun, steps: number, record: GPUBuffer | undefined): Promise<boolean> {
  if (record === undefined) {
    await device.idle()
    return true
  }
  const control = new Uint32Array(await device.readMapped(record))
  run.onRecord?.({ steps, control })
  return control[0] !== 0
}

function submitChunk(
  device: Device,
  plan: LoopPlan,
  run: LoopRun,
  first: number,
  steps: number,
  record: GPUBuffer | undefined,
): void {
  const encoder = device.gpu.createCommandEncoder({ label: plan.loop.label })
  const pass = encoder.beginComputePass({ label: plan.loop.label })
  for (let step = first; step < first + steps; step++) encodeStep(pass, plan, run.groups, step)
  pass.end()
  if (record !== undefined && run.control !== undefined)
    encoder.copyBufferToBuffer(run.control.buffer, run.control.offset, record, 0, RECORD_BYTES)
  device.gpu.queue.submit([encoder.finish()])
}

export function encodeStep(
  pass: GPUComputePassEncoder,
  { body, counted }: LoopPlan,
  all: LoopRun['groups'],
  step: number,
): void {
  for (const [i, dispatch] of body.entries()) {
    if (counted !== undefined) {
      bind(pass, dispatch, step, dispatch.slot)
      pass.dispatchWorkgroupsIndirect(counted.workgroups, 12 * i)
      continue
    }
    const groups = all[step]?.[i]
    if (groups === undefined || groups.includes(0)) continue
    bind(pass, dispatch, step, dispatch.slot + step)
    pass.dispatchWorkgroups(...groups)
  }
  if (counted !== undefined) {
    bind(pass, counted.next, step, counted.next.slot)
    pass.dispatchWorkgroups(1)
  }
}

/** Sets pipeline and bind group; odd steps take the other set, in which carried states have changed places. */
export function bind(pass: GPUComputePassEncoder, dispatch: Dispatch, step: number, slot: number): void {
  pass.setPipeline(dispatch.pipeline.compute)
  pass.setBindGroup(0, step % 2 === 0 ? dispatch.groups[0] : dispatch.groups[1], [slot * SLOT_BYTES])
}
