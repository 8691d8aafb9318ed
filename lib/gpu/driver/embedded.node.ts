// The embedded Vulkan driver: SwiftShader as npm's @sparticuz/chromium carries it, unpacked once into the cache folder.
// Invariants: what is used is whole, by its checksums, also with several processes at once; no code of that package is run.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
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
/** Written last, in the format of sha256sum: what was unpacked. */
const SUMS = 'SHA256SUMS'

/** Whether a driver is embedded for this platform; the archive holds Linux x64 binaries. */
export const hasEmbeddedDriver = (platform: string = process.platform, arch: string = process.arch): boolean =>
  platform === 'linux' && arch === 'x64'

/** The embedded driver, unpacked first where it is not in the cache yet. @throws DeviceError where it cannot be. */
export async function embeddedDriver(home = cacheHome()): Promise<EmbeddedDriver> {
  const archive = archivePath()
  const folder = join(home, 'drivers', `swiftshader-${await archiveKey(archive)}`)
  if (!(await isWhole(folder))) await unpack(archive, folder)
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

/** Whether the folder is as it was unpacked. Reading all of it costs some 10 ms; loading damaged code costs the process. */
async function isWhole(folder: string): Promise<boolean> {
  try {
    return (await readFile(join(folder, SUMS), 'utf8')) === (await sums(folder))
  } catch {
    return false
  }
}

async function sums(folder: string): Promise<string> {
  const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
  const lines = FILES.map(async name => `${hash(await readFile(join(folder, name)))}  ${name}\n`)
  return (await Promise.all(lines)).join('')
}

async function unpack(archive: string, folder: string): Promise<void> {
  let temporary: string | undefined
  try {
    await mkdir(dirname(folder), { recursive: true })
    temporary = await mkdtemp(`${folder}.tmp-`)
    const ignore = (_path: string, header?: { name: string }): boolean => !FILES.includes(basename(header?.name ?? ''))
    const extract = tar.extract(temporary, { ignore, map: asOwn })
    await pipeline(createReadStream(archive), createBrotliDecompress(), extract)
    await writeFile(join(temporary, SUMS), await sums(temporary))
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

/** Files belong to whoever unpacks them, not to the user that the archive names by number. */
const asOwn = (header: tar.Headers): tar.Headers => ({
  ...header,
  uid: process.getuid?.() ?? header.uid,
  gid: process.getgid?.() ?? header.gid,
})

/** Another process may have been faster: then its folder stays, and what is here is dropped by the caller. */
async function moveIntoPlace(temporary: string, folder: string): Promise<void> {
  try {
    await rename(temporary, folder)
  } catch (error) {
    if (await isWhole(folder)) return
    // What is in the way is damaged. It is moved away in one step, so that nobody finds a part of it, then dropped.
    const damaged = `${temporary}.old`
    await rename(folder, damaged).catch(() => undefined)
    await rename(temporary, folder).catch(async () => {
      if (!(await isWhole(folder))) throw error
    })
    await rm(damaged, { recursive: true, force: true })
  }
}
