// One file of the catalogue into the store: from the user's own folder, else from its mirrors in order. Whatever comes is held to
// its published size and hashes, or to what was first seen of it, before it takes its name.

import { open, rename, stat } from 'node:fs/promises'
import { FileError, StorytellerError } from '../../lib/core/errors.ts'
import { openFile } from '../../lib/io/bytes.node.ts'
import { refuseForeign } from '../foreign.ts'
import { type CatalogueFile, isPublished } from './catalogue.ts'
import { type Download, download, type Tuning } from './download.ts'
import { type Hashes, hashFile, type Reading } from './hashes.ts'
import { copyTo } from './own-files.ts'
import { begunFrom, discardPart, finishPart } from './part-file.ts'
import type { Store } from './store.ts'
import { Trouble } from './trouble.ts'
import type { Web } from './web.ts'

/** Where a file may come from. */
export interface Sources {
  /** The user's own. */
  readonly own?: string | undefined
  readonly mirrors: readonly string[]
}

export interface Fetching {
  readonly store: Store
  readonly web: Web
  readonly tuning: Tuning
  readonly signal?: AbortSignal | undefined
  readonly onBytes: Download['onBytes']
  readonly onSize: Download['onSize']
  readonly onRead: Reading['onRead']
}

export interface Fetched {
  readonly hashes: Hashes
  readonly from: string
}

/** No source has the file; each one's reason. */
export class Unavailable extends StorytellerError {
  readonly reasons: readonly string[]
  constructor(reasons: readonly string[]) {
    super(reasons.join('; '))
    this.reasons = reasons
  }
}

/** @throws Unavailable, AbortError, FileError where it cannot be written. */
export async function fetchFile(wanted: CatalogueFile, { own, mirrors }: Sources, task: Fetching): Promise<Fetched> {
  const reasons: string[] = []
  const part = `${task.store.path(wanted)}.part`
  if (own !== undefined) {
    const problem = await fromOwn(wanted, own, part, task)
    if (typeof problem !== 'string') return { hashes: problem, from: own }
    reasons.push(`${own} ${problem}`)
  }
  const begun = await begunFrom(part)
  for (const url of [...mirrors].sort((a, b) => Number(b === begun) - Number(a === begun))) {
    const problem = await fromMirror(wanted, url, part, task)
    if (typeof problem !== 'string') return { hashes: problem, from: url }
    reasons.push(`${url} ${problem}`)
  }
  throw new Unavailable(reasons)
}

/** The file's hashes, or why the user's own does not serve; then a part that is under way stays. */
async function fromOwn(wanted: CatalogueFile, own: string, part: string, task: Fetching): Promise<Hashes | string> {
  const problem = await unlike(wanted, own, await hashFile(own, task), task)
  if (problem !== undefined) return problem
  await discardPart(part)
  await task.onSize((await stat(own)).size)
  await copyTo(own, part, task)
  return settle(wanted, part, task)
}

/** The file's hashes, or why this mirror does not serve. */
async function fromMirror(wanted: CatalogueFile, url: string, part: string, task: Fetching): Promise<Hashes | string> {
  const { bytes } = wanted
  const published = isPublished(wanted)
  try {
    const resumed = (await begunFrom(part)) !== undefined
    await download(task.web, { ...task, url, part, bytes, published })
    const first = await settle(wanted, part, task)
    if (typeof first !== 'string' || !resumed) return first
    // The wrong bytes may be those of another mirror, or of another day: once more, all from here.
    await download(task.web, { ...task, url, part, bytes, published })
    return await settle(wanted, part, task)
  } catch (error) {
    if (error instanceof Trouble) return error.message
    throw error
  }
}

/** Gives a whole file its place where it is the right one; else takes it away and says what it is. */
async function settle(wanted: CatalogueFile, part: string, task: Fetching): Promise<Hashes | string> {
  const { store } = task
  const hashes = await hashFile(part, task)
  const problem = await unlike(wanted, part, hashes, task)
  if (problem !== undefined) {
    await discardPart(part)
    return problem
  }
  const path = store.path(wanted)
  if (store.foreign) await rename(path, `${path}.replaced`).catch(() => undefined)
  await finishPart(part, path)
  await flush(store.folder)
  await store.took(wanted, hashes)
  return hashes
}

/** Why a file is not the one that is wanted. */
const unlike = async (
  wanted: CatalogueFile,
  path: string,
  hashes: Hashes,
  { store }: Fetching,
): Promise<string | undefined> => (await foreign(path)) ?? store.refusal(wanted, hashes)

/** What a file is that is plainly none of the published ones: a web page, a text of git, zeros. */
async function foreign(path: string): Promise<string | undefined> {
  const source = await openFile(path)
  try {
    refuseForeign(source, await source.read(0, Math.min(512, source.size)))
    return undefined
  } catch (error) {
    if (error instanceof FileError) return error.message.slice(path.length).replace(/^( at byte 0)?: /, '')
    throw error
  } finally {
    await source.close()
  }
}

/** Makes a new name durable; systems that cannot open a folder do without. */
async function flush(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
