// The command line as its tests run it: in this process, with a cache of its own and all that it prints caught; or, where the
// process itself matters (signals, pipes), as a child of the sources.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../../cli/run.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const pictures = join(root, 'test', 'golden', 'tiny', 'images')
export const picture = (name: string): string => join(pictures, `${name}.png`)

export interface Printed {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder for a file's tests, removed when `work` of the suite is over; caches are inside it, too. */
export async function temporaryHome(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'storyteller-test-'))
  process.env.STORYTELLER_HOME = join(folder, 'home')
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** Runs one command line in this process. */
export async function storyteller(...args: string[]): Promise<Printed> {
  return stoppable(new AbortController().signal, ...args)
}

/** The same with a signal that stands for Ctrl-C. */
export async function stoppable(signal: AbortSignal, ...args: string[]): Promise<Printed> {
  const text = { stdout: '', stderr: '' }
  const writes = { stdout: process.stdout.write, stderr: process.stderr.write }
  const names = ['stdout', 'stderr'] as const
  for (const name of names)
    process[name].write = (chunk: string | Uint8Array) => {
      text[name] += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk)
      return true
    }
  try {
    const code = await run(args, signal)
    return { code, ...text }
  } finally {
    for (const name of names) process[name].write = writes[name]
  }
}

/** Starts `storyteller ARGS` as a process of its own. */
export function start(...args: string[]): { child: ChildProcess; ended: Promise<Printed> } {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'cli', 'main.ts'), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (chunk: Buffer) => {
      text[name] += chunk.toString()
    })
  const ended = new Promise<Printed>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code, ...text }))
  })
  return { child, ended }
}
