// The facts about an adapter that a choice among kernels may rest on. Nothing else about it may be assumed.

import { kindOf } from './adapter.ts'
import type { Tuning } from './tuning.ts'

export interface AdapterFacts {
  /** A hardware GPU, not a CPU in its place: workgroup memory is fast there, and thousands of threads hide what loads cost. */
  readonly isHardware: boolean
  readonly features: ReadonlySet<string>
  readonly subgroupMinSize: number
  readonly subgroupMaxSize: number
  readonly maxInvocations: number
  /** What was measured on it, or the defaults. */
  readonly tuning: Tuning
}

export const factsOf = (gpu: GPUDevice, tuning: Tuning): AdapterFacts => ({
  isHardware: gpu.adapterInfo !== undefined && kindOf(gpu.adapterInfo) === 'gpu',
  features: new Set(gpu.features),
  subgroupMinSize: gpu.adapterInfo?.subgroupMinSize ?? 4,
  subgroupMaxSize: gpu.adapterInfo?.subgroupMaxSize ?? 128,
  maxInvocations: gpu.limits.maxComputeInvocationsPerWorkgroup,
  tuning,
})
