// Requests: through the proxy that the environment names, and never from https to http.

import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { redirected, Web } from '../../../weights-converter/pull/web.ts'
import { FaultyServer, honest, seededBytes } from '../../support/faulty-server.ts'

const file = seededBytes(1000, 3)

/** A proxy for plain requests; it remembers the addresses that it was asked for. */
async function startProxy() {
  const asked: string[] = []
  const server = createServer((incoming, answer) => {
    asked.push(incoming.url ?? '')
    const { headers, method } = incoming
    incoming.pipe(
      request(incoming.url ?? '', { method, headers }, found => {
        answer.writeHead(found.statusCode ?? 500, found.headers)
        found.pipe(answer)
      }),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, asked, close: () => server.close() }
}

async function bytesOf(web: Web, address: string): Promise<Buffer> {
  const answer = await web.get(address, {})
  const parts: Uint8Array[] = []
  for await (const part of answer.body()) parts.push(part)
  return Buffer.concat(parts)
}

test('HTTP_PROXY and NO_PROXY', async () => {
  const server = await FaultyServer.start({ file: honest(file) })
  const proxy = await startProxy()
  const before = { ...process.env }
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'])
    delete process.env[name]
  try {
    process.env.HTTP_PROXY = proxy.url
    const through = new Web({ silence: 2000 })
    assert.ok((await bytesOf(through, server.at('file'))).equals(file))
    assert.equal(proxy.asked, [server.at('file')])
    await through.close()
    process.env.NO_PROXY = '127.0.0.1'
    const past = new Web({ silence: 2000 })
    assert.ok((await bytesOf(past, server.at('file'))).equals(file))
    assert.is(proxy.asked.length, 1)
    await past.close()
  } finally {
    for (const name of ['HTTP_PROXY', 'NO_PROXY']) delete process.env[name]
    Object.assign(process.env, before)
    proxy.close()
    await server.close()
  }
})

test('redirects: relative ones, to https and within https, but not from https to http', () => {
  const to = (from: string, location: string) => redirected(new URL(from), location).href
  assert.is(to('http://a.test/x/y', '../z'), 'http://a.test/z')
  assert.is(to('http://a.test/x', 'https://b.test/x'), 'https://b.test/x')
  assert.is(to('https://a.test/x', '//b.test/x'), 'https://b.test/x')
  assert.throws(() => to('https://a.test/x', 'http://a.test/x'), /leads from https to http:\/\/a\.test\/x/)
  assert.throws(() => to('https://a.test/x', 'data:,x'), /no web address/)
})

test.run()
