// A local web server that can do to a download whatever servers do: each path has a behaviour, honest or not, which hears the how
// manyth request it is. It remembers what it was asked.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Random } from '../../lib/core/random.ts'

export interface Asked {
  readonly path: string
  readonly range: string | undefined
  readonly ifRange: string | undefined
}

/** Answers the `nth` request (from 1) to its path. */
export type Behaviour = (answer: ServerResponse, asked: Asked, nth: number) => void

export class FaultyServer {
  readonly asked: Asked[] = []
  /** The most requests that were open at once. */
  most = 0
  readonly #server: Server
  #open = 0

  private constructor(server: Server) {
    this.#server = server
  }

  /** Starts on a port of its own. Paths are without the slash. */
  static async start(behaviours: Readonly<Record<string, Behaviour>>): Promise<FaultyServer> {
    const server = createServer()
    const faulty = new FaultyServer(server)
    server.on('request', (request: IncomingMessage, answer: ServerResponse) =>
      faulty.#answer(request, answer, behaviours),
    )
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return faulty
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  at(path: string): string {
    return `${this.url}/${path}`
  }

  /** Requests for that path. */
  count(path: string): number {
    return this.asked.filter(asked => asked.path === path).length
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage, answer: ServerResponse, behaviours: Readonly<Record<string, Behaviour>>): void {
    const path = decodeURIComponent((request.url ?? '/').replace(/^https?:\/\/[^/]*/, '').slice(1))
    const asked = { path, range: request.headers.range, ifRange: request.headers['if-range']?.toString() }
    this.asked.push(asked)
    this.most = Math.max(this.most, ++this.#open)
    answer.on('close', () => this.#open--)
    const behaviour = behaviours[path]
    if (behaviour === undefined) answer.writeHead(404).end('no such file')
    else behaviour(answer, asked, this.count(path))
  }
}

/** What an honest server sends for a request. */
export interface Reply {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}

/** A file's content. */
export function seededBytes(length: number, seed: number): Buffer {
  const random = new Random(seed)
  return Buffer.from(Uint8Array.from({ length }, () => random.bits() & 255))
}

const ETAG = '"one"'

/** The right answer to a request for `bytes`; `version` is its ETag, none if empty. */
export function reply(bytes: Uint8Array, { range, ifRange }: Asked, version = ETAG): Reply {
  const named: Record<string, string> = version === '' ? {} : { etag: version }
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
  if (from === undefined || to === undefined || (ifRange !== undefined && ifRange !== version))
    return { status: 200, headers: { ...named, 'content-length': `${bytes.length}` }, body: bytes }
  if (Number(from) >= bytes.length)
    return { status: 416, headers: { 'content-range': `bytes */${bytes.length}` }, body: new Uint8Array() }
  const body = bytes.subarray(Number(from), Number(to) + 1)
  const span = `bytes ${from}-${Number(from) + body.length - 1}/${bytes.length}`
  return { status: 206, headers: { ...named, 'content-range': span, 'content-length': `${body.length}` }, body }
}

const send = (answer: ServerResponse, { status, headers, body }: Reply): void => {
  answer.writeHead(status, headers).end(body)
}

/** Does what it should. */
export const honest =
  (bytes: Uint8Array, version = ETAG): Behaviour =>
  (answer, asked) =>
    send(answer, reply(bytes, asked, version))

/** Does `bad` to the requests that `when` picks by their number, and what it should to the others. */
export const sometimes =
  (bytes: Uint8Array, when: (nth: number) => boolean, bad: Behaviour): Behaviour =>
  (answer, asked, nth) =>
    (when(nth) ? bad : honest(bytes))(answer, asked, nth)

/** Changes the right answer before it is sent. */
export const altered =
  (bytes: Uint8Array, change: (right: Reply, asked: Asked) => Reply, version = ETAG): Behaviour =>
  (answer, asked) =>
    send(answer, change(reply(bytes, asked, version), asked))

/** Announces all, sends up to `most` bytes, then cuts the connection, or falls silent. */
export const breakingOff =
  (bytes: Uint8Array, most: number, how: 'cut' | 'silent'): Behaviour =>
  (answer, asked) => {
    const { status, headers, body } = reply(bytes, asked)
    answer.writeHead(status, headers)
    if (body.length <= most) return void answer.end(body)
    answer.write(body.subarray(0, most), () => {
      if (how === 'cut') answer.destroy()
    })
  }

/** Sends the right bytes a little at a time. */
export const slow =
  (bytes: Uint8Array, chunk: number, pause: number): Behaviour =>
  (answer, asked) => {
    const { status, headers, body } = reply(bytes, asked)
    answer.writeHead(status, headers)
    let at = 0
    const next = () => {
      if (answer.destroyed) return
      if (at >= body.length) return void answer.end()
      answer.write(body.subarray(at, at + chunk))
      at += chunk
      setTimeout(next, pause)
    }
    next()
  }

/** Sends people elsewhere. */
export const leadingTo =
  (location: string | (() => string)): Behaviour =>
  answer =>
    void answer.writeHead(302, { location: typeof location === 'string' ? location : location() }).end()

/** Only a status, with headers and a text. */
export const saying =
  (status: number, headers: Record<string, string> = {}, text = ''): Behaviour =>
  answer =>
    void answer.writeHead(status, headers).end(text)
