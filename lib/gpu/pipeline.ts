// Compiles a kernel. The bind-group layout is explicit and read off the text; Params always has a dynamic offset, so that
// a loop's steps differ by an offset alone.

import { type BindingKind, type Kernel, KernelError } from './kernel.ts'

export interface Pipeline {
  readonly kernel: Kernel
  readonly compute: GPUComputePipeline
  readonly layout: GPUBindGroupLayout
}

const entryLayout = (kind: BindingKind): Partial<GPUBindGroupLayoutEntry> => {
  switch (kind) {
    case 'uniform':
      return { buffer: { type: 'uniform', hasDynamicOffset: true } }
    case 'read':
      return { buffer: { type: 'read-only-storage' } }
    case 'write':
      return { buffer: { type: 'storage' } }
    case 'texture':
      return { storageTexture: { access: 'read-only', format: 'rgba32float' } }
    case 'texture-write':
      return { storageTexture: { access: 'write-only', format: 'rgba32float' } }
  }
}

export function layoutOf(gpu: GPUDevice, kernel: Kernel): GPUBindGroupLayout {
  const entries = kernel.bindings.map(({ index, kind }) => ({
    binding: index,
    visibility: GPUShaderStage.COMPUTE,
    ...entryLayout(kind),
  }))
  return gpu.createBindGroupLayout({ label: kernel.name, entries })
}

/** Compiles asynchronously; the compiler's own messages come with the kernel's name and line. */
export async function buildPipeline(gpu: GPUDevice, kernel: Kernel): Promise<Pipeline> {
  const missing = kernel.features.filter(feature => !gpu.features.has(feature))
  if (missing.length > 0)
    throw new KernelError(`${kernel.name}.wgsl needs ${missing.join(', ')}, which this adapter lacks`)
  gpu.pushErrorScope('validation')
  const module = gpu.createShaderModule({ label: kernel.name, code: kernel.code })
  const layout = layoutOf(gpu, kernel)
  const pipelineLayout = gpu.createPipelineLayout({ label: kernel.name, bindGroupLayouts: [layout] })
  const compiled = gpu.createComputePipelineAsync({
    label: kernel.name,
    layout: pipelineLayout,
    compute: { module, constants: { ...kernel.overrides } },
  })
  const scope = gpu.popErrorScope()
  try {
    // Together: where the device is lost both reject, and neither may go unheard.
    const [compute, error] = await Promise.all([compiled, scope])
    if (error !== null) throw new Error(error.message)
    return { kernel, compute, layout }
  } catch (cause) {
    const { messages } = await module.getCompilationInfo()
    const where = messages.map(m => `${kernel.name}.wgsl:${m.lineNum}:${m.linePos} ${m.message}`).join('\n')
    throw new KernelError(`${kernel.name}.wgsl does not compile\n${where || String(cause)}`, { cause })
  }
}
