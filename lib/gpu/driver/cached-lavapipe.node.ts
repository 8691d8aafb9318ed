// The lavapipe that `doctor --fix` keeps in the cache: one flat folder with the driver, the Vulkan loader, those of their libraries that
// the system lacks, and a list of them. Invariant: the folder appears under its name only when it is whole and was tried out.

import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheHome } from '../../core/cache-home.node.ts'
import { DeviceError } from '../../core/errors.ts'
import { libraryNames } from './elf.node.ts'

export interface CachedLavapipe {
  readonly folder: string
  /** Its Vulkan manifest. */
  readonly manifest: string
  /** Its libvulkan.so.1. */
  readonly loader: string
  /** Its other libraries by path, each after those that it needs. */
  readonly libraries: readonly string[]
  /** The packages it was made from: "mesa-vulkan-drivers 25.0.7-2~bpo12+1". */
  readonly packages: readonly string[]
}

interface Contents {
  readonly packages: readonly string[]
  /** Names and sizes, each library after those that it needs. */
  readonly files: readonly (readonly [name: string, bytes: number])[]
}

const DRIVER = 'libvulkan_lvp.so'
const LOADER = 'libvulkan.so.1'
const MANIFEST = 'lvp_icd.json'
/** Written last. */
const CONTENTS = 'contents.json'

export const lavapipeFolder = (home = cacheHome()): string => join(home, 'drivers', 'lavapipe')

/** What is in the cache; undefined where nothing is, or where a file of it is gone or cut short. */
export function cachedLavapipe(home = cacheHome()): CachedLavapipe | undefined {
  const folder = lavapipeFolder(home)
  try {
    const { packages, files } = JSON.parse(readFileSync(join(folder, CONTENTS), 'utf8')) as Contents
    if (!files.every(([name, bytes]) => statSync(join(folder, name)).size === bytes)) return undefined
    const libraries = files.map(([name]) => name).filter(name => ![DRIVER, LOADER, MANIFEST].includes(name))
    return {
      folder,
      manifest: join(folder, MANIFEST),
      loader: join(folder, LOADER),
      libraries: libraries.map(name => join(folder, name)),
      packages,
    }
  } catch {
    return undefined
  }
}

/** Removes it from the cache; false where it is not there. */
export async function removeCachedLavapipe(home = cacheHome()): Promise<boolean> {
  const folder = lavapipeFolder(home)
  if (!existsSync(folder)) return false
  await rm(folder, { recursive: true, force: true })
  return true
}

/**
 * Fills `folder` from packages unpacked below `root`: the driver, the loader, and what they need of what is there.
 * @throws DeviceError where driver or loader are not among them.
 */
export function assemble(root: string, folder: string, packages: readonly string[]): void {
  const found = librariesBelow(root)
  for (const name of [DRIVER, LOADER])
    if (!found.has(name))
      throw new DeviceError(`the packages ${packages.join(', ')} have no ${name}; this distribution keeps it elsewhere`)
  const names = inOrder([DRIVER, LOADER], found)
  for (const name of names) copyFileSync(found.get(name) ?? '', join(folder, name))
  // A path with a slash is relative to the manifest: the folder can be moved.
  const manifest = { file_format_version: '1.0.0', ICD: { library_path: `./${DRIVER}`, api_version: '1.3.0' } }
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`)
  const files = [...names, MANIFEST].map(name => [name, statSync(join(folder, name)).size] as const)
  writeFileSync(join(folder, CONTENTS), `${JSON.stringify({ packages, files } satisfies Contents, null, 2)}\n`)
}

/** Shared libraries by the names that others need them by. */
function librariesBelow(root: string): Map<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => /\.so(\.|$)/.test(entry.name) && (entry.isFile() || entry.isSymbolicLink()))
    .map(entry => ({ name: entry.name, path: join(entry.parentPath, entry.name) }))
  return new Map(files.filter(({ path }) => existsSync(path)).map(({ name, path }) => [name, path]))
}

/** These libraries and, before each, what it needs of those that were found. */
function inOrder(wanted: readonly string[], found: ReadonlyMap<string, string>): string[] {
  const order: string[] = []
  const seen = new Set<string>()
  const visit = (name: string): void => {
    const path = found.get(name)
    if (path === undefined || seen.has(name)) return
    seen.add(name)
    for (const other of libraryNames(path).needed) visit(other)
    order.push(name)
  }
  for (const name of wanted) visit(name)
  return order
}
