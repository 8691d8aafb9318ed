// Pulls that are killed: a child pulls from a local server, is ended by SIGKILL at a random moment, and is started again until it is
// done. After each death nothing has a file's name but the right file, and what the journal says is there is there.

import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Random } from '../../lib/core/random.ts'
import { start } from './child.ts'
import { FaultyServer, seededBytes, slow } from './faulty-server.ts'

const MODULE = new URL('../../weights-converter/pull/pull.ts', import.meta.url).href
const CATALOGUE = new URL('../../weights-converter/pull/catalogue.ts', import.meta.url).href

export interface Killed {
  readonly kills: number
  /** Deaths that left a part to go on from. */
  readonly resumed: number
  /** Bytes that were sent again, of those of the files. */
  readonly repeated: number
}

/** Kills pulls until `kills` of them died; a pull that is done makes room for the next. */
export async function killPulls(kills: number, random: Random): Promise<Killed> {
  const files = new Map([
    ['one.bin', seededBytes(400_000, random.bits())],
    ['two.bin', seededBytes(150_000, random.bits())],
  ])
  const server = await FaultyServer.start(
    Object.fromEntries([...files].map(([name, bytes]) => [name, slow(bytes, 4096, 4)])),
  )
  const total = { kills: 0, resumed: 0, repeated: 0 }
  try {
    while (total.kills < kills) await killOnePull(files, server, random, total, kills)
    return total
  } finally {
    await server.close()
  }
}

async function killOnePull(
  files: ReadonlyMap<string, Buffer>,
  server: FaultyServer,
  random: Random,
  total: { kills: number; resumed: number; repeated: number },
  most: number,
): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'storyteller-test-'))
  try {
    writeFileSync(join(home, 'catalogue.json'), JSON.stringify(catalogueOf(files, server)))
    const before = server.asked.length
    for (let done = false; !done; ) {
      const { child, ended } = start(PULL, { HOME_OF_PULL: home, CATALOGUE: join(home, 'catalogue.json') })
      // It says when it begins, so that moments are of the pull and not of the start of a process.
      await new Promise<void>(resolve => {
        child.stdout?.once('data', () => resolve())
        child.once('close', () => resolve())
      })
      // A moment of the work, however fast the machine is: so many requests on, and a little more.
      const moment = server.asked.length + random.integer(1, 14)
      const more = random.uniform() * 20
      const timer = setInterval(() => {
        if (server.asked.length < moment) return
        clearInterval(timer)
        setTimeout(() => child.kill('SIGKILL'), more)
      }, 2)
      if (total.kills >= most) clearInterval(timer)
      const { signal, code, stderr } = await ended
      clearInterval(timer)
      if (signal === 'SIGKILL') total.kills++
      else assert.is(code, 0, stderr)
      done = signal === null
      total.resumed += checkFolder(join(home, 'originals'), files)
    }
    for (const [name, bytes] of files) assert.ok(readFileSync(join(home, 'originals', name)).equals(bytes), name)
    const sent = server.asked.slice(before).reduce((n, { range }) => n + spanOf(range), 0)
    total.repeated += sent - [...files.values()].reduce((n, { length }) => n + length, 0)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

const PULL = `
import { pull } from '${MODULE}'
import { readCatalogue } from '${CATALOGUE}'
process.env.STORYTELLER_HOME = process.env.HOME_OF_PULL
const catalogue = await readCatalogue(process.env.CATALOGUE)
process.stdout.write('begins')
const tuning = { piece: 32768, connections: 3, retries: 2, pause: 10 }
const { failed } = await pull({ catalogue, accept: async () => true, tuning })
process.exitCode = failed.length
`

const catalogueOf = (files: ReadonlyMap<string, Buffer>, server: FaultyServer) => ({
  licences: [{ id: 'free', title: 'Free', text: 'for all', url: 'https://a.test/' }],
  files: [...files].map(([name, bytes], i) => ({
    ...{ name, set: 's', purpose: 'p', licence: 'free', mirrors: [server.at(name)], facts: [] },
    // One with a published hash, one that is held together by its ETag alone.
    ...(i === 0 && { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }),
  })),
})

/** Every file that has its name is the right one, every part is right as far as its journal goes; gives how many parts there are. */
function checkFolder(folder: string, files: ReadonlyMap<string, Buffer>): number {
  let parts = 0
  for (const [name, bytes] of files) {
    const path = join(folder, name)
    if (existsSync(path)) assert.ok(readFileSync(path).equals(bytes), `${name} is whole`)
    if (!existsSync(`${path}.part.json`) || !existsSync(`${path}.part`)) continue
    const { done } = JSON.parse(readFileSync(`${path}.part.json`, 'utf8')) as { done: [number, number][] }
    const part = readFileSync(`${path}.part`)
    for (const [from, to] of done)
      assert.ok(part.subarray(from, to).equals(bytes.subarray(from, to)), `${name}: bytes ${from} to ${to} are there`)
    if (done.length > 0) parts++
  }
  return parts
}

function spanOf(range: string | undefined): number {
  const [, from, to] = /=(\d+)-(\d+)/.exec(range ?? '') ?? []
  return to === undefined || to === '0' ? 0 : Number(to) - Number(from) + 1
}
