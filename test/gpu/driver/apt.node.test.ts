// apt without root: which sources it is given, and how it is called. No network: a fake apt-get stands in for the real one.

import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError, DeviceError } from '../../../lib/core/errors.ts'
import { Apt, packageOf, sourcesWith, suiteOf } from '../../../lib/gpu/driver/apt.node.ts'

const test = suite<{ folder: string; path: string | undefined }>('apt')

const SYSTEM = { sources: { 'main.list': 'deb http://mirror.example/debian trixie main\n' }, codename: 'trixie' }
const DEB822 = `Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`

test.before.each(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-apt-'))
  context.path = process.env.PATH
})
test.after.each(async ({ folder, path }) => {
  process.env.PATH = path
  await rm(folder, { recursive: true, force: true })
})

/** Puts a shell script before all other programs of that name. */
async function fake(folder: string, name: string, script: string): Promise<void> {
  const bin = join(folder, 'bin')
  await mkdir(bin, { recursive: true })
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(bin, name), 0o755)
  process.env.PATH = `${bin}${delimiter}${process.env.PATH}`
}

const backports = (sources: Record<string, string>): string | undefined =>
  sourcesWith('bookworm-backports', { sources, codename: 'bookworm' })['storyteller-backports.list']

test('Debian 12 takes its backports, from the mirror that it has', () => {
  assert.is(suiteOf('bookworm'), 'bookworm-backports')
  assert.is(suiteOf('trixie'), undefined)
  assert.is(suiteOf('noble'), undefined)
  const key = 'signed-by=/usr/share/keyrings/debian-archive-keyring.gpg'
  const line = `deb [${key}] http://mirror.example/debian bookworm-backports main\n`
  assert.is(backports({ 'debian.sources': DEB822 }), line)
  const old =
    'deb [trusted=yes] http://mirror.example/d bookworm main contrib\ndeb http://other.example bookworm-updates main\n'
  assert.is(backports({ 'main.list': old }), 'deb [trusted=yes] http://mirror.example/d bookworm-backports main\n')
  assert.is(
    backports({ 'a.list': 'deb http://mirror.example/d bookworm main\n' }),
    'deb http://mirror.example/d bookworm-backports main\n',
  )
})

test('sources that have the suite, or need none, are taken as they are', () => {
  const sources = { 'debian.sources': DEB822, 'b.list': 'deb http://m.example bookworm-backports main\n' }
  assert.equal(sourcesWith('bookworm-backports', { sources, codename: 'bookworm' }), sources)
  assert.equal(sourcesWith(undefined, SYSTEM), SYSTEM.sources)
})

test('no mirror to take them from is told', () => {
  assert.throws(() => backports({ 'x.list': 'deb http://m.example nodistro main\n' }), /no mirror of bookworm/)
})

test('a package by its file’s name', () => {
  assert.is(packageOf('/a/libllvm15_1%3a15.0.6-4+b1_amd64.deb'), 'libllvm15 1:15.0.6-4+b1')
})

test('everything of apt is below the given folder; the C library is left out; progress is told', async ({ folder }) => {
  await fake(
    folder,
    'apt-get',
    `echo "$@" >> ${folder}/calls
case "$*" in *--download-only*)
  cache=$(echo "$*" | sed 's/.*Dir::Cache=\\([^ ]*\\).*/\\1/')
  for name in libc6_2_amd64 libstdc++6_1_amd64 libvulkan1_1.3_amd64 mesa-vulkan-drivers_25_amd64; do echo > $cache/archives/$name.deb; done
  echo 'dlstatus:1:42.5:Retrieving' >&3;;
esac`,
  )
  const told: string[] = []
  const apt = new Apt(folder, SYSTEM, { onProgress: (stage, percent) => told.push(`${stage} ${percent}`) })
  const files = (await apt.download()).map(file => basename(file)).sort()
  assert.equal(files, ['libvulkan1_1.3_amd64.deb', 'mesa-vulkan-drivers_25_amd64.deb'])
  assert.equal(told, ['packages 42.5'])
  const [update = '', install = ''] = (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n')
  assert.match(update, / -q update$/)
  assert.match(install, / -q -y --download-only install mesa-vulkan-drivers libvulkan1$/)
  for (const name of ['Dir::State', 'Dir::State::status', 'Dir::Cache', 'Dir::Etc::sourceparts'])
    assert.match(install, `-o ${name}=${folder}`)
  const source = join(folder, 'apt', 'sources', 'main.list')
  assert.is(await readFile(source, 'utf8'), SYSTEM.sources['main.list'])
})

test('a list that cannot be updated is no matter; a package that cannot be had is, with apt’s own reason', async ({
  folder,
}) => {
  await fake(
    folder,
    'apt-get',
    `case "$*" in *update*) echo 'E: no list' >&2;; *) echo 'noise' >&2; echo 'E: Unable to locate package' >&2;; esac; exit 100`,
  )
  const error = await new Apt(folder, SYSTEM).download().catch((e: Error) => e)
  assert.instance(error, DeviceError)
  assert.match(String(error), /apt-get failed: E: Unable to locate package; is a package mirror within reach/)
})

test('a signal stops it', async ({ folder }) => {
  await fake(folder, 'apt-get', 'exec sleep 30')
  const stop = new AbortController()
  const downloading = new Apt(folder, SYSTEM, { signal: stop.signal }).download().catch((e: Error) => e)
  setTimeout(() => stop.abort(), 50)
  assert.instance(await downloading, AbortError)
})

test.run()
