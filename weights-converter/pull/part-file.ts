// A file on its way: FILE.part with its bytes, FILE.part.json with which of them are there and of which version they are. The
// journal is written after the bytes it speaks of are on the disk, so that a process that dies at any moment leaves a state to go
// on from. Knows nothing of servers.

import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises'
import * as v from 'valibot'
import { FileError } from '../../lib/core/errors.ts'
import { mayBeSame, type Remote } from './answers.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const journal = v.object({
  url: v.string(),
  bytes: count,
  etag: v.optional(v.string()),
  lastModified: v.optional(v.string()),
  /** Parts that are there, as [from, to), in order and apart from each other. */
  done: v.array(v.tuple([count, count])),
})

type Journal = v.InferOutput<typeof journal>
type Range = readonly [from: number, to: number]

export class PartFile {
  readonly path: string
  readonly #handle: FileHandle
  readonly #remote: Remote
  #done: Range[]
  /** Journals are written one after the other. */
  #writing: Promise<void> = Promise.resolve()

  private constructor(path: string, handle: FileHandle, remote: Remote, done: Range[]) {
    this.path = path
    this.#handle = handle
    this.#remote = remote
    this.#done = done
  }

  /**
   * Opens the part of a file, with what is there of it already: bytes of this version on this server, or where `anyMirror` (the
   * whole will be held to a published hash), of any mirror's file of this size.
   */
  static async open(path: string, remote: Remote, anyMirror: boolean): Promise<PartFile> {
    const before = await readJournal(path)
    const goesOn = before !== undefined && remote.ranges && isBegun(before, remote, anyMirror)
    const done: Range[] = goesOn ? before.done : []
    await rm(journalOf(path), { force: !goesOn }).catch(() => undefined)
    const handle = await open(path, goesOn ? 'r+' : 'w').catch(cause => unwritable(path, cause))
    const part = new PartFile(path, handle, remote, done)
    if (goesOn) await part.#save()
    return part
  }

  /** Bytes that are there. */
  get bytes(): number {
    return this.#done.reduce((n, [from, to]) => n + to - from, 0)
  }

  /** What is missing of a file of `bytes` bytes, in pieces of up to `most`. */
  missing(bytes: number, most: number): Range[] {
    const pieces: Range[] = []
    let at = 0
    for (const [from, to] of [...this.#done, [bytes, bytes] as const]) {
      for (; at < from; at += most) pieces.push([at, Math.min(at + most, from)])
      at = to
    }
    return pieces
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle
        .write(bytes, done, bytes.length - done, at + done)
        .catch(cause => unwritable(this.path, cause))
      done += bytesWritten
    }
  }

  /** Bytes `from` to `to` − 1 are written: from now on they are kept, whatever happens. */
  async keep(from: number, to: number): Promise<void> {
    await this.#handle.datasync().catch(cause => unwritable(this.path, cause))
    this.#done = merged([...this.#done, [from, to]])
    await this.#save()
  }

  /** The file ends here: an attempt before this one may have come further. */
  async cut(at: number): Promise<void> {
    await this.#handle.truncate(at).catch(cause => unwritable(this.path, cause))
  }

  /** Everything is on the disk. */
  async close(): Promise<void> {
    await this.#writing.catch(() => undefined)
    await this.#handle.sync().catch(() => undefined)
    await this.#handle.close()
  }

  #save(): Promise<void> {
    const save = async () => {
      const { url, bytes = 0, etag, lastModified } = this.#remote
      const state: Journal = { url, bytes, etag, lastModified, done: this.#done.map(([from, to]) => [from, to]) }
      await writeDurably(journalOf(this.path), JSON.stringify(state))
    }
    this.#writing = this.#writing.then(save)
    return this.#writing
  }
}

/** Takes away a part with its journal. */
export async function discardPart(path: string): Promise<void> {
  await rm(journalOf(path), { force: true })
  await rm(path, { force: true })
}

/** Gives a whole part its file's name. */
export async function finishPart(path: string, file: string): Promise<void> {
  await rename(path, file).catch(cause => unwritable(file, cause))
  await rm(journalOf(path), { force: true })
}

/** The address that a part was begun from, to be asked first. */
export const begunFrom = async (path: string): Promise<string | undefined> => (await readJournal(path))?.url

/** Writes a small file whole and flushed, or not at all. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`
  const handle = await open(fresh, 'w').catch(cause => unwritable(fresh, cause))
  try {
    await handle.writeFile(text).catch(cause => unwritable(fresh, cause))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(fresh, path).catch(cause => unwritable(path, cause))
}

const journalOf = (path: string): string => `${path}.json`

/** The journal, where there is one that the file bears out. */
async function readJournal(path: string): Promise<Journal | undefined> {
  try {
    const { success, output } = v.safeParse(journal, JSON.parse(await readFile(journalOf(path), 'utf8')))
    if (!success) return undefined
    const { size } = await stat(path)
    const inOrder = output.done.every(
      ([from, to], i) => from < to && to <= Math.min(size, output.bytes) && from > (output.done[i - 1]?.[1] ?? -1),
    )
    return inOrder ? output : undefined
  } catch {
    return undefined
  }
}

function isBegun(before: Journal, remote: Remote, anyMirror: boolean): boolean {
  if (before.bytes !== remote.bytes) return false
  if (before.url !== remote.url) return anyMirror
  return mayBeSame(before, remote) && (anyMirror || before.etag !== undefined || before.lastModified !== undefined)
}

function merged(ranges: Range[]): Range[] {
  const out: Range[] = []
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1)
    if (last !== undefined && from <= last[1]) out[out.length - 1] = [last[0], Math.max(last[1], to)]
    else out.push([from, to])
  }
  return out
}

/** @throws FileError */
export function unwritable(file: string, cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const cure = 'make room, or choose a place that you may write to with STORYTELLER_HOME or --out'
  throw new FileError(`cannot be written (${reason})`, { file, cure }, { cause })
}
