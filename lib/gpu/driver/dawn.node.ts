// Dawn, seen from the drivers' side: point the Vulkan loader at some drivers, make an instance, ask for an adapter.
// Invariants: every GPU object that is made here is held to the end of the process (Dawn aborts where one is collected while
// anything made from it lives); the environment is set before each instance, which is when the loader reads it.

import { constants } from 'node:os'
import { DeviceError } from '../../core/errors.ts'

type Create = (options: string[]) => GPU

/** Which drivers an instance sees. Undefined: whatever the platform has (Metal, Direct3D). */
export interface DriverSet {
  readonly manifests: readonly string[]
  /** A libvulkan.so.1 by path, used where the system has none. */
  readonly loader?: string | undefined
  /** Libraries that the drivers need and that the system may lack, by path, each after those that it needs itself. */
  readonly libraries?: readonly string[]
}

export interface Instance {
  readonly gpu: GPU
  readonly adapter: GPUAdapter
}

/** glibc's RTLD_NODELETE, which Node does not name: the library stays loaded although it is no addon. */
const RTLD_NODELETE = 0x1000

const held: GPU[] = []
let dawn: Promise<Create> | undefined

async function loadDawn(): Promise<Create> {
  dawn ??= import('webgpu').then(
    ({ create, globals }) => {
      Object.assign(globalThis, globals)
      return create
    },
    (cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new DeviceError(
        `WebGPU cannot be loaded on ${process.platform} ${process.arch} (${reason}); the package webgpu has it for macOS, Windows and Linux with glibc, x64 and arm64`,
        { cause },
      )
    },
  )
  return dawn
}

/** Makes an instance over these drivers and asks for its best adapter; undefined where there is none. */
export async function openInstance(drivers?: DriverSet, adapterName?: string): Promise<Instance | undefined> {
  const create = await prepare(drivers)
  const gpu = create([...backend(drivers), ...(adapterName === undefined ? [] : [`adapter=${adapterName}`])])
  held.push(gpu)
  const adapter = await requestAdapter(gpu)
  return adapter === null ? undefined : { gpu, adapter }
}

export const requestAdapter = (gpu: GPU): Promise<GPUAdapter | null> =>
  gpu.requestAdapter({ powerPreference: 'high-performance' })

/** The full names of the adapters over these drivers. Dawn tells them only when asked for one that does not exist. */
export async function adapterNames(drivers?: DriverSet): Promise<string[]> {
  const create = await prepare(drivers)
  const gpu = create([...backend(drivers), 'adapter=\u0001none'])
  held.push(gpu)
  try {
    await gpu.requestAdapter()
    return []
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return Array.from(text.matchAll(/^ \* backend: '.*', name: '(.*)'$/gm), match => match[1] ?? '')
  }
}

const backend = (drivers: DriverSet | undefined): string[] => (drivers === undefined ? [] : ['backend=vulkan'])

function prepare(drivers: DriverSet | undefined): Promise<Create> {
  if (drivers !== undefined) {
    useOnly(drivers.manifests)
    // Found by its name from then on: a library that needs one that is loaded takes that.
    for (const library of drivers.libraries ?? []) load(library, RTLD_NODELETE, constants.dlopen.RTLD_LAZY)
    if (drivers.loader !== undefined) load(drivers.loader)
  }
  return loadDawn()
}

/** In the main thread `process.env` is the C environment, which the loader reads at every new instance. */
function useOnly(manifests: readonly string[]): void {
  const list = manifests.join(':')
  process.env.VK_DRIVER_FILES = list
  process.env.VK_ICD_FILENAMES = list
  for (const name of ['VK_ADD_DRIVER_FILES', 'VK_LOADER_DRIVERS_SELECT', 'VK_LOADER_DRIVERS_DISABLE'])
    delete process.env[name]
}

/** Whether the system has a Vulkan loader that this process could use. */
export const hasSystemLoader = (): boolean => load('libvulkan.so.1', 0)

/**
 * Loads a shared library. It is no addon, so Node always throws; only the message tells a library that is there from one
 * that is not. Kept loaded, it is what Dawn's own dlopen("libvulkan.so.1") finds, by its soname.
 */
function load(
  library: string,
  flags = constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE,
  when = constants.dlopen.RTLD_NOW,
): boolean {
  try {
    process.dlopen({ exports: {} }, library, when | flags)
    return true
  } catch (error) {
    return error instanceof Error && error.message.startsWith('Module did not self-register')
  }
}
