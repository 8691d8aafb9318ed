// Opens a device in Node: the driver is chosen first, then the adapter, then the device. One adapter a process.

import { openAdapter } from './driver.node.ts'
import { Device } from './device.ts'
import { kernelSource } from './kernel-source.node.ts'

/** A device on the wanted adapter: 'auto', 'gpu', 'lavapipe', 'swiftshader' or a part of an adapter's name. */
export async function openDevice(request?: string, memoryLimit?: number): Promise<Device> {
  const { adapter, label } = await openAdapter(request)
  return Device.open(adapter, { label, kernelSource, memoryLimit })
}
