// Opens a device in a page: the browser chooses driver and adapter.

import { openBrowserAdapter } from './adapter.ts'
import { Device } from './device.ts'
import { kernelSource } from './kernel-source.browser.ts'

/** A device on the page's adapter. `request`: 'auto' or 'gpu'; `memoryLimit` in bytes. @throws DeviceError */
export async function openDevice(request?: string, memoryLimit?: number): Promise<Device> {
  const { adapter, label } = await openBrowserAdapter(request)
  return Device.open(adapter, { label, kernelSource, memoryLimit })
}
