// Brings a checkout into working order: packages as the lock file says, dist/ as the sources say. Plain Node, no packages: it
// runs before `npm ci`. Invariant: what is already in order is left alone, and takes a few milliseconds to find out.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kernelTexts } from './kernel-texts.mjs'

export const root = fileURLToPath(new URL('..', import.meta.url))

const DIST = join(root, 'dist')
const COMMAND = join(DIST, 'cli', 'main.js')
const STAMP = join(DIST, '.sources')
/** What dist/ is made from. */
const SOURCE_FOLDERS = ['lib', 'weights-converter', 'cli', 'kernels']
const SOURCE_FILES = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/kernel-texts.mjs',
]

/** Packages and dist/, made where they are missing or old. Ends the process with a message where that fails. */
export function prepare() {
  install()
  const problem = build()
  if (problem !== undefined) fail(problem)
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(`Node ${process.versions.node} is too old; install 20.19 or later.`)
}

/** Packages as the lock file says. Ends the process with a message where that fails. */
export function install() {
  checkNode()
  if (isInstalled()) return
  say('Installing packages (npm ci) …')
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  // Under npm its own path is known, which spares Windows a shell.
  const npm = process.env.npm_execpath
  const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []]
  const { status, error } = spawnSync(command, [...first, ...args], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: !npm && process.platform === 'win32',
  })
  if (status !== 0)
    fail(`npm ci failed${error ? ` (${error.message})` : ''}; it needs a package registry that it can reach.`)
}

/** Whether every package of the lock file that is not optional is there as npm last left it, in the same version. */
function isInstalled() {
  try {
    const wanted = packagesOf(join(root, 'package-lock.json'))
    const there = packagesOf(join(root, 'node_modules', '.package-lock.json'))
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === '') return true
      const found = there[path]
      return found === undefined ? entry.optional === true : found.integrity === entry.integrity
    })
  } catch {
    return false
  }
}

const packagesOf = file => JSON.parse(readFileSync(file, 'utf8')).packages

/** dist/ as the sources say; gives what is wrong where they do not compile. Half a build never replaces a whole one. */
export function build() {
  const sources = sourceHash()
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources && existsSync(COMMAND)) return undefined
  say('Building …')
  const fresh = join(root, `dist.tmp-${process.pid}`)
  try {
    if (!compile(fresh)) return 'The sources do not compile; see above.'
    copyOther(fresh)
    writeFileSync(join(fresh, 'lib', 'gpu', 'kernel-texts.js'), kernelTexts(join(root, 'kernels')))
    chmodSync(join(fresh, 'cli', 'main.js'), 0o755)
    writeFileSync(join(fresh, '.sources'), sources)
    rmSync(DIST, { recursive: true, force: true })
    renameSync(fresh, DIST)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  linkCommand()
  return undefined
}

function compile(out) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', out], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  return status === 0
}

/** Kernels and data files keep their place relative to the code, so that sources and dist/ find them alike. */
function copyOther(out) {
  for (const file of sourceFiles()) {
    if (/\.[cm]?ts$/.test(file) || SOURCE_FILES.includes(file)) continue
    mkdirSync(join(out, file, '..'), { recursive: true })
    cpSync(join(root, file), join(out, file))
  }
}

/** Makes `npx storyteller` work from here, as it does where this is an installed package. */
function linkCommand() {
  if (process.platform === 'win32') return
  const folder = join(root, 'node_modules', '.bin')
  const link = join(folder, 'storyteller')
  rmSync(link, { force: true })
  symlinkSync(relative(folder, COMMAND), link)
}

function sourceHash() {
  const hash = createHash('sha256')
  for (const file of sourceFiles()) {
    const bytes = readFileSync(join(root, file))
    hash.update(`${file} ${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex')
}

function sourceFiles() {
  const inside = SOURCE_FOLDERS.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
  )
  return [...SOURCE_FILES, ...inside.sort()]
}

function say(text) {
  process.stderr.write(`${text}\n`)
}

function fail(text) {
  say(text)
  process.exit(1)
}
