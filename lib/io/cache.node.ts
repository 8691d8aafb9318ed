// The cache folder: where converted and pulled bundles live by name, and the key that says whether a folder of original
// files has been converted already. Invariant: a name never leads out of the cache. Knows nothing of tensors.

import { createHash } from 'node:crypto'
import { lstat, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { cacheHome } from '../core/cache-home.node.ts'
import { InputError } from '../core/errors.ts'
import { readWhole } from './bytes.node.ts'
import { MANIFEST_FILE, MANIFEST_LIMIT, type Manifest, parseManifest } from './manifest.ts'

const bundlesIn = (home: string): string => join(home, 'bundles')

/** The folder of the bundle `name`, whether it exists or not. @throws InputError where it is no plain name. */
export function bundlePath(name: string, home = cacheHome()): string {
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_.+-]{0,127}$/u.test(name))
    throw new InputError(`"${name}" is not a bundle's name; "storyteller ls" lists those in the cache`)
  return join(bundlesIn(home), name)
}

export interface CachedBundle {
  readonly name: string
  readonly dir: string
  /** Bytes of all its files. */
  readonly bytes: number
  readonly manifest?: Manifest
  /** Why its manifest cannot be read, where it cannot. */
  readonly problem?: string
}

/** The bundles in the cache by name; damaged ones are listed with their problem. */
export async function listBundles(home = cacheHome()): Promise<CachedBundle[]> {
  const entries = await readdir(bundlesIn(home), { withFileTypes: true }).catch(() => [])
  const names = entries.filter(e => e.isDirectory() && !e.name.startsWith('.')).map(e => e.name)
  return Promise.all(names.sort().map(name => describe(name, join(bundlesIn(home), name))))
}

/** One bundle of the cache. @throws InputError, naming those there are, where it has none of this name. */
export async function showBundle(name: string, home = cacheHome()): Promise<CachedBundle> {
  const dir = bundlePath(name, home)
  if (!(await isFolder(dir))) throw new InputError(await noSuchBundle(name, home))
  return describe(name, dir)
}

/** Deletes a bundle of the cache and gives what it was; it is out of sight at once, even if deleting is interrupted. */
export async function removeBundle(name: string, home = cacheHome()): Promise<CachedBundle> {
  const bundle = await showBundle(name, home)
  const doomed = join(bundlesIn(home), `.${name}.removed-${process.pid}`)
  await rename(bundle.dir, doomed)
  await rm(doomed, { recursive: true, force: true })
  return bundle
}

/**
 * A name for the bundle that a folder of original files is converted into: it changes when a file of the folder is
 * added, removed, renamed or changed (by size and time), or when `options` differ.
 */
export async function sourceName(folder: string, options: Readonly<Record<string, string>> = {}): Promise<string> {
  const stem =
    basename(resolve(folder))
      .replace(/[^\p{L}\p{N}_-]+/gu, '-')
      .replace(/^-+/, '') || 'model'
  return `${stem.slice(0, 60)}-${(await sourceKey([folder], options)).slice(0, 12)}`
}

/**
 * A key of files as they are now: their names, sizes and times; a folder stands for all files below it that are
 * not hidden. 64 hexadecimal digits.
 * @throws InputError where one does not exist.
 */
export async function sourceKey(
  paths: readonly string[],
  options: Readonly<Record<string, string>> = {},
): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) {
    const lines = await describeFiles(path)
    for (const line of lines.sort()) hash.update(`${line}\n`)
    hash.update('\n')
  }
  for (const key of Object.keys(options).sort()) hash.update(`${key}=${options[key]}\n`)
  return hash.digest('hex')
}

async function describeFiles(path: string): Promise<string[]> {
  const whole = await stat(path).catch(error => {
    throw new InputError(`${path}: cannot be read; check the path`, { cause: error })
  })
  if (!whole.isDirectory()) return [JSON.stringify([basename(path), whole.size, whole.mtimeMs])]
  // With types, so that no link to a folder is followed: it may lead back.
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(cause => {
    throw new InputError(`${path}: cannot be listed; check its permissions`, { cause })
  })
  const lines = await Promise.all(
    entries.map(async entry => {
      const name = relative(path, join(entry.parentPath, entry.name))
      // What is being made below the folder is hidden until it is whole.
      if (name.split(sep).some(part => part.startsWith('.'))) return undefined
      const file = entry.isDirectory() ? undefined : await stat(join(path, name)).catch(() => undefined)
      return file?.isFile() ? JSON.stringify([name, file.size, file.mtimeMs]) : undefined
    }),
  )
  return lines.filter(line => line !== undefined)
}

async function describe(name: string, dir: string): Promise<CachedBundle> {
  const bytes = await folderBytes(dir)
  const path = join(dir, MANIFEST_FILE)
  try {
    return {
      name,
      dir,
      bytes,
      manifest: parseManifest(
        new TextDecoder().decode(await readWhole(path, MANIFEST_LIMIT, 'convert the files again')),
        path,
      ),
    }
  } catch (error) {
    return { name, dir, bytes, problem: error instanceof Error ? error.message : String(error) }
  }
}

async function folderBytes(dir: string): Promise<number> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true })
  const sizes = await Promise.all(
    entries.filter(e => e.isFile()).map(async e => (await lstat(join(e.parentPath, e.name))).size),
  )
  return sizes.reduce((n, bytes) => n + bytes, 0)
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true

async function noSuchBundle(name: string, home: string): Promise<string> {
  const there = (await listBundles(home)).map(b => b.name)
  const cure = there.length
    ? `there are ${there.join(', ')}`
    : 'the cache is empty; "storyteller convert" or "pull" fills it'
  return `no bundle ${name} in ${bundlesIn(home)}; ${cure}`
}
