// Where pulled files are kept, and what is remembered of them: which files were seen whole (their size, time and SHA-256), the
// hashes that were first seen of files without a published one, the licences that were accepted. One pull at a time.

import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { cacheHome } from '../../lib/core/cache-home.node.ts'
import { FileError, InputError } from '../../lib/core/errors.ts'
import { type CatalogueFile, isPublished, type Licence } from './catalogue.ts'
import { difference, type Hashes, hashFile, type Reading } from './hashes.ts'
import { writeDurably } from './part-file.ts'

const seen = v.object({ bytes: v.number(), md5: v.string(), sha1: v.string(), sha256: v.string(), mtimeMs: v.number() })
const memory = v.object({
  /** Files that were read whole, by path. */
  files: v.record(v.string(), seen),
  /** The SHA-256 first seen of files of which none is published, by name. */
  pins: v.record(v.string(), v.string()),
  /** Licences that were accepted, as their texts. */
  licences: v.array(v.string()),
})
type Memory = v.InferOutput<typeof memory>

/** The folder of pulled files that models are made of. */
export const originalsFolder = (home = cacheHome()): string => join(home, 'originals')
/** The folder of the others: a picture more makes no other model. */
export const extrasFolder = (home = cacheHome()): string => join(home, 'extras')

/** Held by this process: its number alone does not tell it from one before it that had the same. */
const HELD = new Set<string>()

export class Store {
  /** Where files are put. */
  readonly folder: string
  /** Whether that is the user's own folder, in which nothing is lost. */
  readonly foreign: boolean
  readonly #home: string
  readonly #memory: Memory

  private constructor(folder: string, home: string, remembered: Memory) {
    this.folder = folder
    this.foreign = folder !== originalsFolder(home)
    this.#home = home
    this.#memory = remembered
  }

  /** Opens the store, which no one else may hold; close it. @throws InputError where another pull runs. */
  static async open(folder: string = originalsFolder(), home = cacheHome()): Promise<Store> {
    for (const needed of [home, folder, extrasFolder(home)])
      await mkdir(needed, { recursive: true }).catch(cause => {
        throw new FileError('cannot be made', { file: needed, cure: 'choose a place that you may write to' }, { cause })
      })
    if (HELD.has(home)) throw new InputError('another pull of this process is at work; wait for it')
    HELD.add(home)
    try {
      await lock(home)
    } catch (error) {
      HELD.delete(home)
      throw error
    }
    try {
      return new Store(folder, home, await remembered(home))
    } catch (error) {
      await unlock(home)
      throw error
    }
  }

  async close(): Promise<void> {
    await unlock(this.#home)
  }

  path({ name, extra }: Pick<CatalogueFile, 'name' | 'extra'>): string {
    return join(extra && !this.foreign ? extrasFolder(this.#home) : this.folder, name)
  }

  /** The file, where it is there whole. A file that was not seen before is read. */
  async has(wanted: CatalogueFile, reading: Reading = {}): Promise<Hashes | undefined> {
    const path = this.path(wanted)
    const there = await stat(path).catch(() => undefined)
    if (!there?.isFile()) return undefined
    const known = this.#memory.files[path]
    const is =
      known?.bytes === there.size && known.mtimeMs === there.mtimeMs ? known : await this.#remember(path, reading)
    return this.refusal(wanted, is) === undefined ? is : undefined
  }

  /** Why a file is not to be kept; undefined where nothing speaks against it. */
  refusal(wanted: CatalogueFile, is: Hashes): string | undefined {
    const pin = this.#memory.pins[wanted.name]
    const other = difference(wanted, is)
    if (other !== undefined || pin === undefined || pin === is.sha256) return other
    return `is not the file that came first: its SHA-256 is ${is.sha256}, not ${pin}; whoever trusts it takes ${wanted.name} out of ${memoryOf(this.#home)}`
  }

  /** A file took its place: remembers it, and where nothing is published of it, its hash for good. */
  async took(wanted: CatalogueFile, is: Hashes): Promise<void> {
    if (!isPublished(wanted)) this.#memory.pins[wanted.name] ??= is.sha256
    const path = this.path(wanted)
    const { mtimeMs } = await stat(path)
    this.#memory.files[path] = { ...is, mtimeMs }
    await this.#save()
  }

  accepted({ title, text }: Licence): boolean {
    return this.#memory.licences.includes(`${title}: ${text}`)
  }

  async accept(licences: readonly Licence[]): Promise<void> {
    this.#memory.licences.push(...licences.map(({ title, text }) => `${title}: ${text}`))
    await this.#save()
  }

  async #remember(path: string, reading: Reading): Promise<Hashes> {
    const is = await hashFile(path, reading)
    const { mtimeMs } = await stat(path)
    this.#memory.files[path] = { ...is, mtimeMs }
    await this.#save()
    return is
  }

  #save(): Promise<void> {
    return writeDurably(memoryOf(this.#home), `${JSON.stringify(this.#memory, null, 2)}\n`)
  }
}

const memoryOf = (home: string): string => join(home, 'pulled.json')
const lockOf = (home: string): string => join(home, 'pull.lock')

async function remembered(home: string): Promise<Memory> {
  const text = await readFile(memoryOf(home), 'utf8').catch(() => undefined)
  if (text === undefined) return { files: {}, pins: {}, licences: [] }
  try {
    return v.parse(memory, JSON.parse(text))
  } catch (cause) {
    const cure = 'it holds hashes of pulled files and accepted licences; correct it or take it away'
    throw new FileError('cannot be understood', { file: memoryOf(home), cure }, { cause })
  }
}

/** A file with this process's number. One of a process that is no more counts for nothing. */
async function lock(home: string): Promise<void> {
  const path = lockOf(home)
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const taken = await writeFile(path, String(process.pid), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return true
      throw new FileError(error.message, { file: path, cure: 'choose a place with STORYTELLER_HOME' }, { cause: error })
    })
    if (taken === undefined) return
    const holder = Number(await readFile(path, 'utf8').catch(() => ''))
    if (isAlive(holder))
      throw new InputError(
        `another pull (process ${holder}) is at work; wait for it, or if there is none remove ${path}`,
      )
    // Without a number it may be just about to be written.
    if (holder === 0 && attempt < MOST_ATTEMPTS / 2) await new Promise(resolve => setTimeout(resolve, 50))
    else await rm(path, { force: true })
  }
  throw new InputError(`another pull is starting; wait for it, or if there is none remove ${path}`)
}

const MOST_ATTEMPTS = 8
async function unlock(home: string): Promise<void> {
  HELD.delete(home)
  await rm(lockOf(home), { force: true })
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
