// Where a bundle's files come from, as far as readers of bundles care: something that opens a file by its name in the
// bundle. Here the portable forms: over HTTP with ranges, and files that a page holds as blobs.

import type { ByteSource } from '../core/bytes.ts'
import { FileError } from '../core/errors.ts'

/** A bundle's folder, wherever it is. */
export interface BundleFiles {
  /** The folder as the user knows it: for messages. */
  readonly place: string
  /** Opens one file; `name` uses "/" whatever the system. @throws FileError where there is none. */
  open(name: string): Promise<ByteSource>
}

const missing = (file: string, cause?: unknown): FileError =>
  new FileError('not found', { file, cure: 'check the path, or convert the original files again' }, { cause })

/** Files that are in memory or chosen in a page, by their names in the bundle. */
export function blobFiles(blobs: ReadonlyMap<string, Blob>, place = 'the chosen files'): BundleFiles {
  return {
    place,
    open: async name => {
      const blob = blobs.get(name)
      if (!blob) throw missing(`${place}/${name}`)
      return new BlobSource(`${place}/${name}`, blob)
    },
  }
}

class BlobSource implements ByteSource {
  readonly name: string
  readonly size: number
  #blob: Blob
  constructor(name: string, blob: Blob) {
    this.name = name
    this.size = blob.size
    this.#blob = blob
  }
  async read(offset: number, length: number): Promise<Uint8Array> {
    return new Uint8Array(await this.#blob.slice(offset, offset + length).arrayBuffer())
  }
  async close(): Promise<void> {}
}

type Fetch = (url: URL, init?: RequestInit) => Promise<Response>

/**
 * A bundle below a base URL. The server should answer range requests; without them only files of up to 64 MiB are read.
 */
export function httpFiles(base: string | URL, fetcher: Fetch = (url, init) => fetch(url, init)): BundleFiles {
  const folder = new URL(base)
  if (!folder.pathname.endsWith('/')) folder.pathname += '/'
  return {
    place: folder.href,
    open: async name => {
      const url = new URL(name.split('/').map(encodeURIComponent).join('/'), folder)
      return HttpSource.open(url, fetcher)
    },
  }
}

/** Bytes asked for when a file is opened: enough for any head, and for small files the whole. */
const PROBE = 65536
const WHOLE_LIMIT = 64 * 2 ** 20
const TRIES = 3

class HttpSource implements ByteSource {
  readonly name: string
  readonly size: number
  #url: URL
  #fetch: Fetch
  /** The first bytes, from opening. */
  #head: Uint8Array

  private constructor(url: URL, fetcher: Fetch, size: number, head: Uint8Array) {
    this.name = url.href
    this.size = size
    this.#url = url
    this.#fetch = fetcher
    this.#head = head
  }

  static async open(url: URL, fetcher: Fetch): Promise<HttpSource> {
    const response = await request(url, fetcher, 0, PROBE)
    const { size, whole } = extent(response, url)
    const head = size === 0 ? new Uint8Array() : new Uint8Array(await response.arrayBuffer())
    if (head.length !== (whole ? size : Math.min(PROBE, size))) throw cutShort(url, head.length)
    return new HttpSource(url, fetcher, size, head)
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset + length <= this.#head.length) return this.#head.slice(offset, offset + length)
    const response = await request(this.#url, this.#fetch, offset, length)
    const { size, whole } = extent(response, this.#url)
    if (whole || size !== this.size)
      throw new FileError('changed on the server while it was read', { file: this.name, cure: 'start again' })
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (bytes.length !== length) throw cutShort(this.#url, offset + bytes.length)
    return bytes
  }

  async close(): Promise<void> {}
}

const cutShort = (url: URL, offset: number): FileError =>
  new FileError('the answer ends early', { file: url.href, offset, cure: 'try again' })

async function request(url: URL, fetcher: Fetch, offset: number, length: number): Promise<Response> {
  const headers = { Range: `bytes=${offset}-${offset + length - 1}` }
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetcher(url, { headers })
      if (response.status < 500 || attempt === TRIES) return response
    } catch (error) {
      if (attempt === TRIES)
        throw new FileError(
          'cannot be reached',
          { file: url.href, cure: 'check the address and the network' },
          { cause: error },
        )
    }
    await new Promise(resolve => setTimeout(resolve, 200 * attempt))
  }
}

/** The file's whole size, from the answer's headers, and whether the answer holds all of it. */
function extent(response: Response, url: URL): { size: number; whole: boolean } {
  const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
  if ((response.status === 206 || response.status === 416) && total !== undefined)
    return { size: Number(total), whole: false }
  if (response.status === 404 || response.status === 410) throw missing(url.href)
  const length = Number(response.headers.get('content-length') ?? Number.NaN)
  if (response.status === 200 && length <= WHOLE_LIMIT) return { size: length, whole: true }
  const cure = 'serve the bundle from a server that answers range requests'
  throw new FileError(`the server answered ${response.status}, without a range`, { file: url.href, cure })
}
