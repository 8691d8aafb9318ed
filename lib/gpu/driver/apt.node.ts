// Packages of Debian and Ubuntu without root: apt and dpkg with state, cache and sources of their own, in a folder of ours. apt checks
// signatures and hashes as always. Nothing outside that folder is written. What the system has installed does not matter: a driver
// comes with all its libraries but those of the C and C++ languages.

import { type SpawnOptions, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { AbortError, DeviceError } from '../../core/errors.ts'

/** The driver and the Vulkan loader. */
export const WANTED: readonly string[] = ['mesa-vulkan-drivers', 'libvulkan1']
/** What this process has loaded already and cannot have twice. */
const NEVER = /^(libc6|libgcc-s1|gcc-\d+-base|libstdc\+\+6)$/

export interface Run {
  readonly signal?: AbortSignal | undefined
  /** What is being fetched, and how far, in percent. */
  readonly onProgress?: ((stage: string, percent: number) => void) | undefined
}

export interface SystemFiles {
  /** Contents of /etc/apt/sources.list and sources.list.d by file name. */
  readonly sources: Readonly<Record<string, string>>
  /** VERSION_CODENAME of /etc/os-release. */
  readonly codename: string
}

/** Reads what apt would read. */
export function systemFiles(): SystemFiles {
  const text = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  const folder = '/etc/apt/sources.list.d'
  const parts = existsSync(folder) ? readdirSync(folder).filter(name => /\.(list|sources)$/.test(name)) : []
  const sources = Object.fromEntries(parts.map(name => [name, text(join(folder, name))]))
  const main = text('/etc/apt/sources.list')
  return {
    sources: main.trim() === '' ? sources : { ...sources, 'main.list': main },
    codename: /^VERSION_CODENAME="?([^"\n]*)/m.exec(text('/etc/os-release'))?.[1] ?? '',
  }
}

/** The suite that has a Mesa which WebGPU takes, where the distribution's main one has not. */
export const suiteOf = (codename: string): string | undefined =>
  codename === 'bookworm' ? 'bookworm-backports' : undefined

/** The sources, and with them one for `suite` from the same mirror where none has it. @throws DeviceError without a mirror. */
export function sourcesWith(suite: string | undefined, { sources, codename }: SystemFiles): Record<string, string> {
  const all = Object.values(sources).join('\n')
  if (suite === undefined || all.includes(suite)) return { ...sources }
  const stanza = all.split(/\n\s*\n/).find(text => new RegExp(`^Suites:.*\\b${codename}(\\s|$)`, 'm').test(text))
  const uri = stanza && /^URIs:\s*(\S+)/m.exec(stanza)?.[1]
  const key = stanza && /^Signed-By:\s*(\/\S+)/m.exec(stanza)?.[1]
  const line = new RegExp(`^deb\\s+(\\[[^\\]]*\\]\\s+)?(\\S+)\\s+${codename}\\s`, 'm').exec(all)
  if (!uri && !line)
    throw new DeviceError(`apt's sources have no mirror of ${codename}; add one, or install lavapipe as root`)
  const from = uri ? `${key ? `[signed-by=${key}] ` : ''}${uri}` : `${line?.[1] ?? ''}${line?.[2]}`
  return { ...sources, 'storyteller-backports.list': `deb ${from} ${suite} main\n` }
}

export class Apt {
  readonly #options: readonly string[]
  readonly #archives: string
  readonly #run: Run

  /** Prepares everything below `folder`. */
  constructor(folder: string, system: SystemFiles, run: Run = {}) {
    const at = (...parts: string[]): string => join(folder, 'apt', ...parts)
    for (const part of [['state', 'lists', 'partial'], ['cache', 'archives', 'partial'], ['sources']])
      mkdirSync(at(...part), { recursive: true })
    const suite = suiteOf(system.codename)
    for (const [name, text] of Object.entries(sourcesWith(suite, system))) writeFileSync(at('sources', name), text)
    writeFileSync(at('status'), '')
    const settings = {
      'Dir::State': at('state'),
      'Dir::State::status': at('status'),
      'Dir::Cache': at('cache'),
      'Dir::Etc::sourcelist': '/dev/null',
      'Dir::Etc::sourceparts': at('sources'),
      'Debug::NoLocking': 'true',
      'APT::Sandbox::User': 'root',
      'APT::Install-Recommends': 'false',
      'Acquire::Retries': '2',
      'Acquire::http::Timeout': '30',
      'APT::Status-Fd': '3',
      ...(suite && { 'APT::Default-Release': suite }),
    }
    this.#options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
    this.#archives = at('cache', 'archives')
    this.#run = run
  }

  /** Downloads what is wanted with all that it needs; gives the package files. */
  async download(): Promise<string[]> {
    // A mirror that does not answer is no matter where the others have all; if not, the next command tells.
    await command('apt-get', [...this.#options, '-q', 'update'], this.#run, 'package lists').catch((error: unknown) => {
      if (error instanceof AbortError) throw error
    })
    const install = [...this.#options, '-q', '-y', '--download-only', 'install', ...WANTED]
    await command('apt-get', install, this.#run, 'packages')
    const files = readdirSync(this.#archives).filter(name => name.endsWith('.deb'))
    return files.filter(name => !NEVER.test(name.split('_')[0] ?? '')).map(name => join(this.#archives, name))
  }
}

/** "mesa-vulkan-drivers 25.0.7-2~bpo12+1" of a package file's name. */
export function packageOf(file: string): string {
  const [name, version = ''] = basename(file).split('_')
  return `${name} ${decodeURIComponent(version)}`
}

/** Unpacks packages below `root`. */
export async function unpack(files: readonly string[], root: string, run: Run): Promise<void> {
  for (const [i, file] of files.entries()) {
    run.onProgress?.('unpacking', (100 * i) / files.length)
    await command('dpkg-deb', ['--extract', file, root], run)
  }
}

/** Runs a command to its end. @throws DeviceError with the last line it said, or AbortError. */
async function command(
  name: string,
  args: readonly string[],
  { signal, onProgress }: Run,
  stage = name,
): Promise<void> {
  const options: SpawnOptions = {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    signal,
  }
  const child = spawn(name, args, options)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    const percent = [...chunk.toString().matchAll(/^dlstatus:\d+:([\d.]+):/gm)].at(-1)?.[1]
    if (percent !== undefined) onProgress?.(stage, Number(percent))
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  }).catch((cause: NodeJS.ErrnoException) => {
    if (signal?.aborted) throw new AbortError('interrupted', { cause: signal.reason })
    throw new DeviceError(`${name} cannot be run (${cause.message})`, { cause })
  })
  if (code === 0) return
  const lines = said.trim().split('\n')
  const why = lines.find(line => line.startsWith('E:')) ?? lines.at(-1) ?? ''
  throw new DeviceError(`${name} failed: ${why || `exit code ${code}`}; is a package mirror within reach?`)
}
