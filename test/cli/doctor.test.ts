// doctor, as a user runs it: what it prints, what it exits with, and that it notices a machine that computes wrongly.

import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Diagnosis } from '../../lib/doctor.node.ts'
import { hasEmbeddedDriver } from '../../lib/gpu/driver/embedded.node.ts'

const test = suite<{ folder: string }>('doctor')

const root = fileURLToPath(new URL('../..', import.meta.url))

test.before(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-doctor-'))
})
test.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `storyteller doctor` from the sources in `cwd`. */
function doctor(args: readonly string[], env: Record<string, string> = {}, cwd = root): Promise<Ended> {
  const text = { stdout: '', stderr: '' }
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/main.ts', 'doctor', ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk: Buffer) => {
      text[name] += chunk.toString()
    })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code, ...text }))
  })
}

test('for people: drivers, the chosen one, memory, the self-test', async () => {
  const { code, stdout } = await doctor([])
  assert.is(code, 0)
  assert.match(stdout, new RegExp(`^Node ${process.versions.node} on ${process.platform} ${process.arch}\n`))
  for (const part of [
    'drivers, best first',
    'chosen: ',
    'maxBufferSize: ',
    'memory: ',
    'self-test',
    'pass  beam search',
  ])
    assert.ok(stdout.includes(part), `${part} is missing in\n${stdout}`)
  assert.not.match(stdout, 'FAIL')
})

test('--json: one object with all of it, and nothing else on stdout', async () => {
  const { code, stdout, stderr } = await doctor(['--json', '--quiet'])
  assert.is(code, 0)
  // Drivers may say what they like there; doctor itself is quiet.
  assert.not.match(stderr, 'examining')
  const found = JSON.parse(stdout) as Diagnosis
  assert.is(found.node, process.versions.node)
  assert.ok(found.drivers.length > 0)
  assert.ok(found.adapter?.why)
  assert.ok((found.adapter?.limits.maxStorageBufferBindingSize ?? 0) >= 2 ** 27)
  assert.ok(found.memory.free > 0 && found.memory.total >= found.memory.free)
  assert.ok(found.memory.budget)
  assert.equal(
    found.checks.map(({ ok }) => ok),
    found.checks.map(() => true),
  )
  assert.ok(found.checks.length >= 6)
})

test('an adapter that is not there: the report all the same, and exit 3', async () => {
  const { code, stdout, stderr } = await doctor(['--adapter', 'no-such-adapter', '--json'])
  assert.is(code, 3)
  const found = JSON.parse(stdout) as Diagnosis
  assert.is(found.adapter, undefined)
  assert.match(String(found.problem), /no adapter fits "no-such-adapter"/)
  assert.equal(found.checks, [])
  assert.match(stderr, /storyteller: no adapter fits "no-such-adapter"/)
})

test('no driver at all, as on platforms without an embedded one: exit 3', async ({ folder }) => {
  if (!hasEmbeddedDriver()) return
  const file = join(folder, 'file')
  await writeFile(file, '')
  const nothing = { VK_DRIVER_FILES: join(folder, 'none'), STORYTELLER_HOME: file, STORYTELLER_ADAPTER: 'auto' }
  const { code, stdout, stderr } = await doctor([], nothing)
  assert.is(code, 3)
  assert.match(stdout, /the embedded SwiftShader: no adapter/)
  assert.match(stderr, /set STORYTELLER_HOME to a folder that can be written/)
})

test('a machine that computes wrongly: the check is named, and exit 1', async ({ folder }) => {
  const copy = join(folder, 'copy')
  for (const part of ['cli', 'lib', 'weights-converter', 'kernels', 'package.json', 'tsconfig.json'])
    await cp(join(root, part), join(copy, part), { recursive: true })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  const kernel = join(copy, 'kernels', 'softmax.wgsl')
  const text = await readFile(kernel, 'utf8')
  assert.ok(text.includes('sum += e;'))
  await writeFile(kernel, text.replace('sum += e;', 'sum += 1.001 * e;'))
  const { code, stdout, stderr } = await doctor([], {}, copy)
  assert.is(code, 1)
  assert.match(stdout, /FAIL {2}softmax: error \d/)
  assert.match(stdout, /pass {2}gemm/)
  assert.match(stderr, /storyteller: .* computes wrongly: softmax; update its driver/)
})

test('wrong usage: exit 2', async () => {
  assert.is((await doctor(['--no-such-option'])).code, 2)
})

test.run()
