// Which adapter a process gets: the order of candidates, what may be asked for, and that there is one a process. Every choice is
// made in a process of its own, over manifests made here, so that the drivers of the machine at hand do not matter.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { embeddedDriver } from '../../lib/gpu/driver/embedded.node.ts'
import { type Environment, inChild } from '../support/child.ts'

const test = suite<{ folder: string }>('driver')

const MODULES = { 'openAdapter, listDrivers': 'gpu/driver.node.ts', candidates: 'gpu/driver/candidates.node.ts' }
const SAY = 'const say = ({ name, label, why, notes }) => ({ name, label, why, notes })'
const { manifest } = await embeddedDriver()
const library = join(manifest, '..', 'libvk_swiftshader.so')

test.before(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-driver-'))
})
test.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

/** A manifest of the given name for SwiftShader's library, or for one that does not exist. */
async function write(folder: string, name: string, works: boolean): Promise<string> {
  const path = join(folder, name)
  const ICD = { library_path: works ? library : `${name}.so`, api_version: '1.1.0' }
  await writeFile(path, JSON.stringify({ file_format_version: '1.0.0', ICD }))
  return path
}

const run = (body: string, env: Environment): Promise<unknown> => inChild(MODULES, `${SAY}; ${body}`, env)

interface Refusal {
  error: { name: string; message: string; exitCode: number }
}

async function refusal(body: string, env: Environment): Promise<string> {
  const { error } = (await run(body, env)) as Refusal
  assert.equal([error.name, error.exitCode], ['DeviceError', 3], error.message)
  return error.message
}

test('candidates come in the order of preference, whatever the order of manifests', async ({ folder }) => {
  const files = [
    await write(folder, 'vk_swiftshader_icd.json', true),
    await write(folder, 'lvp_icd.json', false),
    await write(folder, 'intel_icd.json', false),
    await write(folder, 'radeon_icd.json', false),
  ]
  const found = await run('return candidates().map(({ kind, title, manifests }) => [kind, title, manifests.length])', {
    VK_DRIVER_FILES: files.join(':'),
  })
  assert.equal(found, [
    ['gpu', 'the installed GPU driver', 2],
    ['lavapipe', 'the installed lavapipe', 1],
    ['swiftshader', 'an installed SwiftShader', 1],
    ['swiftshader', 'the embedded SwiftShader', 0],
  ])
})

test('auto passes over drivers that answer nothing, and says so', async ({ folder }) => {
  const files = [await write(folder, 'intel_icd.json', false), await write(folder, 'lvp_icd.json', false)]
  const opened = (await run('return say(await openAdapter())', { VK_DRIVER_FILES: files.join(':') })) as {
    name: string
    why: string
    notes: string[]
  }
  assert.is(opened.name, 'swiftshader')
  assert.is(opened.why, 'neither a hardware GPU nor an installed lavapipe was found')
  assert.is(opened.notes.length, 2)
  assert.is(opened.notes[0], 'the installed GPU driver: no GPU answers it')
  assert.match(opened.notes[1] ?? '', /^the installed lavapipe: WebGPU takes no adapter of it/)
})

test('the environment asks where the caller does not', async ({ folder }) => {
  const env = { VK_DRIVER_FILES: join(folder, 'none') }
  const asked = (await run('return say(await openAdapter())', { ...env, STORYTELLER_ADAPTER: ' swiftshader ' })) as {
    why: string
  }
  assert.is(asked.why, '"swiftshader" was asked for')
  const both = (await run("return say(await openAdapter('auto'))", { ...env, STORYTELLER_ADAPTER: 'gpu' })) as {
    name: string
  }
  assert.is(both.name, 'swiftshader')
  const empty = (await run('return say(await openAdapter())', { ...env, STORYTELLER_ADAPTER: '' })) as { why: string }
  assert.match(empty.why, /^neither/)
})

test('a part of an adapter’s name chooses it', async ({ folder }) => {
  const opened = await run("return say(await openAdapter('sWiftSh'))", { VK_DRIVER_FILES: join(folder, 'none') })
  assert.equal(opened, { name: 'swiftshader', label: 'SwiftShader', why: '"sWiftSh" was asked for', notes: [] })
})

test('a name that nothing has: the error lists what there is', async ({ folder }) => {
  const message = await refusal("await openAdapter('GeForce')", { VK_DRIVER_FILES: join(folder, 'none') })
  assert.match(message, /^no adapter fits "GeForce" \(the embedded SwiftShader: has SwiftShader Device/)
  assert.match(message, /"storyteller doctor" lists all$/)
})

test('a kind that is not there is not replaced by another', async ({ folder }) => {
  const env = { VK_DRIVER_FILES: await write(folder, 'intel_icd.json', false) }
  assert.match(await refusal("await openAdapter('gpu')", env), /"gpu" \(the installed GPU driver: no GPU answers it\)/)
  assert.match(await refusal("await openAdapter('lavapipe')", env), /^no adapter fits "lavapipe"; /)
})

test('the adapter has the last word on what it is', async ({ folder }) => {
  const env = { VK_DRIVER_FILES: await write(folder, 'lvp_icd.json', true) }
  const message = await refusal("await openAdapter('lavapipe')", env)
  assert.match(message, /the installed lavapipe is SwiftShader, not what was asked for/)
  const opened = (await run('return say(await openAdapter())', env)) as { name: string }
  assert.is(opened.name, 'swiftshader')
})

test('one adapter a process: the same again is fine, another is refused', async ({ folder }) => {
  const env = { VK_DRIVER_FILES: await write(folder, 'intel_icd.json', false) }
  const again = `const [a, b, c] = [await openAdapter('swiftshader'), await openAdapter(), await openAdapter('swiftshader')]
return [a.gpu === b.gpu, b.gpu === c.gpu, a.adapter === b.adapter]`
  assert.equal(await run(again, env), [true, true, false])
  const message = await refusal("await openAdapter(); await openAdapter('gpu')", env)
  assert.is(message, 'this process runs on SwiftShader and cannot open "gpu" too; use one adapter a process')
  const atOnce = "await Promise.all([openAdapter('swiftshader'), openAdapter('lavapipe')])"
  assert.match(await refusal(atOnce, env), /cannot open "lavapipe" too/)
})

test('a request that failed does not stand in the way of the next', async ({ folder }) => {
  const body = "await openAdapter('gpu').catch(() => {}); return say(await openAdapter('swiftshader'))"
  const opened = (await run(body, { VK_DRIVER_FILES: join(folder, 'none') })) as { name: string }
  assert.is(opened.name, 'swiftshader')
})

test('drivers are listed with their adapters or their trouble, and one opens afterwards', async ({ folder }) => {
  const env = { VK_DRIVER_FILES: await write(folder, 'intel_icd.json', false) }
  const [list, opened] = (await run('return [await listDrivers(), say(await openAdapter())]', env)) as [
    { kind: string; adapters: string[]; problem?: string }[],
    { name: string },
  ]
  assert.equal(
    list.map(({ kind, problem }) => [kind, problem]),
    [
      ['gpu', 'no GPU answers it'],
      ['swiftshader', undefined],
    ],
  )
  assert.match(list[1]?.adapters[0] ?? '', /^SwiftShader/)
  assert.is(opened.name, 'swiftshader')
})

test('where WebGPU itself cannot be loaded, the error names the platform', async ({ folder }) => {
  const body = `const { register } = await import('node:module')
const hook = "export async function resolve(name, context, next) { if (name === 'webgpu') throw new Error('no binary'); return next(name, context) }"
register('data:text/javascript,' + encodeURIComponent(hook))
return openAdapter()`
  const message = await refusal(body, { VK_DRIVER_FILES: join(folder, 'none') })
  assert.match(message, new RegExp(`cannot be loaded on ${process.platform} ${process.arch} \\(no binary\\)`))
})

test('a setting that makes lavapipe wrong is ignored, and told', async ({ folder }) => {
  const env = { VK_DRIVER_FILES: join(folder, 'none'), LP_NATIVE_VECTOR_WIDTH: '512' }
  const body = 'const { notes } = await openAdapter(); return [notes, process.env.LP_NATIVE_VECTOR_WIDTH ?? null]'
  const [notes, left] = (await run(body, env)) as [string[], string | null]
  assert.match(notes[0] ?? '', /^LP_NATIVE_VECTOR_WIDTH=512 is ignored/)
  assert.is(left, null)
})

test.run()
