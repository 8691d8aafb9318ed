// The texts of kernels/*.wgsl in a page: one module of texts, made by the build. Equal to what Node reads, by test.

import { KernelError, type KernelSource } from './kernel.ts'
import { KERNEL_TEXTS } from './kernel-texts.ts'

export const kernelSource: KernelSource = name => {
  const text = Object.hasOwn(KERNEL_TEXTS, name) ? KERNEL_TEXTS[name] : undefined
  if (text === undefined) throw new KernelError(`kernels/${name}.wgsl is not in this build; build it again`)
  return text
}
