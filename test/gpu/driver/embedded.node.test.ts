// The embedded driver in the cache: unpacked whole, once, by whoever comes first; repaired where it is damaged; never used half.

import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DeviceError } from '../../../lib/core/errors.ts'
import { embeddedDriver, hasEmbeddedDriver } from '../../../lib/gpu/driver/embedded.node.ts'
import { inChild, start } from '../../support/child.ts'

const test = suite<{ home: string }>('embedded driver')

const LIBRARY = 'libvk_swiftshader.so'
const FILES = ['SHA256SUMS', LIBRARY, 'libvulkan.so.1', 'vk_swiftshader_icd.json']
const MODULE = { embeddedDriver: 'gpu/driver/embedded.node.ts' }

test.before.each(async context => {
  context.home = await mkdtemp(join(tmpdir(), 'storyteller-embedded-'))
})
test.after.each(async ({ home }) => {
  await rm(home, { recursive: true, force: true })
})

/** The contents of the driver's folder, and that it stands alone in the cache. */
async function contents(home: string): Promise<Map<string, Buffer>> {
  const folders = await readdir(join(home, 'drivers'))
  assert.is(folders.length, 1, `left over: ${folders}`)
  const folder = join(home, 'drivers', folders[0] ?? '')
  const names = (await readdir(folder)).sort()
  assert.equal(names, FILES)
  return new Map(await Promise.all(names.map(async name => [name, await readFile(join(folder, name))] as const)))
}

const inode = async (path: string): Promise<number> => (await stat(path)).ino
const folderOf = async (home: string): Promise<string> => dirname((await embeddedDriver(home)).manifest)

test('it is embedded for Linux x64 alone', () => {
  assert.is(hasEmbeddedDriver('linux', 'x64'), true)
  assert.is(hasEmbeddedDriver('linux', 'arm64'), false)
  assert.is(hasEmbeddedDriver('darwin', 'x64'), false)
})

test('unpacked once: the second call finds it, and finds it whole', async ({ home }) => {
  const first = await embeddedDriver(home)
  const library = join(dirname(first.manifest), LIBRARY)
  const before = await inode(library)
  assert.equal(await embeddedDriver(home), first)
  assert.is(await inode(library), before)
  assert.is(basename(first.loader), 'libvulkan.so.1')
  const files = await contents(home)
  assert.is(files.get(LIBRARY)?.subarray(1, 4).toString(), 'ELF')
  assert.match(JSON.parse(String(files.get('vk_swiftshader_icd.json'))).ICD.library_path, LIBRARY)
})

test('the files belong to whoever unpacked them', async ({ home }) => {
  const { loader } = await embeddedDriver(home)
  assert.is((await stat(loader)).uid, process.getuid?.())
})

test('several processes at once: one folder, all of them get it', async ({ home }) => {
  const body = 'return embeddedDriver()'
  const found = await Promise.all(Array.from({ length: 4 }, () => inChild(MODULE, body, { STORYTELLER_HOME: home })))
  for (const driver of found) assert.equal(driver, found[0])
  await contents(home)
})

test('whatever is damaged is repaired', async ({ home }) => {
  const folder = await folderOf(home)
  const whole = await contents(home)
  const library = join(folder, LIBRARY)
  const damages: Record<string, () => Promise<void>> = {
    'a file is missing': () => rm(join(folder, 'libvulkan.so.1')),
    'a file is cut short': () => truncate(library, 1000),
    'a file is empty': () => truncate(library, 0),
    'a byte is turned': async () => {
      const bytes = await readFile(library)
      bytes[5_000_000] = ~(bytes[5_000_000] ?? 0) & 0xff
      await writeFile(library, bytes)
    },
    'the sums are missing': () => rm(join(folder, 'SHA256SUMS')),
    'the folder is empty': async () => {
      await rm(folder, { recursive: true })
      await mkdir(folder)
    },
    'a file stands in its place': async () => {
      await rm(folder, { recursive: true })
      await writeFile(folder, '')
    },
  }
  for (const [what, damage] of Object.entries(damages)) {
    await damage()
    await embeddedDriver(home)
    assert.equal(await contents(home), whole, what)
  }
})

test('several processes find it damaged: all of them get it whole', async ({ home }) => {
  const folder = await folderOf(home)
  const whole = await contents(home)
  await truncate(join(folder, LIBRARY), 1000)
  await Promise.all(
    Array.from({ length: 4 }, () => inChild(MODULE, 'return embeddedDriver()', { STORYTELLER_HOME: home })),
  )
  assert.equal(await contents(home), whole)
})

test('a process that is killed while unpacking leaves nothing that is used', async ({ home }) => {
  const url = new URL('../../../lib/gpu/driver/embedded.node.ts', import.meta.url)
  for (const call of ['writeFile', 'rename']) {
    // The process ends at this call: before the sums are written, before the folder gets its name.
    const code = `import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
promises.${call} = () => process.kill(process.pid, 'SIGKILL')
syncBuiltinESMExports()
const { embeddedDriver } = await import('${url.href}')
await embeddedDriver()`
    const ended = await start(code, { STORYTELLER_HOME: home }).ended
    assert.is(ended.signal, 'SIGKILL', `${call}: ${ended.stderr}`)
    const [half = ''] = await readdir(join(home, 'drivers'))
    assert.match(half, '.tmp-')
    const { manifest } = await embeddedDriver(home)
    assert.not.match(manifest, '.tmp-')
    await rm(join(home, 'drivers', half), { recursive: true })
    await contents(home)
    await rm(join(home, 'drivers'), { recursive: true })
  }
})

test('a cache that cannot be written is told, with the way out', async ({ home }) => {
  const file = join(home, 'file')
  await writeFile(file, '')
  const error = await embeddedDriver(file).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, DeviceError)
  assert.match(
    (error as Error).message,
    /cannot be unpacked into .*; set STORYTELLER_HOME to a folder that can be written/,
  )
})

test('the adapter opens from a cache of its own', async ({ home }) => {
  const modules = { openAdapter: 'gpu/driver.node.ts' }
  const body = "const { name, label } = await openAdapter('swiftshader'); return { name, label }"
  const opened = await inChild(modules, body, { STORYTELLER_HOME: home, VK_DRIVER_FILES: join(home, 'none.json') })
  assert.equal(opened, { name: 'swiftshader', label: 'SwiftShader' })
  await contents(home)
})

test.run()
