// `storyteller doctor --fix`: the distribution's own lavapipe unpacked into the cache, without root. It is tried out by the self-test in a
// process of its own before it takes its place, so that what is in the cache works.

import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheHome } from './core/cache-home.node.ts'
import { AbortError, DeviceError } from './core/errors.ts'
import type { Diagnosis } from './doctor.node.ts'
import { Apt, packageOf, type Run, systemFiles, unpack } from './gpu/driver/apt.node.ts'
import { assemble, type CachedLavapipe, cachedLavapipe, lavapipeFolder } from './gpu/driver/cached-lavapipe.node.ts'
import { lavapipeRemedy } from './gpu/driver/remedies.node.ts'

export interface FixOptions {
  readonly signal?: AbortSignal | undefined
  /** What is being done, and how far. */
  readonly onProgress?: ((progress: { stage: string; done: number; total: number }) => void) | undefined
}

export interface Fixed {
  readonly lavapipe: CachedLavapipe
  /** What `doctor` found with it. */
  readonly label: string
  readonly checks: Diagnosis['checks']
}

/**
 * Downloads, unpacks and tries lavapipe, and puts it into the cache; what was there before stays until then.
 * @throws DeviceError where this is no Debian or Ubuntu, no mirror answers, or the driver does not pass the self-test.
 */
export async function fixLavapipe({ signal, onProgress }: FixOptions = {}, home = cacheHome()): Promise<Fixed> {
  checkSystem()
  const drivers = join(home, 'drivers')
  mkdirSync(drivers, { recursive: true })
  const work = await mkdtemp(join(drivers, 'lavapipe.tmp-'))
  const report = (stage: string, percent: number) => onProgress?.({ stage, done: Math.round(percent), total: 100 })
  const run: Run = { signal, onProgress: report }
  try {
    const files = await new Apt(work, systemFiles(), run).download()
    const root = join(work, 'root')
    mkdirSync(root)
    await unpack(files, root, run)
    // A home of its own, in which the new driver already has its place.
    const trial = join(work, 'home')
    mkdirSync(lavapipeFolder(trial), { recursive: true })
    assemble(root, lavapipeFolder(trial), files.map(packageOf))
    report('self-test', 0)
    const { label, checks } = await tryOut(trial, signal)
    await replace(lavapipeFolder(trial), lavapipeFolder(home))
    const lavapipe = cachedLavapipe(home)
    if (lavapipe === undefined)
      throw new DeviceError(`${lavapipeFolder(home)} was changed while it was made; try again`)
    return { lavapipe, label, checks }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** @throws DeviceError on a system whose packages this cannot unpack. */
function checkSystem(): void {
  const root = lavapipeRemedy()?.command
  const other = root === undefined ? '' : `; as root: ${root}`
  if (process.platform !== 'linux')
    throw new DeviceError(`--fix unpacks packages of Debian and Ubuntu; here is ${process.platform}`)
  for (const [name, args] of [
    ['apt-get', '--version'],
    ['dpkg-deb', '--version'],
  ] as const)
    try {
      execFileSync(name, [args], { stdio: 'ignore' })
    } catch (cause) {
      throw new DeviceError(`--fix unpacks packages of Debian and Ubuntu, and there is no ${name} here${other}`, {
        cause,
      })
    }
}

/** Runs `doctor` on the driver of another cache, in a process of its own: a process has one adapter, and a driver may crash it. */
async function tryOut(
  home: string,
  signal: AbortSignal | undefined,
): Promise<{ label: string; checks: Diagnosis['checks'] }> {
  const doctor = new URL(import.meta.url.replace('fix-lavapipe.node', 'doctor.node')).href
  const code = `import { writeSync } from 'node:fs'
import { diagnose } from ${JSON.stringify(doctor)}
const { adapter, checks, problem } = await diagnose('lavapipe')
writeSync(1, '\\n=' + JSON.stringify({ label: adapter?.label, checks, problem: problem?.message }) + '\\n')`
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '--eval', code], {
    // A list of drivers that names none: the one in the cache is all there is.
    env: { ...process.env, STORYTELLER_HOME: home, VK_DRIVER_FILES: join(home, 'none'), VK_ICD_FILENAMES: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk: Buffer) => {
      said[name] += chunk.toString()
    })
  const ended = await new Promise<string>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, killed) => resolve(killed ?? `exit code ${status}`))
  }).catch((cause: unknown) => {
    throw signal?.aborted ? new AbortError('interrupted', { cause }) : cause
  })
  const answer = /^=(.*)$/m.exec(said.stdout)?.[1]
  if (answer === undefined)
    throw new DeviceError(`the unpacked lavapipe ended its self-test with ${ended}: ${said.stderr.trim().slice(-300)}`)
  const { label, checks, problem } = JSON.parse(answer) as {
    label?: string
    checks: Diagnosis['checks']
    problem?: string
  }
  const wrong = checks.filter(({ ok }) => !ok).map(({ name }) => name)
  if (label === undefined) throw new DeviceError(`the unpacked lavapipe gives no adapter: ${problem}`)
  if (wrong.length > 0) throw new DeviceError(`the unpacked lavapipe computes wrongly: ${wrong.join(', ')}`)
  return { label, checks }
}

/** Puts a folder in another's place; nobody finds a part of either. */
async function replace(fresh: string, folder: string): Promise<void> {
  const old = `${fresh}.old`
  await rename(folder, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await rename(fresh, folder)
}
