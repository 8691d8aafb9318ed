// The installed Vulkan drivers: the JSON manifests that the Vulkan loader would find, and what each is by its name.
// Only reads; whether a driver works is found out by opening it. Knows nothing of WebGPU.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import type { AdapterKind } from '../adapter.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface Manifest {
  readonly path: string
  /** What its names say it is; what opens in the end is asked of the adapter itself. */
  readonly kind: AdapterKind
}

/**
 * The drivers of VK_DRIVER_FILES or VK_ICD_FILENAMES where one is set, else those of VK_ADD_DRIVER_FILES and of the loader's
 * standard folders; the latter only if they have something to drive.
 */
export function installedDrivers(env: Environment = process.env): Manifest[] {
  const given = env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES
  const paths = given
    ? split(given).flatMap(expand)
    : [...split(env.VK_ADD_DRIVER_FILES).flatMap(expand), ...standardFolders(env).flatMap(manifestsIn)]
  const found = [...new Set(paths)].map(read).filter(manifest => manifest !== undefined)
  return given ? found : found.filter(manifest => hasHardware(manifest))
}

/** Mesa's drivers for hardware; its lavapipe and its driver over Direct3D (dzn) are others. */
const MESA_HARDWARE = /^(asahi|broadcom|freedreno|gfxstream|intel|nouveau|panfrost|powervr_mesa|radeon|virtio)/

/**
 * Whether a driver has anything to drive: Mesa's go through the kernel's DRM devices, and where there are none they give no adapter
 * but complaints on stderr.
 */
export const hasHardware = ({ path }: Manifest, hasDrm = existsSync('/dev/dri')): boolean =>
  hasDrm || !MESA_HARDWARE.test(basename(path))

/** In the loader's order; the last one is where NixOS links its drivers. */
function standardFolders(env: Environment): string[] {
  const config = env.XDG_CONFIG_HOME || join(homedir(), '.config')
  const data = env.XDG_DATA_HOME || join(homedir(), '.local', 'share')
  const roots = [
    config,
    ...split(env.XDG_CONFIG_DIRS || '/etc/xdg'),
    '/etc',
    data,
    ...split(env.XDG_DATA_DIRS),
    '/usr/local/share',
    '/usr/share',
    '/run/opengl-driver/share',
  ]
  return [...new Set(roots)].map(root => join(root, 'vulkan', 'icd.d'))
}

const split = (paths: string | undefined): string[] => (paths ?? '').split(delimiter).filter(path => path !== '')

const expand = (path: string): string[] => (path.endsWith('.json') ? [path] : manifestsIn(path))

function manifestsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith('.json'))
      .sort()
      .map(name => join(folder, name))
  } catch {
    return []
  }
}

/** A manifest that this process could load: readable, and not for another word size. */
function read(path: string): Manifest | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    const library: unknown = JSON.parse(text)?.ICD?.library_path
    if (typeof library !== 'string') return undefined
    if (/"library_arch"\s*:\s*"32"/.test(text) || /[._-](i[36]86|x86|armhf)\.json$/.test(path)) return undefined
    return { path, kind: kindByName(`${basename(path)} ${basename(library)}`) }
  } catch {
    return undefined
  }
}

function kindByName(names: string): AdapterKind {
  if (/lvp|lavapipe|llvmpipe/i.test(names)) return 'lavapipe'
  return /swiftshader/i.test(names) ? 'swiftshader' : 'gpu'
}
