// One file from one server into FILE.part: in parts over several connections where the server gives parts, else as a whole; begun
// anew where the file changes on the way. The result is as long as it should be; whether it is the right file is not known here.

import { AbortError } from '../../lib/core/errors.ts'
import { checkPart, checkWhole, ifRange, type Remote, remoteOf } from './answers.ts'
import { PartFile } from './part-file.ts'
import { connectionTrouble, Trouble } from './trouble.ts'
import type { Web } from './web.ts'

export interface Tuning {
  /** Bytes that are asked for at once. */
  readonly piece: number
  /** Connections at a time. */
  readonly connections: number
  /** Failures in a row, without a stretch of bytes between them, after which a server is left. */
  readonly retries: number
  /** Milliseconds before the first retry; each one waits about twice as long as the one before. */
  readonly pause: number
}

export const TUNING: Tuning = { piece: 8 * 2 ** 20, connections: 4, retries: 5, pause: 500 }

export interface Download {
  readonly url: string
  /** Where the bytes go. */
  readonly part: string
  /** The size, where it is published. */
  readonly bytes?: number | undefined
  /** Whether a published hash will tell right bytes from wrong ones. */
  readonly published: boolean
  readonly tuning: Tuning
  readonly signal?: AbortSignal | undefined
  /** Hears how many bytes are there. @throws what stops the download. */
  readonly onBytes: (done: number, total: number | undefined) => void
  /** Hears the size before the first byte is written; throws where there is no room. */
  readonly onSize: (remaining: number) => Promise<void>
}

/** Bytes after which a failure counts as the first one again. */
const STRETCH = 16_384
const LONGEST_PAUSE = 30_000
/** A server that asks for more than this is left. */
const LONGEST_WAIT = 120_000
/** How often a file may change under way. */
const MOST_CHANGES = 3

/** Fetches the file. @throws Trouble where this server does not give it, AbortError; the part then stays for another time. */
export async function download(web: Web, task: Download): Promise<void> {
  let wholeOnly = false
  for (let changes = 0; ; ) {
    try {
      return await fetchOnce(web, task, wholeOnly)
    } catch (error) {
      if (!(error instanceof Trouble)) throw error
      if (error.remedy === 'whole' && !wholeOnly) wholeOnly = true
      else if (error.remedy === 'afresh' && changes < MOST_CHANGES) changes++
      else throw new Trouble('elsewhere', error.message, { cause: error })
    }
  }
}

async function fetchOnce(web: Web, task: Download, wholeOnly: boolean): Promise<void> {
  const { url, part, bytes, published, signal } = task
  const found = await patiently(task, async () => {
    const answer = await web.get(url, { range: 'bytes=0-0' }, signal)
    answer.drop()
    return remoteOf(url, answer)
  })
  if (bytes !== undefined && found.bytes !== undefined && found.bytes !== bytes)
    throw new Trouble('elsewhere', `has a file of ${found.bytes} bytes there, the published one has ${bytes}`)
  // Without anything to tell versions apart by, only bytes of one answer surely belong together.
  const certain = published || Object.keys(ifRange(found)).length > 0
  const remote = { ...found, ranges: found.ranges && certain && !wholeOnly }
  const file = await PartFile.open(part, remote, published)
  try {
    await task.onSize((remote.bytes ?? bytes ?? 0) - file.bytes)
    if (remote.ranges && remote.bytes !== undefined) await fetchParts(web, task, file, remote, remote.bytes)
    else await patiently(task, () => fetchWhole(web, task, file, remote))
  } finally {
    await file.close()
  }
}

/** All parts that are missing, a few at a time; the first that fails for good stops the others. */
async function fetchParts(web: Web, task: Download, file: PartFile, remote: Remote, total: number): Promise<void> {
  const pieces = file.missing(total, task.tuning.piece)
  let done = file.bytes
  const onBytes = (count: number) => {
    done += count
    task.onBytes(done, total)
  }
  const stop = new AbortController()
  const signal = task.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, task.signal])
  let failure: { error: unknown } | undefined
  const work = async () => {
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift())
      await fetchPart(web, { ...task, signal, onBytes }, file, remote, piece)
  }
  const worker = () =>
    work().catch(error => {
      failure ??= { error }
      stop.abort()
    })
  await Promise.all(Array.from({ length: Math.min(task.tuning.connections, pieces.length) }, worker))
  stopIfAborted(task.signal)
  if (failure !== undefined) throw failure.error
}

/** Bytes `from` to `to` − 1; after a failure it goes on from where that one ended. */
async function fetchPart(
  web: Web,
  { url, tuning, signal, onBytes }: Omit<Download, 'onBytes'> & { onBytes: (count: number) => void },
  file: PartFile,
  remote: Remote,
  [from, to]: readonly [number, number],
): Promise<void> {
  let at = from
  const ask = async () => {
    const begun = at
    const answer = await web.get(url, { range: `bytes=${at}-${to - 1}`, ...ifRange(remote) }, signal)
    try {
      const end = checkPart(answer, remote, at, to)
      for await (const bytes of answer.body()) {
        if (at + bytes.length > end) throw new Trouble('retry', 'sends more than it says')
        await file.write(bytes, at)
        at += bytes.length
        onBytes(bytes.length)
      }
      // A server may give less than was asked for, as long as it says so and it is not next to nothing.
      if (at < end || (at < to && at - begun < STRETCH)) throw new Trouble('retry', 'ends early')
    } finally {
      answer.drop()
    }
  }
  while (at < to) await patiently({ tuning, signal }, ask, () => at)
  await file.keep(from, to)
}

/** The whole file in one answer, from its first byte. */
async function fetchWhole(web: Web, task: Download, file: PartFile, remote: Remote): Promise<void> {
  const answer = await web.get(task.url, {}, task.signal)
  const most = task.bytes ?? remote.bytes
  try {
    checkWhole(answer, remote)
    let at = 0
    for await (const bytes of answer.body()) {
      if (most !== undefined && at + bytes.length > most) throw new Trouble('retry', 'sends more than it says')
      await file.write(bytes, at)
      at += bytes.length
      task.onBytes(at, most)
    }
    if (most !== undefined && at < most) throw new Trouble('retry', 'ends early')
    await file.cut(at)
  } finally {
    answer.drop()
  }
}

/** Does something again while the trouble is passing; `progress` tells how far it has come. */
async function patiently<T>(
  { tuning, signal }: Pick<Download, 'tuning' | 'signal'>,
  work: () => Promise<T>,
  progress: () => number = () => 0,
): Promise<T> {
  for (let failures = 0; ; ) {
    const before = progress()
    try {
      return await work()
    } catch (caught) {
      stopIfAborted(signal)
      const error = connectionTrouble(caught)
      if (!(error instanceof Trouble) || error.remedy !== 'retry') throw error
      failures = progress() - before >= STRETCH ? 1 : failures + 1
      if (failures > tuning.retries || (error.wait ?? 0) > LONGEST_WAIT)
        throw new Trouble('elsewhere', `${error.message}, ${failures} times in a row`, { cause: error })
      await sleep(error.wait ?? Math.min(LONGEST_PAUSE, tuning.pause * 2 ** (failures - 1)), signal)
    }
  }
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(new AbortError())
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError()
}
