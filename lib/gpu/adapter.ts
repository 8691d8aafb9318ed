// What opening an adapter gives, wherever it came from, and the browser's way of opening one. Portable: drivers and files are
// Node's business (driver.node.ts). Invariant: `gpu` is held by whoever opened it for as long as anything made from it lives.

import { DeviceError } from '../core/errors.ts'

/** The kinds of adapter, in the order of preference. */
export const ADAPTER_KINDS = ['gpu', 'lavapipe', 'swiftshader'] as const
export type AdapterKind = (typeof ADAPTER_KINDS)[number]

export interface OpenedAdapter {
  readonly gpu: GPU
  readonly adapter: GPUAdapter
  readonly name: AdapterKind
  /** What people see of it: "SwiftShader", "llvmpipe (LLVM 19.1.7, 256 bits)", … */
  readonly label: string
  /** Why this one, in one sentence. */
  readonly why: string
  /** What the user might want to know: drivers that did not work, settings that were corrected. */
  readonly notes: readonly string[]
}

/** All that an adapter says of itself; the description names the driver's version where a driver tells it. */
export const identityOf = ({ vendor, architecture, device, description }: GPUAdapterInfo): string =>
  `${vendor} ${architecture} ${device} ${description}`

/** Which kind an adapter is, by what it says of itself. */
export function kindOf(info: GPUAdapterInfo): AdapterKind {
  const words = identityOf(info).toLowerCase()
  if (/llvmpipe|lavapipe/.test(words)) return 'lavapipe'
  // A fallback adapter that is not Mesa's is SwiftShader, or one (Microsoft's WARP) that is as slow.
  return info.isFallbackAdapter || words.includes('swiftshader') ? 'swiftshader' : 'gpu'
}

/** What the embedded driver's adapter is called. */
export const EMBEDDED = 'SwiftShader'

/** The readable part of what an adapter says of itself; browsers may hide all of it. */
export function labelOf(info: GPUAdapterInfo): string {
  if (info.architecture === 'swiftshader') return EMBEDDED
  const model = [info.vendor, info.device || info.architecture].filter(part => part !== '').join(' ')
  // Drivers of GPUs describe themselves, and not what they drive; Mesa's description of lavapipe has it all.
  if (kindOf(info) === 'gpu' && info.device !== '' && info.description !== '')
    return `${info.device} (${info.description})`
  return info.description || model || 'GPU'
}

/**
 * The browser's adapter. `request`: 'auto', or 'gpu' to refuse a software adapter; pages cannot choose among drivers.
 * @throws DeviceError where the page has no WebGPU, or no adapter of the wanted kind.
 */
export async function openBrowserAdapter(request = 'auto'): Promise<OpenedAdapter> {
  if (request !== 'auto' && request !== 'gpu')
    throw new DeviceError(`a page cannot choose the adapter "${request}"; use "auto" or "gpu"`)
  const gpu = globalThis.navigator?.gpu
  if (gpu === undefined)
    throw new DeviceError('this browser has no WebGPU here; use a current one, and a page served by https or localhost')
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) throw new DeviceError('this browser finds no WebGPU adapter; chrome://gpu tells why in Chrome')
  const name = kindOf(adapter.info)
  if (request === 'gpu' && name !== 'gpu')
    throw new DeviceError(`the only adapter is ${labelOf(adapter.info)}, in software; use "auto" to run on it`)
  return { gpu, adapter, name, label: labelOf(adapter.info), why: 'the browser chose it', notes: [] }
}
