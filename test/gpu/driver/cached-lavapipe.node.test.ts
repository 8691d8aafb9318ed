// The lavapipe in the cache: what is taken into it, that half of one is none, and that it comes before the embedded driver.
// SwiftShader's files stand in for lavapipe's: the order and the loading are the same.

import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DeviceError } from '../../../lib/core/errors.ts'
import { fixLavapipe } from '../../../lib/fix-lavapipe.node.ts'
import {
  assemble,
  cachedLavapipe,
  lavapipeFolder,
  removeCachedLavapipe,
} from '../../../lib/gpu/driver/cached-lavapipe.node.ts'
import { embeddedDriver, hasEmbeddedDriver } from '../../../lib/gpu/driver/embedded.node.ts'
import { inChild } from '../../support/child.ts'

const test = suite<{ folder: string }>('cached lavapipe')
const PACKAGES = ['mesa-vulkan-drivers 25']

test.before.each(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-lavapipe-'))
})
test.after.each(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

/** Packages as they would be unpacked: SwiftShader as the driver, with another driver and a symbolic link beside it. */
async function unpacked(folder: string): Promise<string> {
  const { loader, manifest } = await embeddedDriver()
  const lib = join(folder, 'root', 'usr', 'lib', 'x86_64-linux-gnu')
  await mkdir(lib, { recursive: true })
  await copyFile(join(manifest, '..', 'libvk_swiftshader.so'), join(lib, 'libvulkan_lvp.so'))
  await copyFile(loader, join(lib, 'libvulkan.so.1.3'))
  await symlink('libvulkan.so.1.3', join(lib, 'libvulkan.so.1'))
  await symlink('nothing.so.9', join(lib, 'libdangling.so.9'))
  await writeFile(join(lib, 'libvulkan_intel.so'), 'another driver')
  return join(folder, 'root')
}

async function filled(folder: string): Promise<string> {
  const target = lavapipeFolder(folder)
  await mkdir(target, { recursive: true })
  assemble(await unpacked(folder), target, PACKAGES)
  return target
}

test('driver, loader and manifest; other drivers stay out', async ({ folder }) => {
  if (!hasEmbeddedDriver()) return
  const target = await filled(folder)
  assert.equal((await readdir(target)).sort(), ['contents.json', 'libvulkan.so.1', 'libvulkan_lvp.so', 'lvp_icd.json'])
  const { ICD } = JSON.parse(await readFile(join(target, 'lvp_icd.json'), 'utf8'))
  assert.is(ICD.library_path, './libvulkan_lvp.so')
  const found = cachedLavapipe(folder)
  assert.equal([found?.loader, found?.packages], [join(target, 'libvulkan.so.1'), PACKAGES])
})

test('packages without the driver are refused', async ({ folder }) => {
  await mkdir(join(folder, 'root'))
  assert.throws(
    () => assemble(join(folder, 'root'), folder, PACKAGES),
    /mesa-vulkan-drivers 25 have no libvulkan_lvp\.so/,
  )
})

test('half of one is none; removing it leaves nothing', async ({ folder }) => {
  if (!hasEmbeddedDriver()) return
  assert.is(cachedLavapipe(folder), undefined)
  const target = await filled(folder)
  await truncate(join(target, 'libvulkan_lvp.so'), 100)
  assert.is(cachedLavapipe(folder), undefined)
  assert.is(await removeCachedLavapipe(folder), true)
  assert.is(await removeCachedLavapipe(folder), false)
  assert.equal(await readdir(join(folder, 'drivers')), [])
})

test('it comes after installed drivers and before the embedded one, and opens', async ({ folder }) => {
  if (!hasEmbeddedDriver()) return
  await filled(folder)
  const modules = { openAdapter: 'gpu/driver.node.ts', candidates: 'gpu/driver/candidates.node.ts' }
  const env = { STORYTELLER_HOME: folder, VK_DRIVER_FILES: join(folder, 'none') }
  const body = 'const { why, label } = await openAdapter(); return [candidates().map(({ title }) => title), why, label]'
  const [titles, why, label] = (await inChild(modules, body, env)) as [string[], string, string]
  assert.equal(titles, ['the lavapipe of doctor --fix', 'the embedded SwiftShader'])
  assert.match(why, /the lavapipe of doctor --fix comes next$/)
  assert.is(label, 'SwiftShader')
})

test('a driver that fails its trial never gets into the cache, and leaves nothing behind', async ({ folder }) => {
  if (!hasEmbeddedDriver()) return
  const root = await unpacked(folder)
  const bin = join(folder, 'bin')
  await mkdir(bin)
  const script = async (name: string, text: string) => {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  }
  await script(
    'apt-get',
    `case "$*" in *--download-only*) cache=$(echo "$*" | sed 's/.*Dir::Cache=\\([^ ]*\\).*/\\1/'); echo > $cache/archives/mesa-vulkan-drivers_25_amd64.deb;; esac`,
  )
  await script('dpkg-deb', `[ "$1" = --version ] || cp -r ${root}/. "$3"`)
  const path = process.env.PATH
  process.env.PATH = `${bin}:${path}`
  const home = join(folder, 'home')
  const stages: string[] = []
  const error = await fixLavapipe({ onProgress: ({ stage }) => stages.push(stage) }, home).catch((e: Error) => e)
  process.env.PATH = path
  assert.instance(error, DeviceError)
  assert.match(String(error), /the unpacked lavapipe gives no adapter: .* is SwiftShader, not what was asked for/)
  assert.equal(stages, ['unpacking', 'self-test'])
  assert.equal(await readdir(join(home, 'drivers')), [])
})

test.run()
