// The facts about an adapter that a choice among kernels may rest on. Nothing else about it may be assumed.

export interface AdapterFacts {
  readonly features: ReadonlySet<string>
  readonly subgroupMinSize: number
  readonly subgroupMaxSize: number
  readonly maxInvocations: number
}

export const factsOf = (gpu: GPUDevice): AdapterFacts => ({
  features: new Set(gpu.features),
  subgroupMinSize: gpu.adapterInfo?.subgroupMinSize ?? 4,
  subgroupMaxSize: gpu.adapterInfo?.subgroupMaxSize ?? 128,
  maxInvocations: gpu.limits.maxComputeInvocationsPerWorkgroup,
})
