// What a server's answers say of a file, believed only as far as they agree with each other and with what was asked for.

import type { IncomingHttpHeaders } from 'node:http'
import { Trouble } from './trouble.ts'
import type { Answer } from './web.ts'

/** What tells one version of a file from another. */
export interface Version {
  readonly bytes?: number | undefined
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
}

/** A file on a server. */
export interface Remote extends Version {
  readonly url: string
  /** Whether parts of it can be had. */
  readonly ranges: boolean
}

/** The file as the answer to a request for its first byte tells of it. @throws Trouble */
export function remoteOf(url: string, answer: Answer): Remote {
  checkStatus(answer)
  const { status, headers } = answer
  const version = versionOf(headers)
  if (status === 200) return { url, ranges: false, ...version, bytes: contentLength(headers) }
  const range = contentRange(headers)
  const ranges = range?.from === 0 && range.to === 0 && range.total !== undefined
  return { url, ranges, ...version, bytes: ranges ? range.total : undefined }
}

/** Checks the answer to a request for bytes `from` to `to` − 1; gives where its bytes end. @throws Trouble */
export function checkPart(answer: Answer, remote: Remote, from: number, to: number): number {
  // A server that has another version now may find the range beyond its end, or give all of it.
  if (answer.status === 416) throw new Trouble('afresh', 'the file on the server has changed: it is shorter now')
  checkStatus(answer)
  checkVersion(answer, remote)
  if (answer.status === 200) throw new Trouble('whole', 'gives the whole file where a part was asked for')
  const range = contentRange(answer.headers)
  if (range === undefined) throw new Trouble('whole', 'does not say which part it gives')
  if (range.total !== undefined && range.total !== remote.bytes)
    throw new Trouble('afresh', `the file on the server has changed: ${range.total} bytes, ${remote.bytes} before`)
  if (range.from !== from || range.to >= to)
    throw new Trouble('retry', `gives bytes ${range.from}-${range.to} where ${from}-${to - 1} were asked for`)
  return range.to + 1
}

/** Checks the answer to a request for all of a file. @throws Trouble */
export function checkWhole(answer: Answer, remote: Remote): void {
  checkStatus(answer)
  if (answer.status !== 200) throw new Trouble('retry', `answers ${answer.status} where a whole file was asked for`)
  checkVersion(answer, remote)
  const length = contentLength(answer.headers)
  if (remote.bytes !== undefined && length !== undefined && length !== remote.bytes)
    throw new Trouble('afresh', `the file on the server has changed: ${length} bytes, ${remote.bytes} before`)
}

/** For If-Range: only what is exact may be used there. */
export const ifRange = ({ etag, lastModified }: Version): Record<string, string> => {
  const exact = etag !== undefined && !etag.startsWith('W/') ? etag : lastModified
  return exact === undefined ? {} : { 'if-range': exact }
}

/** Whether two versions may be one: nothing that both tell of differs. */
export const mayBeSame = (a: Version, b: Version): boolean =>
  (['bytes', 'etag', 'lastModified'] as const).every(
    key => a[key] === undefined || b[key] === undefined || a[key] === b[key],
  )

function checkVersion({ headers }: Answer, remote: Remote): void {
  if (!mayBeSame({ ...versionOf(headers), bytes: undefined }, remote))
    throw new Trouble('afresh', 'the file on the server has changed')
}

const versionOf = (headers: IncomingHttpHeaders): Version => ({
  etag: headers.etag,
  lastModified: headers['last-modified'],
})

const BUSY = [408, 425, 429, 500, 502, 503, 504]

function checkStatus({ status, headers }: Answer): void {
  if (BUSY.includes(status)) throw new Trouble('retry', `is busy (HTTP ${status})`, { wait: retryAfter(headers) })
  if (status === 404 || status === 410) throw new Trouble('elsewhere', `has no such file (HTTP ${status})`)
  if (status === 401 || status === 402 || status === 403 || status === 407)
    throw new Trouble('elsewhere', `does not give it to everyone (HTTP ${status})`)
  if (status !== 200 && status !== 206) throw new Trouble('elsewhere', `answers HTTP ${status}`)
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw new Trouble('elsewhere', `sends it as ${encoding}, though asked not to`)
}

function contentRange(
  headers: IncomingHttpHeaders,
): { from: number; to: number; total: number | undefined } | undefined {
  const text = headers['content-range'] ?? ''
  const [, from, to, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(text) ?? []
  if (from === undefined || to === undefined || Number(to) < Number(from)) return undefined
  return { from: Number(from), to: Number(to), total: total === '*' ? undefined : Number(total) }
}

function contentLength(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['content-length']
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** Seconds, or a date. */
function retryAfter(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['retry-after']
  if (text === undefined) return undefined
  const wait = /^\d{1,9}$/.test(text) ? 1000 * Number(text) : Date.parse(text) - Date.now()
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}
