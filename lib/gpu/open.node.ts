// Opens a device in Node: the driver is chosen first, then the adapter, then the device. One adapter a process.

import { totalmem } from 'node:os'
import { type AdapterKind, identityOf, type OpenedAdapter } from './adapter.ts'
import { Device } from './device.ts'
import { openAdapter } from './driver.node.ts'
import { kernelSource } from './kernel-source.node.ts'
import { patiently } from './patience.node.ts'
import { savedTuning } from './saved-tuning.node.ts'
import type { Tuning } from './tuning.ts'

/** The share of main memory that a software adapter may take. */
const SHARE = 0.75

/** A device on the wanted adapter: 'auto', 'gpu', 'lavapipe', 'swiftshader' or a part of an adapter's name. */
export async function openDevice(request?: string, memoryLimit?: number): Promise<Device> {
  return openDeviceOn(await openAdapter(request), memoryLimit)
}

/**
 * A device on an adapter that is open. `memoryLimit` in bytes; without one the budget for its kind. `tuning`: by default what the cache
 * has for this adapter.
 */
export async function openDeviceOn(
  { adapter, name, label }: OpenedAdapter,
  memoryLimit: number = memoryBudget(name),
  tuning?: Tuning,
): Promise<Device> {
  const chosen = tuning ?? (await savedTuning(identityOf(adapter.info)))?.tuning
  return Device.open(adapter, { label, kernelSource, memoryLimit, patiently, tuning: chosen })
}

/**
 * Bytes to hold on an adapter at most. A software adapter takes them from main memory and never reports that it ran out, so the
 * line is drawn here, within what the system or the container allows; a GPU reports for itself.
 */
export function memoryBudget(
  kind: AdapterKind,
  total: number = totalmem(),
  constrained: number = process.constrainedMemory(),
): number {
  if (kind === 'gpu') return Number.POSITIVE_INFINITY
  return Math.floor(SHARE * Math.min(total, constrained > 0 ? constrained : total))
}
