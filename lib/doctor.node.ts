// What `storyteller doctor` finds out: drivers and adapters of this machine, the chosen one, memory, what to install for a better
// one, and whether the chosen one computes right. Finds and measures only; it changes and installs nothing.

import { freemem, totalmem } from 'node:os'
import { DeviceError } from './core/errors.ts'
import { type AdapterKind, identityOf } from './gpu/adapter.ts'
import type { Device } from './gpu/device.ts'
import { lavapipeRemedy, missingDriverCure, type Remedy } from './gpu/driver/remedies.node.ts'
import { type FoundDriver, listDrivers, openAdapter } from './gpu/driver.node.ts'
import { openDeviceOn } from './gpu/open.node.ts'
import { type SavedTuning, savedTuning } from './gpu/saved-tuning.node.ts'
import { type Check, selfTest } from './nets/self-test.ts'

export interface ChosenAdapter {
  readonly kind: AdapterKind
  readonly label: string
  /** Why this one, in one sentence. */
  readonly why: string
  readonly notes: readonly string[]
  readonly features: readonly string[]
  readonly limits: Readonly<Record<string, number>>
  /** What `doctor --tune` measured, where it did: in effect on every device. */
  readonly tuned?: SavedTuning
}

export interface Diagnosis {
  readonly node: string
  /** "linux x64". */
  readonly platform: string
  /** In the order of preference. */
  readonly drivers: readonly FoundDriver[]
  readonly adapter?: ChosenAdapter
  /** Why there is no adapter, or why it gives no device. */
  readonly problem?: DeviceError
  /** Bytes; `budget` is what this program holds on the adapter at most, infinite where the adapter itself says when it is full. */
  readonly memory: { readonly free: number; readonly total: number; readonly budget?: number }
  /** For an adapter, or a better one. */
  readonly remedies: readonly Remedy[]
  /** The self-test on the chosen adapter; empty without one. */
  readonly checks: readonly Check[]
}

/** Examines this machine. A missing adapter is part of the result; what the self-test finds wrong is too. */
export async function diagnose(request?: string, signal?: AbortSignal): Promise<Diagnosis> {
  const drivers = await listDrivers()
  const base = {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    drivers,
    memory: { free: freemem(), total: totalmem() },
    remedies: remedies(drivers),
    checks: [],
  }
  try {
    const opened = await openAdapter(request)
    const { name: kind, label, why, notes } = opened
    const tuned = await savedTuning(identityOf(opened.adapter.info))
    const device = await openDeviceOn(opened, undefined, tuned?.tuning)
    try {
      const features = [...device.facts.features].sort()
      const adapter = { kind, label, why, notes, features, limits: limitsOf(device), ...(tuned && { tuned }) }
      const memory = { ...base.memory, budget: device.memory.limit }
      return { ...base, adapter, memory, checks: await selfTest(device, signal) }
    } finally {
      await device.dispose()
    }
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error
    return { ...base, problem: error }
  }
}

/** What helps: nothing where there is a hardware GPU or a working lavapipe. */
function remedies(drivers: readonly FoundDriver[]): Remedy[] {
  const works = drivers.filter(({ adapters }) => adapters.length > 0)
  if (works.some(({ kind }) => kind !== 'swiftshader')) return []
  const lavapipe = process.platform === 'linux' ? lavapipeRemedy() : undefined
  if (lavapipe !== undefined) return [lavapipe]
  return works.length > 0 ? [] : [{ advice: missingDriverCure() }]
}

const SHOWN_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupsPerDimension',
] as const

const limitsOf = ({ gpu }: Device): Record<string, number> =>
  Object.fromEntries(SHOWN_LIMITS.map(name => [name, gpu.limits[name]]))
