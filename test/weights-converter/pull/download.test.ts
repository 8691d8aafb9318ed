// Downloads from servers that fail in every way we know of: what arrives is the right file, or nothing, with a reason; never a mixture.

import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError, FileError } from '../../../lib/core/errors.ts'
import { type Download, download } from '../../../weights-converter/pull/download.ts'
import { Trouble } from '../../../weights-converter/pull/trouble.ts'
import { Web } from '../../../weights-converter/pull/web.ts'
import {
  altered,
  type Behaviour,
  breakingOff,
  FaultyServer,
  honest,
  leadingTo,
  saying,
  seededBytes,
  slow,
  sometimes,
} from '../../support/faulty-server.ts'
import { temporaryFolder } from '../files.ts'

const KB = 1024
const file = seededBytes(300 * KB + 17, 1)
const other = seededBytes(file.length, 2)
const web = new Web({ silence: 300 })
const tuning = { piece: 64 * KB, connections: 3, retries: 3, pause: 5 }

const test = suite('download')
test.after(() => web.close())

const newPart = (): string => join(temporaryFolder(), 'file.part')

interface Outcome {
  readonly server: FaultyServer
  readonly part: string
  readonly error: unknown
}

/** Downloads from a server of one behaviour. */
async function from(behaviour: Behaviour, options: Partial<Download> = {}): Promise<Outcome> {
  const server = await FaultyServer.start({ file: behaviour, elsewhere: honest(file) })
  const part = options.part ?? newPart()
  const onBytes = (done: number, total: number | undefined) =>
    assert.ok(total === undefined || done <= total, `${done} of ${total}`)
  const task = { url: server.at('file'), part, published: true, tuning, onBytes, onSize: async () => {}, ...options }
  try {
    await download(web, task)
    return { server, part, error: undefined }
  } catch (error) {
    return { server, part, error }
  } finally {
    await server.close()
  }
}

const isWhole = ({ part, error }: Outcome, bytes = file): void => {
  assert.is(error, undefined, String(error))
  assert.ok(readFileSync(part).equals(bytes), 'the bytes are the right ones')
}
const isLeft = ({ error }: Outcome, reason: RegExp): void => {
  assert.instance(error, Trouble)
  assert.is((error as Trouble).remedy, 'elsewhere')
  assert.match((error as Trouble).message, reason)
}

test('an honest server: in parts, over several connections, each part once', async () => {
  const outcome = await from(slow(file, 8 * KB, 1))
  isWhole(outcome)
  const ranges = outcome.server.asked.map(({ range }) => range)
  assert.equal([...new Set(ranges)].length, ranges.length)
  assert.is(ranges.length, 1 + Math.ceil(file.length / tuning.piece))
  assert.ok(outcome.server.most <= tuning.connections, `${outcome.server.most} connections`)
  assert.ok(outcome.server.most >= 2)
  for (const { ifRange } of outcome.server.asked.slice(1)) assert.is(ifRange, '"one"')
})

test('cut again and again: each time it goes on from where it was', async () => {
  const outcome = await from(breakingOff(file, 20 * KB, 'cut'), { tuning: { ...tuning, retries: 4 } })
  isWhole(outcome)
  assert.ok(
    outcome.server.asked.some(({ range }) => range !== undefined && !/=\d*(0|65536|131072|196608|262144)-/.test(range)),
  )
})

test('silent in the middle: given up after a while, and asked again', async () => {
  isWhole(await from(sometimes(file, nth => nth === 2, breakingOff(file, 10 * KB, 'silent'))))
})

test('cut before anything comes, always: left, with the reason', async () => {
  isLeft(await from(answer => answer.destroy()), /the connection was cut, 4 times in a row/)
  isLeft(await from(() => undefined), /does not answer in time, 4 times in a row/)
})

test('more bytes than announced, and fewer', async () => {
  const long: Behaviour = altered(file, right => ({
    ...right,
    headers: Object.fromEntries(Object.entries(right.headers).filter(([name]) => name !== 'content-length')),
    body: right.status === 206 && right.body.length > 1 ? Buffer.concat([right.body, Buffer.alloc(9)]) : right.body,
  }))
  isLeft(await from(long), /sends more than it says/)
  isWhole(await from(sometimes(file, nth => nth === 3, long)))
  const short: Behaviour = altered(file, right => ({
    status: right.status,
    headers: { etag: '"one"', 'content-range': right.headers['content-range'] ?? '' },
    body: right.body.subarray(0, Math.max(1, right.body.length - 5)),
  }))
  isWhole(await from(sometimes(file, nth => nth === 2 || nth === 4, short)))
})

test('another part than was asked for, or none that is named', async () => {
  const shifted: Behaviour = altered(file, (right, { range }) =>
    range === 'bytes=0-0'
      ? right
      : { ...right, headers: { ...right.headers, 'content-range': `bytes 7-${6 + right.body.length}/${file.length}` } },
  )
  isLeft(await from(shifted), /gives bytes 7-\d+ where \d+-\d+ were asked for/)
  const unnamed: Behaviour = (answer, asked, nth) =>
    asked.range === undefined
      ? honest(file)(answer, asked, nth)
      : saying(206, { etag: '"one"' }, 'x')(answer, asked, nth)
  isWhole(await from(unnamed))
})

test('a part that is shorter than asked for is taken, and the rest asked for', async () => {
  const few: Behaviour = altered(file, (right, { range }) => {
    const [, from = ''] = /=(\d+)-/.exec(range ?? '') ?? []
    const body = right.body.subarray(0, 20 * KB)
    const span = `bytes ${from}-${Number(from) + body.length - 1}/${file.length}`
    return { status: 206, headers: { etag: '"one"', 'content-range': span, 'content-length': `${body.length}` }, body }
  })
  isWhole(await from(few))
})

test('a server without parts: all in one piece, from the beginning after each failure', async () => {
  const whole: Behaviour = (answer, asked, nth) => honest(file)(answer, { ...asked, range: undefined }, nth)
  const outcome = await from(whole)
  isWhole(outcome)
  assert.is(outcome.server.asked.length, 2)
  isWhole(
    await from((answer, asked, nth) =>
      nth === 2
        ? breakingOff(file, 100 * KB, 'cut')(answer, { ...asked, range: undefined }, nth)
        : whole(answer, asked, nth),
    ),
  )
})

test('a server that gives parts at first and then no more', async () => {
  const outcome = await from((answer, asked, nth) =>
    honest(file)(answer, nth > 2 ? { ...asked, range: undefined } : asked, nth),
  )
  isWhole(outcome)
})

test('no length at all', async () => {
  const unsized: Behaviour = answer => {
    answer.writeHead(200, { etag: '"one"' })
    answer.write(file.subarray(0, 1000))
    answer.end(file.subarray(1000))
  }
  isWhole(await from(unsized))
})

test('the size is not the published one', async () => {
  const outcome = await from(honest(file), { bytes: file.length + 1 })
  isLeft(outcome, /a file of \d+ bytes there, the published one has \d+/)
  assert.is(outcome.server.asked.length, 1)
  assert.not(existsSync(outcome.part))
})

test('encoded, though asked not to', async () => {
  const zipped = gzipSync(file)
  isLeft(
    await from(altered(zipped, right => ({ ...right, headers: { ...right.headers, 'content-encoding': 'gzip' } }))),
    /sends it as gzip/,
  )
})

test('statuses: what is gone is left at once, what is busy is asked again', async () => {
  for (const [status, reason] of [
    [404, /no such file/],
    [410, /no such file/],
    [403, /does not give it to everyone/],
    [302, /answers HTTP 302/],
    [418, /answers HTTP 418/],
  ] as const) {
    const outcome = await from(saying(status))
    isLeft(outcome, reason)
    assert.is(outcome.server.asked.length, 1)
  }
  for (const status of [429, 500, 502, 503, 504]) isWhole(await from(sometimes(file, nth => nth < 3, saying(status))))
  isLeft(await from(saying(503)), /is busy \(HTTP 503\), 4 times in a row/)
})

test('Retry-After: kept to, as seconds or a date; too long a time is not waited for', async () => {
  const started = Date.now()
  isWhole(await from(sometimes(file, nth => nth === 1, saying(429, { 'retry-after': '1' }))))
  assert.ok(Date.now() - started >= 1000)
  const soon = new Date(Date.now() - 1000).toUTCString()
  isWhole(await from(sometimes(file, nth => nth === 2, saying(503, { 'retry-after': soon }))))
  const outcome = await from(saying(503, { 'retry-after': '86400' }))
  isLeft(outcome, /is busy/)
  assert.is(outcome.server.asked.length, 1)
})

test('redirects: followed, but not in circles and not to anything else', async () => {
  isWhole(await from(leadingTo('/elsewhere')))
  isLeft(await from(leadingTo('/file')), /leads on and on/)
  isLeft(await from(leadingTo('file:///etc/passwd')), /which is no web address/)
  isLeft(await from(leadingTo('ftp://127.0.0.1/file')), /which is no web address/)
  isLeft(await from(leadingTo('http://[')), /which is no web address/)
})

/** The first `upTo` requests see one version, the others another; parts of both are asked for by the same range. */
const changing =
  (upTo: number, versions: readonly [string, string]): Behaviour =>
  (answer, asked, nth) =>
    nth <= upTo ? honest(file, versions[0])(answer, asked, nth) : honest(other, versions[1])(answer, asked, nth)

test('changed under way: all anew, of one version', async () => {
  for (const upTo of [1, 2, 3, 4, 5])
    for (const published of [true, false])
      for (const versions of [
        ['"one"', '"two"'],
        ['W/"one"', 'W/"two"'],
      ] as const) {
        const outcome = await from(changing(upTo, versions), { published })
        // Where nothing exact tells versions apart, the second request is for all of it, and has one version whole.
        const inOnePiece = !published && versions[0].startsWith('W/')
        isWhole(outcome, inOnePiece && upTo > 1 ? file : other)
      }
})

test('changed under way to a shorter or a longer one', async () => {
  for (const next of [file.subarray(0, 70 * KB), Buffer.concat([file, other])])
    isWhole(
      await from((answer, asked, nth) =>
        nth <= 3 ? honest(file)(answer, asked, nth) : honest(next, '"two"')(answer, asked, nth),
      ),
      next,
    )
})

test('changing all the time: left', async () => {
  isLeft(
    await from((answer, asked, nth) => honest(nth % 2 ? file : other, `"${nth}"`)(answer, asked, nth)),
    /has changed/,
  )
})

test('nothing to tell versions apart by, and no published hash: in one piece only', async () => {
  const outcome = await from(honest(file, ''), { published: false })
  isWhole(outcome)
  assert.equal(
    outcome.server.asked.map(({ range }) => range),
    ['bytes=0-0', undefined],
  )
})

/** Downloads until `bytes` are there, then stops; gives the part and what its journal says is kept. */
async function stoppedAfter(bytes: number, options: Partial<Download> = {}): Promise<{ part: string; kept: number }> {
  const stop = new AbortController()
  const onBytes = (done: number) => {
    if (done >= bytes) stop.abort()
  }
  const { part, error } = await from(slow(file, 16 * KB, 1), { signal: stop.signal, onBytes, ...options })
  assert.instance(error, AbortError)
  const { done } = JSON.parse(readFileSync(`${part}.json`, 'utf8')) as { done: [number, number][] }
  for (const [begin, end] of done)
    assert.ok(readFileSync(part).subarray(begin, end).equals(file.subarray(begin, end)), 'what is kept is right')
  return { part, kept: done.reduce((n, [begin, end]) => n + end - begin, 0) }
}

/** Bytes that were asked for in parts. */
const askedBytes = ({ server }: Outcome): number =>
  server.asked.reduce((n, { range }) => {
    const [, begin, end] = /=(\d+)-(\d+)/.exec(range ?? '') ?? []
    return end === undefined || end === '0' ? n : n + Number(end) + 1 - Number(begin)
  }, 0)

test('stopped and begun again: what is kept is not fetched twice', async () => {
  const { part, kept } = await stoppedAfter(250 * KB)
  assert.ok(kept >= tuning.piece && kept < file.length, `${kept} bytes are kept`)
  const again = await from(honest(file), { part })
  isWhole(again)
  assert.is(askedBytes(again), file.length - kept)
})

test('begun again where the file is another now, or cannot be told to be the same: all anew', async () => {
  const { part } = await stoppedAfter(250 * KB)
  isWhole(await from(honest(other.subarray(0, 200 * KB), '"two"'), { part }), other.subarray(0, 200 * KB))
  // Without a published hash, parts of another server's file are not used.
  const { part: unpublished } = await stoppedAfter(250 * KB, { published: false })
  const again = await from(honest(other), { part: unpublished, published: false })
  isWhole(again, other)
  assert.is(askedBytes(again), file.length)
})

test('a journal that is damaged, or tells of more than there is: all anew', async () => {
  const damages: ((part: string) => void)[] = [
    part => writeFileSync(`${part}.json`, '{"url":'),
    part => writeFileSync(`${part}.json`, readFileSync(`${part}.json`, 'utf8').replace(/"done":.*/, '"done":[[9,5]]}')),
    part =>
      writeFileSync(`${part}.json`, readFileSync(`${part}.json`, 'utf8').replace('"done":[', '"done":[[0,1],[0,9],')),
    part => truncateSync(part, 10),
    part => rmSync(part),
    part => rmSync(`${part}.json`),
  ]
  for (const damage of damages) {
    const { part } = await stoppedAfter(250 * KB)
    damage(part)
    const again = await from(honest(file), { part })
    isWhole(again)
    assert.is(askedBytes(again), file.length)
  }
})

test('no room: nothing is written', async () => {
  const part = newPart()
  const refusal = new FileError('no room', { file: part, cure: 'make some' })
  const sizes: number[] = []
  const onSize = async (bytes: number) => {
    sizes.push(bytes)
    throw refusal
  }
  const { error } = await from(honest(file), { part, onSize })
  assert.is(error, refusal)
  assert.equal(sizes, [file.length])
  assert.is(readFileSync(part).length, 0)
})

test.run()
