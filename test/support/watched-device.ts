// Devices that tell or pretend: one that counts what is made on it, one whose bindings hold little, so that small tensors meet the
// limits of large ones, one that passes for a GPU. All are the test's own adapter behind a proxy.

import { Device } from '../../lib/gpu/device.ts'
import { openAdapter } from '../../lib/gpu/driver.node.ts'
import { kernelSource } from '../../lib/gpu/kernel-source.node.ts'

/** `target` with some properties replaced; methods are called on the real thing. */
const dressed = <T extends object>(target: T, replaced: Readonly<Record<string, unknown>>): T =>
  new Proxy(target, {
    get(_, key) {
      if (typeof key === 'string' && key in replaced) return replaced[key]
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

async function open(dress: (gpu: GPUDevice) => GPUDevice): Promise<Device> {
  const { adapter, label } = await openAdapter()
  const requestDevice = async (wanted: GPUDeviceDescriptor) => dress(await adapter.requestDevice(wanted))
  return Device.open(dressed(adapter, { requestDevice }), { label, kernelSource })
}

/** A device that says one binding holds `bytes`. */
export const smallBindingDevice = (bytes: number): Promise<Device> =>
  open(gpu => dressed(gpu, { limits: dressed(gpu.limits, { maxStorageBufferBindingSize: bytes }) }))

/** A device for which the kernels of GPUs are chosen. */
export const supposedGpu = (): Promise<Device> =>
  open(gpu => {
    const named = { vendor: 'supposed', architecture: '', device: '', description: '', isFallbackAdapter: false }
    return dressed(gpu, { adapterInfo: dressed(gpu.adapterInfo, named) })
  })

/** A device, and the labels of what has been made on it by each method since it was opened. */
export async function watchedDevice(): Promise<{ device: Device; made: Map<string, string[]> }> {
  const made = new Map<string, string[]>()
  const note =
    (
      gpu: GPUDevice,
      method: 'createBuffer' | 'createBindGroup' | 'createShaderModule' | 'createComputePipelineAsync',
    ) =>
    (wanted: GPUObjectDescriptorBase) => {
      made.set(method, [...(made.get(method) ?? []), wanted.label ?? ''])
      return (gpu[method] as (wanted: GPUObjectDescriptorBase) => unknown).call(gpu, wanted)
    }
  const methods = ['createBuffer', 'createBindGroup', 'createShaderModule', 'createComputePipelineAsync'] as const
  const device = await open(gpu => dressed(gpu, Object.fromEntries(methods.map(m => [m, note(gpu, m)]))))
  return { device, made }
}
