// The embedded Vulkan driver: SwiftShader as npm's @sparticuz/chromium carries it, unpacked once into the cache folder.
// Invariants: the folder is complete or absent, also with several processes at once; no code of that package is run.

import { createReadStream } from 'node:fs'
import { access, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'
import tar from 'tar-fs'
import { cacheHome } from '../../core/cache-home.node.ts'
import { DeviceError } from '../../core/errors.ts'

export interface EmbeddedDriver {
  /** What VK_ICD_FILENAMES points at. */
  readonly manifest: string
  /** Path of its own libvulkan.so.1, for systems that have no Vulkan loader. */
  readonly loader: string
}

const PACKAGE = '@sparticuz/chromium'
const MANIFEST = 'vk_swiftshader_icd.json'
const LOADER = 'libvulkan.so.1'
const FILES: readonly string[] = [MANIFEST, LOADER, 'libvk_swiftshader.so']

/** Whether a driver is embedded for this platform; the archive holds Linux x64 binaries. */
export const hasEmbeddedDriver = (platform: string = process.platform, arch: string = process.arch): boolean =>
  platform === 'linux' && arch === 'x64'

/** The embedded driver, unpacked first where it is not in the cache yet. @throws DeviceError where it cannot be. */
export async function embeddedDriver(home = cacheHome()): Promise<EmbeddedDriver> {
  const archive = archivePath()
  const folder = join(home, 'drivers', `swiftshader-${await archiveKey(archive)}`)
  if (!(await isComplete(folder))) await unpack(archive, folder)
  return { manifest: join(folder, MANIFEST), loader: join(folder, LOADER) }
}

function archivePath(): string {
  try {
    // The main file is build/cjs/index.cjs: resolving it runs nothing, and the package exports no other path.
    const main = createRequire(import.meta.url).resolve(PACKAGE)
    return join(dirname(main), '..', '..', 'bin', 'swiftshader.tar.br')
  } catch (cause) {
    throw new DeviceError(`the package ${PACKAGE}, which carries the embedded driver, is missing; run "npm ci"`, {
      cause,
    })
  }
}

/** Version and size: they change whenever the archive does, and cost no reading of it. */
async function archiveKey(archive: string): Promise<string> {
  try {
    const about: unknown = JSON.parse(await readFile(join(dirname(archive), '..', 'package.json'), 'utf8'))
    const version = typeof about === 'object' && about !== null && 'version' in about ? about.version : 'unknown'
    return `${version}-${(await stat(archive)).size}`
  } catch (cause) {
    throw new DeviceError(`the package ${PACKAGE} carries no ${basename(archive)}; run "npm ci"`, { cause })
  }
}

const isComplete = async (folder: string): Promise<boolean> => {
  const there = await Promise.allSettled(FILES.map(name => access(join(folder, name))))
  return there.every(result => result.status === 'fulfilled')
}

async function unpack(archive: string, folder: string): Promise<void> {
  let temporary: string | undefined
  try {
    await mkdir(dirname(folder), { recursive: true })
    temporary = await mkdtemp(`${folder}.tmp-`)
    const extract = tar.extract(temporary, { ignore: (_path, header) => !FILES.includes(basename(header?.name ?? '')) })
    await pipeline(createReadStream(archive), createBrotliDecompress(), extract)
    if (!(await isComplete(temporary))) throw new Error(`the archive lacks one of ${FILES.join(', ')}`)
    await moveIntoPlace(temporary, folder)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DeviceError(
      `the embedded driver cannot be unpacked into ${dirname(folder)} (${reason}); set STORYTELLER_HOME to a folder that can be written`,
      { cause },
    )
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true })
  }
}

/** Another process may have been faster: then its folder stays, and what is here is dropped by the caller. */
async function moveIntoPlace(temporary: string, folder: string): Promise<void> {
  try {
    await rename(temporary, folder)
  } catch (error) {
    if (await isComplete(folder)) return
    // What is in the way is half a folder (somebody deleted files in it): it is replaced.
    await rm(folder, { recursive: true, force: true })
    await rename(temporary, folder).catch(async () => {
      if (!(await isComplete(folder))) throw error
    })
  }
}
