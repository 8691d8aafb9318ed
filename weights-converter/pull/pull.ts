// The published files into a folder. What cannot be had is told with every mirror's reason, after everything else was fetched;
// nothing is begun that has no room, or whose licence was not accepted.

import { stat, statfs } from 'node:fs/promises'
import { FileError, InputError } from '../../lib/core/errors.ts'
import type { ConvertTask } from '../convert.ts'
import {
  type Catalogue,
  type CatalogueFile,
  filesNamed,
  isPublished,
  type Licence,
  publishedCatalogue,
} from './catalogue.ts'
import { TUNING, type Tuning } from './download.ts'
import { type Fetching, fetchFile, type Sources, Unavailable } from './fetch-file.ts'
import type { Reading } from './hashes.ts'
import { filesIn, type OwnFiles, ownParts } from './own-files.ts'
import { Store } from './store.ts'
import { Web, type WebOptions } from './web.ts'

export interface PullOptions extends ConvertTask {
  /** A file, a set of files, or "published" for all that a story needs (the default). */
  readonly name?: string | undefined
  /** A folder with files that are taken before any mirror is asked, or the address under which all of them are. */
  readonly from?: string | undefined
  /** Where the files are put; the cache if undefined. */
  readonly folder?: string | undefined
  /** Ask no server. */
  readonly offline?: boolean | undefined
  readonly catalogue?: Catalogue | undefined
  /** Is shown the licences that were not accepted before; nothing is pulled unless it says yes. */
  readonly accept: (licences: readonly Licence[]) => Promise<boolean>
  readonly tuning?: Partial<Tuning> & WebOptions
}

export interface PulledFile {
  readonly name: string
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  /** Where it came from; "kept" where it was there already. */
  readonly from: string
  /** Whether it was held to a published hash; else its own was remembered when it first came. */
  readonly published: boolean
}

export interface Pulled {
  readonly folder: string
  readonly files: readonly PulledFile[]
  /** What could not be had, and why. */
  readonly failed: readonly { readonly name: string; readonly extra: boolean; readonly reasons: readonly string[] }[]
}

/** Fetches what is not there yet. @throws InputError, FileError, AbortError; what was fetched by then stays. */
export async function pull(options: PullOptions): Promise<Pulled> {
  const { catalogue = publishedCatalogue(), name, from, folder, signal } = options
  const wanted = filesNamed(catalogue, name)
  const own = from === undefined || isAddress(from) ? new Map() : await filesIn(from)
  const store = await Store.open(folder)
  const web = new Web(options.tuning)
  try {
    const files: PulledFile[] = []
    const open: CatalogueFile[] = []
    for (const file of wanted) {
      const kept = await keptParts(file, store, { signal, onRead: reading(file, options) })
      if (kept === undefined) open.push(...partsOf(file, own))
      else files.push(...kept)
    }
    if (open.length > 0) await acceptLicences(catalogue, open, store, options)
    await checkRoom(open, store)
    const failed: { name: string; extra: boolean; reasons: readonly string[] }[] = []
    const progress = new Progress(open, options)
    for (const file of open) {
      const task: Fetching = {
        ...{ store, web, signal },
        tuning: { ...TUNING, ...options.tuning },
        onBytes: progress.of(file),
        onRead: reading(file, options),
        onSize: bytes => requireRoom(store.folder, bytes, file.name),
      }
      try {
        const { hashes, from } = await fetchFile(file, sourcesOf(file, own, options), task)
        files.push(pulledFile(file, store, hashes, from))
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error
        failed.push({ name: file.name, extra: file.extra, reasons: error.reasons })
      }
    }
    return { folder: store.folder, files, failed }
  } finally {
    await web.close()
    await store.close()
  }
}

const isAddress = (from: string): boolean => /^https?:\/\//i.test(from)

/** The file, or all that is in it, where it is there whole. */
async function keptParts(file: CatalogueFile, store: Store, how: Reading): Promise<PulledFile[] | undefined> {
  const is = await store.has(file, how)
  if (is !== undefined) return [pulledFile(file, store, is, 'kept')]
  const names = new Map((file.contains ?? []).map(name => [name, store.path({ ...file, name })]))
  const parts = ownParts(file, names)
  const kept: PulledFile[] = []
  for (const part of parts) {
    const there = await store.has(part, how)
    if (there === undefined) return undefined
    kept.push(pulledFile(part, store, there, 'kept'))
  }
  return kept.length > 0 ? kept : undefined
}

const partsOf = (file: CatalogueFile, own: OwnFiles): CatalogueFile[] => {
  const parts = ownParts(file, own)
  return parts.length > 0 ? parts : [file]
}

function sourcesOf({ name, mirrors }: CatalogueFile, own: OwnFiles, { from, offline }: PullOptions): Sources {
  if (from !== undefined && isAddress(from))
    return { mirrors: [`${from.replace(/\/+$/, '')}/${encodeURIComponent(name)}`] }
  return { own: own.get(name), mirrors: offline ? [] : mirrors }
}

const pulledFile = (
  file: CatalogueFile,
  store: Store,
  { bytes, sha256 }: { bytes: number; sha256: string },
  from: string,
): PulledFile => ({ name: file.name, path: store.path(file), bytes, sha256, from, published: isPublished(file) })

async function acceptLicences(
  { licences }: Catalogue,
  files: readonly CatalogueFile[],
  store: Store,
  { accept }: PullOptions,
): Promise<void> {
  const open = licences.filter(l => files.some(({ licence }) => licence === l.id) && !store.accepted(l))
  if (open.length === 0) return
  if (!(await accept(open))) throw new InputError('nothing was pulled: its licences were not accepted')
  await store.accept(open)
}

/** Room for all files together, as far as their sizes are published. */
async function checkRoom(files: readonly CatalogueFile[], store: Store): Promise<void> {
  let needed = 0
  for (const file of files) {
    const { bytes = 0 } = file
    const part = await stat(`${store.path(file)}.part`).catch(() => undefined)
    needed += Math.max(0, bytes - 512 * (part?.blocks ?? 0))
  }
  await requireRoom(store.folder, needed, `${files.length} files`)
}

async function requireRoom(folder: string, needed: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= needed) return
  throw new FileError(`${what} need ${megabytes(needed)}, but there is room for ${megabytes(bavail * bsize)}`, {
    file: folder,
    cure: 'make room, or choose another place with STORYTELLER_HOME or --out',
  })
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`

/** Progress of reading a file to check it. */
const reading =
  ({ name }: CatalogueFile, { onProgress }: ConvertTask): Reading['onRead'] =>
  (done, total) =>
    onProgress?.({ stage: `checking ${name}`, done, total })

/** Bytes of all files together; sizes that are not published count from when they are known. */
class Progress {
  readonly #task: ConvertTask
  readonly #sizes: Map<string, number>
  readonly #done = new Map<string, number>()

  constructor(files: readonly CatalogueFile[], task: ConvertTask) {
    this.#task = task
    this.#sizes = new Map(files.map(({ name, bytes = 0 }) => [name, bytes]))
  }

  of({ name }: CatalogueFile): (done: number, total: number | undefined) => void {
    return (done, total) => {
      this.#done.set(name, done)
      this.#sizes.set(name, Math.max(done, total ?? 0))
      const sum = (counts: Map<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0)
      this.#task.onProgress?.({ stage: `pulling ${name}`, done: sum(this.#done), total: sum(this.#sizes) })
    }
  }
}
