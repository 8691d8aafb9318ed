// Pulling: mirrors in order, hashes and pins, licences, folders of one's own, room, and one pull at a time.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError, FileError, InputError } from '../../../lib/core/errors.ts'
import type { Catalogue, CatalogueFile } from '../../../weights-converter/pull/catalogue.ts'
import { type PullOptions, pull } from '../../../weights-converter/pull/pull.ts'
import { FaultyServer, honest, saying, seededBytes, slow } from '../../support/faulty-server.ts'
import { temporaryFolder } from '../files.ts'

const one = seededBytes(200_000, 4)
const two = seededBytes(50_000, 5)
const page = Buffer.from('<!DOCTYPE html><html><body>Not found, but 200 all the same</body></html>')
const tuning = { piece: 65_536, connections: 2, retries: 1, pause: 5, silence: 500 }
const LICENCE = { id: 'free', title: 'Free', text: 'for all', url: 'https://a.test/' }

const test = suite<{ server: FaultyServer }>('pull')
test.before(async context => {
  const wrong = Buffer.from(one)
  wrong[1000] = (wrong[1000] ?? 0) ^ 1
  context.server = await FaultyServer.start({
    'a/one.bin': honest(one),
    'b/one.bin': honest(wrong),
    'c/one.bin': honest(page),
    'd/one.bin': slow(one, 4096, 2),
    'a/two.zip': honest(two),
    'b/two.zip': honest(seededBytes(50_000, 6)),
    'c/two.zip': honest(page),
    'd/two.zip': saying(403),
  })
})
test.before.each(() => {
  process.env.STORYTELLER_HOME = temporaryFolder()
})
test.after(({ server }) => server.close())

/** A catalogue of a file with a published hash and one without, from these folders of the server. */
function catalogue(server: FaultyServer, folders: readonly string[], more: Partial<CatalogueFile> = {}): Catalogue {
  const shared = { set: 's', purpose: 'p', licence: 'free', facts: ['made up'], alternative: false, extra: false }
  const mirrors = (name: string) => folders.map(folder => server.at(`${folder}/${name}`))
  const sha256 = createHash('sha256').update(one).digest('hex')
  return {
    licences: [LICENCE],
    files: [
      { ...shared, name: 'one.bin', bytes: one.length, sha256, mirrors: mirrors('one.bin'), ...more },
      { ...shared, name: 'two.zip', contains: ['x.npy', 'y.txt'], mirrors: mirrors('two.zip') },
    ],
  }
}

const accept = async () => true
const pulling = (server: FaultyServer, folders: readonly string[], options: Partial<PullOptions> = {}) =>
  pull({ catalogue: catalogue(server, folders), accept, tuning, ...options })
const failure = async (work: Promise<unknown>): Promise<Error> => {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  assert.instance(error, Error)
  return error as Error
}

test('files arrive, are checked, and are kept the next time without a request', async ({ server }) => {
  const { folder, files, failed } = await pulling(server, ['a'])
  assert.equal(failed, [])
  assert.is(folder, join(process.env.STORYTELLER_HOME ?? '', 'originals'))
  assert.equal(
    files.map(({ name, from, published }) => [name, from, published]),
    [
      ['one.bin', server.at('a/one.bin'), true],
      ['two.zip', server.at('a/two.zip'), false],
    ],
  )
  assert.ok(readFileSync(join(folder, 'one.bin')).equals(one) && readFileSync(join(folder, 'two.zip')).equals(two))
  assert.equal(readdirSync(folder).sort(), ['one.bin', 'two.zip'])
  const before = server.asked.length
  const again = await pulling(server, ['a'])
  assert.equal(
    again.files.map(({ from }) => from),
    ['kept', 'kept'],
  )
  assert.is(server.asked.length, before)
})

test('a kept file that was changed is noticed, and fetched anew', async ({ server }) => {
  const { folder } = await pulling(server, ['a'])
  writeFileSync(join(folder, 'one.bin'), two)
  const { files } = await pulling(server, ['a'])
  assert.is(files.find(({ name }) => name === 'one.bin')?.from, server.at('a/one.bin'))
  assert.ok(readFileSync(join(folder, 'one.bin')).equals(one))
})

test('mirrors in order: wrong bytes, a web page and a refusal are passed over', async ({ server }) => {
  const { files, failed } = await pulling(server, ['b', 'c', 'nowhere', 'a'])
  assert.is(files.find(({ name }) => name === 'one.bin')?.from, server.at('a/one.bin'))
  assert.is(files.find(({ name }) => name === 'two.zip')?.from, server.at('b/two.zip'))
  assert.equal(failed, [])
})

test('where no mirror serves, each one’s reason; the other files come all the same', async ({ server }) => {
  const { folder, files, failed } = await pulling(server, ['b', 'c', 'nowhere'])
  assert.equal(
    files.map(({ name }) => name),
    ['two.zip'],
  )
  const [{ name, reasons } = { name: '', reasons: [] }] = failed
  assert.is(name, 'one.bin')
  assert.match(reasons[0] ?? '', /\/b\/one\.bin is not the published file: its SHA-256 is [0-9a-f]{64}, not /)
  assert.match(reasons[1] ?? '', /\/c\/one\.bin has a file of \d+ bytes there, the published one has 200000/)
  assert.match(reasons[2] ?? '', /\/nowhere\/one\.bin has no such file \(HTTP 404\)/)
  assert.equal(readdirSync(folder), ['two.zip'])
  const pages = await pulling(server, ['c', 'd'], { name: 'two.zip', folder: temporaryFolder() })
  assert.match(pages.failed[0]?.reasons[0] ?? '', /two\.zip is a web page; a server sent it in place of the file/)
  assert.match(pages.failed[0]?.reasons[1] ?? '', /does not give it to everyone \(HTTP 403\)/)
})

test('a file without a published hash: what came first is held to', async ({ server }) => {
  const { folder } = await pulling(server, ['a'], { name: 'two.zip' })
  rmSync(join(folder, 'two.zip'))
  const other = await pulling(server, ['b'], { name: 'two.zip' })
  assert.match(
    other.failed[0]?.reasons[0] ?? '',
    /is not the file that came first: .* takes two\.zip out of .*pulled\.json/,
  )
  assert.not(existsSync(join(folder, 'two.zip')))
  const same = await pulling(server, ['b', 'a'], { name: 'two.zip' })
  assert.is(same.files[0]?.from, server.at('a/two.zip'))
})

test('licences: shown once, and nothing is asked for without a yes', async ({ server }) => {
  const shown: string[] = []
  const asking = (answer: boolean) => ({
    accept: async (licences: readonly { title: string }[]) => {
      shown.push(...licences.map(({ title }) => title))
      return answer
    },
  })
  const before = server.asked.length
  assert.match((await failure(pulling(server, ['a'], asking(false)))).message, /its licences were not accepted/)
  assert.is(server.asked.length, before)
  await pulling(server, ['a'], { ...asking(true), name: 'one.bin' })
  await pulling(server, ['a'], asking(true))
  assert.equal(shown, ['Free', 'Free'])
})

test('files of one’s own first, then the mirrors; a wrong one is named', async ({ server }) => {
  const own = temporaryFolder()
  mkdirSync(join(own, 'downloads', 'old'), { recursive: true })
  writeFileSync(join(own, 'downloads', 'one.bin'), one)
  const before = server.asked.length
  const { files } = await pulling(server, ['a'], { from: own })
  assert.equal(
    files.map(({ from }) => from),
    [join(own, 'downloads', 'one.bin'), server.at('a/two.zip')],
  )
  assert.is(server.count('a/one.bin'), server.asked.slice(0, before).filter(({ path }) => path === 'a/one.bin').length)
  writeFileSync(join(own, 'downloads', 'one.bin'), one.subarray(0, 1000))
  const cut = await pulling(server, ['nowhere'], { from: own, name: 'one.bin', folder: temporaryFolder() })
  assert.match(cut.failed[0]?.reasons[0] ?? '', /one\.bin has 1000 bytes, the published file has 200000/)
  assert.ok(existsSync(join(own, 'downloads', 'one.bin')), 'one’s own files are left alone')
})

test('an archive that was unpacked already: what was in it', async ({ server }) => {
  const own = temporaryFolder()
  for (const name of ['x.npy', 'y.txt']) writeFileSync(join(own, name), name)
  const { folder, files } = await pulling(server, ['a'], { from: own, name: 'two.zip', offline: true })
  assert.equal(
    files.map(({ name }) => name),
    ['x.npy', 'y.txt'],
  )
  assert.is(readFileSync(join(folder, 'y.txt'), 'utf8'), 'y.txt')
  const again = await pulling(server, ['a'], { name: 'two.zip' })
  assert.equal(
    again.files.map(({ name, from }) => [name, from]),
    [
      ['x.npy', 'kept'],
      ['y.txt', 'kept'],
    ],
  )
})

test('a wrong file of one’s own takes nothing away from a download that is under way', async ({ server }) => {
  const stop = new AbortController()
  const onProgress = ({ stage, done }: { stage: string; done: number }) => {
    if (stage.startsWith('pulling') && done > 150_000) stop.abort()
  }
  await failure(pulling(server, ['d'], { name: 'one.bin', signal: stop.signal, onProgress }))
  const own = temporaryFolder()
  writeFileSync(join(own, 'one.bin'), two)
  const { failed } = await pulling(server, ['d'], { name: 'one.bin', from: own, offline: true })
  assert.match(failed[0]?.reasons[0] ?? '', /one\.bin has 50000 bytes, the published file has 200000/)
  assert.ok(existsSync(join(process.env.STORYTELLER_HOME ?? '', 'originals', 'one.bin.part.json')))
})

test('a folder of one’s own: what is in the way keeps its bytes under another name', async ({ server }) => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'one.bin'), page)
  await pulling(server, ['a'], { name: 'one.bin', folder })
  assert.ok(readFileSync(join(folder, 'one.bin')).equals(one))
  assert.ok(readFileSync(join(folder, 'one.bin.replaced')).equals(page))
})

test('what no story needs lies apart, so that models stay as they are', async ({ server }) => {
  const list = catalogue(server, ['a'], { extra: true })
  const { files } = await pulling(server, ['a'], { catalogue: list, name: 'one.bin' })
  assert.is(files[0]?.path, join(process.env.STORYTELLER_HOME ?? '', 'extras', 'one.bin'))
})

test('an address for all of them; offline, none', async ({ server }) => {
  const { files } = await pulling(server, ['nowhere'], { from: server.at('a/') })
  assert.equal(
    files.map(({ from }) => from),
    [server.at('a/one.bin'), server.at('a/two.zip')],
  )
  const before = server.asked.length
  const offline = await pulling(server, ['a'], { offline: true, folder: temporaryFolder() })
  assert.is(server.asked.length, before)
  assert.is(offline.failed.length, 2)
})

test('no room: told before anything is asked for', async ({ server }) => {
  const huge = catalogue(server, ['a'], { bytes: 10 ** 15 })
  const before = server.asked.length
  const error = await failure(pulling(server, ['a'], { catalogue: huge }))
  assert.instance(error, FileError)
  assert.match(error.message, /2 files need 1,000,000,000 MB, but there is room for [\d,]+ MB; make room/)
  assert.is(server.asked.length, before)
})

test('stopped: what was fetched stays, and the next pull goes on', async ({ server }) => {
  const stop = new AbortController()
  const onProgress = ({ done }: { done: number }) => {
    if (done > 150_000) stop.abort()
  }
  const error = await failure(pulling(server, ['d'], { name: 'one.bin', signal: stop.signal, onProgress }))
  assert.instance(error, AbortError)
  const folder = join(process.env.STORYTELLER_HOME ?? '', 'originals')
  assert.equal(readdirSync(folder).sort(), ['one.bin.part', 'one.bin.part.json'])
  // The mirror that it was begun from is asked first.
  const { files } = await pulling(server, ['a', 'd'], { name: 'one.bin' })
  assert.is(files[0]?.from, server.at('d/one.bin'))
  assert.equal(readdirSync(folder), ['one.bin'])
})

test('a part with wrong bytes of another mirror: once more, all from one', async ({ server }) => {
  const stop = new AbortController()
  const onProgress = ({ done }: { done: number }) => {
    if (done > 150_000) stop.abort()
  }
  await failure(pulling(server, ['d'], { name: 'one.bin', signal: stop.signal, onProgress }))
  const part = join(process.env.STORYTELLER_HOME ?? '', 'originals', 'one.bin.part')
  const bytes = readFileSync(part)
  bytes[10] = (bytes[10] ?? 0) ^ 255
  writeFileSync(part, bytes)
  const { files } = await pulling(server, ['a'], { name: 'one.bin' })
  assert.is(files[0]?.from, server.at('a/one.bin'))
})

test('one pull at a time; the lock of a process that is no more counts for nothing', async ({ server }) => {
  const lock = join(process.env.STORYTELLER_HOME ?? '', 'pull.lock')
  writeFileSync(lock, `${process.ppid}`)
  const error = await failure(pulling(server, ['a']))
  assert.instance(error, InputError)
  assert.match(error.message, /another pull \(process \d+\) is at work/)
  rmSync(lock)
  // Which of the two comes first is the file system's business.
  const both = await Promise.allSettled([pulling(server, ['d']), pulling(server, ['a'])])
  const refused = both.flatMap(end => (end.status === 'rejected' ? [String(end.reason)] : []))
  assert.is(refused.length, 1)
  assert.match(refused[0] ?? '', /another pull of this process/)
  for (const left of ['4194303', '', 'x', `${process.pid}`]) {
    writeFileSync(lock, left)
    await pulling(server, ['a'])
    assert.not(existsSync(lock))
  }
})

test('a memory that cannot be read is told, not overwritten', async ({ server }) => {
  const memory = join(process.env.STORYTELLER_HOME ?? '', 'pulled.json')
  writeFileSync(memory, '{"pins":')
  assert.match((await failure(pulling(server, ['a']))).message, /pulled\.json: cannot be understood/)
  assert.is(readFileSync(memory, 'utf8'), '{"pins":')
})

test.run()
