// Which Vulkan manifests are found, and what they are taken for; and what is advised where there is none.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasHardware, installedDrivers } from '../../../lib/gpu/driver/manifests.node.ts'

const test = suite<{ folder: string }>('manifests')

test.before.each(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-manifests-'))
})
test.after.each(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

async function put(folder: string, names: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, content] of Object.entries(names))
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
}

const icd = (library_path: string, more: object = {}): object => ({ ICD: { library_path, ...more } })
const named = (env: Record<string, string>): string[] =>
  installedDrivers(env).map(({ path, kind }) => `${basename(path)} ${kind}`)

test('a folder stands for its manifests; names tell the kind', async ({ folder }) => {
  await put(folder, {
    'b.json': icd('libvulkan_lvp.so'),
    'lvp_icd.x86_64.json': icd('some.so'),
    'nvidia_icd.json': icd('libGLX_nvidia.so.0'),
    'vk_swiftshader_icd.json': icd('./libvk_swiftshader.so'),
    'notes.txt': 'no manifest',
  })
  assert.equal(named({ VK_DRIVER_FILES: folder }), [
    'b.json lavapipe',
    'lvp_icd.x86_64.json lavapipe',
    'nvidia_icd.json gpu',
    'vk_swiftshader_icd.json swiftshader',
  ])
})

test('what cannot be read, or is for another word size, is left out', async ({ folder }) => {
  await put(folder, {
    'broken.json': '{"ICD":',
    'empty.json': '',
    'none.json': {},
    'null.json': 'null',
    'number.json': { ICD: { library_path: 7 } },
    'arch.json': icd('a.so', { library_arch: '32' }),
    'intel_icd.i686.json': icd('a.so'),
    'good.json': icd('a.so', { library_arch: '64' }),
  })
  assert.equal(named({ VK_DRIVER_FILES: `${folder}:${join(folder, 'missing.json')}` }), ['good.json gpu'])
})

test('VK_DRIVER_FILES excludes all others, VK_ICD_FILENAMES where it is not set', async ({ folder }) => {
  await put(folder, { 'a.json': icd('a.so'), 'b.json': icd('b.so'), 'c.json': icd('c.so') })
  const [a, b, c] = ['a.json', 'b.json', 'c.json'].map(name => join(folder, name)) as [string, string, string]
  assert.equal(named({ VK_DRIVER_FILES: a, VK_ICD_FILENAMES: b, VK_ADD_DRIVER_FILES: c }), ['a.json gpu'])
  assert.equal(named({ VK_ICD_FILENAMES: `${b}:${b}` }), ['b.json gpu'])
})

test('the loader’s standard folders, and what is added to them', async ({ folder }) => {
  await put(join(folder, 'config', 'vulkan', 'icd.d'), { 'mine.json': icd('a.so') })
  await put(join(folder, 'data', 'vulkan', 'icd.d'), { 'data.json': icd('a.so') })
  await put(folder, { 'added.json': icd('a.so') })
  const found = named({
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_DATA_DIRS: `${join(folder, 'data')}:${join(folder, 'nothing')}`,
    VK_ADD_DRIVER_FILES: join(folder, 'added.json'),
  })
  assert.equal(found.slice(0, 2), ['added.json gpu', 'mine.json gpu'])
  assert.ok(found.includes('data.json gpu'))
})

test('Mesa’s drivers for hardware need the kernel’s devices, others do not', () => {
  const drives = (name: string, hasDrm: boolean): boolean =>
    hasHardware({ path: `/usr/share/vulkan/icd.d/${name}`, kind: 'gpu' }, hasDrm)
  for (const name of ['intel_icd.x86_64.json', 'intel_hasvk_icd.json', 'radeon_icd.json', 'virtio_icd.json'])
    assert.equal([drives(name, false), drives(name, true)], [false, true], name)
  for (const name of ['nvidia_icd.json', 'lvp_icd.json', 'dzn_icd.x86_64.json', 'vk_swiftshader_icd.json'])
    assert.is(drives(name, false), true, name)
})

test.run()
