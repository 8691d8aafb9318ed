// npm run test:scale [-- --kills N --keep DIR]: the published sizes, conversion by conversion, in a temporary folder (16 GB, cleaned). For
// each: seconds against `sha256sum` on the same files, and peak memory, from a process of its own; then a conversion that is killed
// at N random moments (20 if not said) and must come out whole, with the same hashes. Ends with `N passed, N failed`. Minutes.

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Random } from '../../lib/core/random.ts'
import type { Manifest as BundleManifest } from '../../lib/io/manifest.ts'
import type { Manifest } from '../full/originals.ts'
import { VGG_FORMS, writeSet, writeVggForm } from './originals.ts'

const { values } = parseArgs({ options: { kills: { type: 'string', default: '20' }, keep: { type: 'string' } } })
const recorded = new URL('../golden/full/expected/manifest.json', import.meta.url)
const manifest: Manifest = JSON.parse(readFileSync(recorded, 'utf8'))
const child = fileURLToPath(new URL('./convert.ts', import.meta.url))

/** Of memory, and of time in those of `sha256sum`. */
const MOST_BYTES = 1e9
const SLOWEST = 4
/** Bytes from which time is held to that: with less, starting and looking through the folder is what takes it. */
const BULK = 1e8

interface Job {
  readonly name: string
  readonly files: readonly string[]
  readonly options: Readonly<Record<string, string>>
}

const counts = { passed: 0, failed: 0 }
function check(ok: boolean, what: string): void {
  counts[ok ? 'passed' : 'failed']++
  if (!ok) process.stdout.write(`FAIL  ${what}\n`)
}

const log = (text: string): void => void process.stderr.write(`${text}\n`)

/** Starts a conversion; `seconds` and `peakBytes` come from the process itself, or it was killed. */
function start(options: Readonly<Record<string, string>>) {
  const process_ = spawn(process.execPath, ['--import', 'tsx', child, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  process_.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const ended = new Promise<{ seconds: number; peakBytes: number } | undefined>(resolve => {
    process_.on('close', code => resolve(code === 0 ? JSON.parse(text) : undefined))
  })
  return { kill: () => process_.kill('SIGKILL'), ended }
}

/** Seconds that `sha256sum` takes; where there is none, seconds of hashing here. */
function hashingSeconds(files: readonly string[]): number {
  const started = performance.now()
  const { error } = spawnSync('sha256sum', files, { stdio: 'ignore' })
  if (error !== undefined) for (const file of files) createHash('sha256').update(readFileSync(file)).digest()
  return (performance.now() - started) / 1000
}

async function measure({ name, files, options }: Job, out: string): Promise<void> {
  const bytes = files.reduce((n, file) => n + statSync(file).size, 0)
  // The first reading fills the system's cache for both.
  hashingSeconds(files)
  const hashing = hashingSeconds(files)
  const result = await start({ ...options, out }).ended
  check(result !== undefined, `${name}: the conversion failed`)
  if (result === undefined) return
  const ratio = result.seconds / hashing
  const memory = `${Math.round(result.peakBytes / 1e6)} MB`
  const row = [
    `${(bytes / 1e9).toFixed(2)} GB`,
    `${result.seconds.toFixed(1)} s`,
    `${ratio.toFixed(1)} × sha256sum`,
    memory,
  ]
  process.stdout.write(`${name.padEnd(44)}${row.map(cell => cell.padStart(18)).join('')}\n`)
  if (bytes >= BULK)
    check(ratio <= SLOWEST, `${name}: ${ratio.toFixed(1)} times as long as sha256sum, ${SLOWEST} at most`)
  check(result.peakBytes < MOST_BYTES, `${name}: ${memory}, ${MOST_BYTES / 1e6} MB at most`)
}

const bundleOf = (out: string): BundleManifest => JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
const hashes = (out: string) =>
  JSON.stringify(Object.entries(bundleOf(out).tensors).map(([name, t]) => [name, t.sha256]))

/** Kills a conversion at random moments and goes on; what comes out must be what one that was left alone gives. */
async function kills({ options }: Job, folder: string, count: number): Promise<void> {
  const whole = join(folder, 'whole')
  const seconds = (await start({ ...options, out: whole }).ended)?.seconds ?? 0
  const expected = hashes(whole)
  const random = new Random(count)
  const out = join(folder, 'killed')
  let finished = 0
  for (let kill = 0; kill < count; ) {
    const { kill: end, ended } = start({ ...options, out })
    const timer = setTimeout(end, random.uniform() * 1500 * seconds)
    const result = await ended
    clearTimeout(timer)
    if (result === undefined) {
      kill++
      check(!existsSync(join(out, 'manifest.json')), 'a conversion that was killed left a bundle')
    } else {
      finished++
      check(hashes(out) === expected, 'a conversion that was killed and gone on with has other hashes')
      rmSync(out, { recursive: true })
    }
  }
  const last = await start({ ...options, out }).ended
  check(last !== undefined && hashes(out) === expected, 'the last conversion after the kills is not whole')
  process.stdout.write(`killed ${count} times at random, finished ${finished + 1} times in between and at the end\n`)
  for (const path of [whole, out]) rmSync(path, { recursive: true, force: true })
}

const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'neural-storyteller-scale-'))
try {
  const set = join(folder, 'originals')
  if (!existsSync(set)) writeSet(set, manifest, name => log(`writing ${name}`))
  const out = join(folder, 'bundle')
  const empty = join(folder, 'none')
  mkdirSync(empty, { recursive: true })
  const file = (name: string): string => join(set, name)
  const jobs: Job[] = [
    {
      name: 'bi-skip: table as an object array, encoder',
      only: 'bi-skip',
      files: ['btable.npy', 'bi_skip.npz', 'dictionary.txt'],
    },
    { name: 'uni-skip: the same', only: 'uni-skip', files: ['utable.npy', 'uni_skip.npz', 'dictionary.txt'] },
    { name: 'decoder of 40,000 words', only: 'decoder', files: ['romance.npz', 'romance_dictionary.pkl'] },
    { name: 'embedding, 414,000 captions', only: 'embedding', files: ['coco_embedding.npz', 'coco_train_caps.txt'] },
  ].map(({ name, only, files }) => ({ name, files: files.map(file), options: { source: set, only } }))
  for (const job of jobs) {
    await measure(job, out)
    rmSync(out, { recursive: true, force: true })
  }
  for (const form of VGG_FORMS) {
    const path = join(folder, form)
    if (!existsSync(path)) writeVggForm(path, form, manifest)
    const job = { name: `VGG-19 as ${form}`, files: [path], options: { source: empty, only: 'vgg19', vgg: path } }
    await measure(job, out)
    rmSync(out, { recursive: true, force: true })
    if (form === 'vgg19.pkl') await kills(job, folder, Number(values.kills))
    if (form !== 'vgg19.pkl' && values.keep === undefined) rmSync(path)
  }
  const all = [...new Set(jobs.flatMap(({ files }) => files)), join(folder, 'vgg19.pkl')]
  await measure({ name: 'the whole set', files: all, options: { source: set, vgg: join(folder, 'vgg19.pkl') } }, out)
  await measure(
    { name: 'the whole set, f16', files: all, options: { source: set, vgg: join(folder, 'vgg19.pkl'), dtype: 'f16' } },
    `${out}-f16`,
  )
  const bytes = (dir: string) =>
    Object.values(bundleOf(dir).tensors).reduce((n, { file: name }) => n + statSync(join(dir, name)).size, 0)
  const share = bytes(`${out}-f16`) / bytes(out)
  check(share < 0.51, `f16 takes ${share.toFixed(3)} of the bytes`)
} finally {
  if (values.keep === undefined) rmSync(folder, { recursive: true, force: true })
}
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed\n`)
process.exitCode = counts.failed === 0 ? 0 : 1
