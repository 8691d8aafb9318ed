// One request at a time over HTTP: redirects followed by hand, proxies as the environment says, no answer that is silent for long.
// Knows nothing of files. Invariant: from https nothing leads to http.

import type { IncomingHttpHeaders } from 'node:http'
import { EnvHttpProxyAgent, request } from 'undici'
import { connectionTrouble, Trouble } from './trouble.ts'

export interface WebOptions {
  /** Milliseconds without a connection, an answer or a further byte after which a connection is given up. */
  readonly silence?: number
}

export interface Answer {
  /** The address that answered, after redirects. */
  readonly url: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Throws Trouble where the connection fails. */
  body(): AsyncGenerator<Uint8Array>
  /** Ends the connection; harmless after the body's end. */
  drop(): void
}

const MOST_REDIRECTS = 8

export class Web {
  readonly #silence: number
  readonly #agent: EnvHttpProxyAgent

  constructor({ silence = 30_000 }: WebOptions = {}) {
    this.#silence = silence
    // Plain requests go through a proxy as plain requests: many proxies open tunnels to https ports only.
    this.#agent = new EnvHttpProxyAgent({ proxyTunnel: false, connect: { timeout: silence } })
  }

  /** GETs an address. @throws Trouble */
  async get(address: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Answer> {
    let url = new URL(address)
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#once(url, headers, signal)
      const { location } = answer.headers
      if (answer.status < 300 || answer.status > 399 || location === undefined) return answer
      answer.drop()
      if (redirects === MOST_REDIRECTS) throw new Trouble('elsewhere', `leads on and on (${MOST_REDIRECTS} redirects)`)
      url = redirected(url, location)
    }
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #once(url: URL, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Answer> {
    try {
      const {
        statusCode,
        headers: answered,
        body,
      } = await request(url, {
        dispatcher: this.#agent,
        // What is encoded on the way cannot be resumed, nor be told by its length.
        headers: { 'accept-encoding': 'identity', 'user-agent': 'neural-storyteller', ...headers },
        headersTimeout: this.#silence,
        bodyTimeout: this.#silence,
        ...(signal && { signal }),
      })
      // A connection that is dropped says so as an error, which no one needs to hear.
      body.on('error', () => undefined)
      return {
        url: url.href,
        status: statusCode,
        headers: answered,
        body: () => bytesOf(body),
        drop: () => void body.destroy(),
      }
    } catch (error) {
      throw connectionTrouble(error)
    }
  }
}

async function* bytesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw connectionTrouble(error)
  }
}

/** Where a redirect leads. @throws Trouble where it must not be followed. */
export function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined
  if (to === undefined || !/^https?:$/.test(to.protocol))
    throw new Trouble('elsewhere', `leads to ${location.slice(0, 200)}, which is no web address`)
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw new Trouble('elsewhere', `leads from https to ${to.href.slice(0, 200)}, which anyone on the way could change`)
  return to
}
