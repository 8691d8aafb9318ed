// The command line as a user starts it: `storyteller captions`, in a process of its own, timed from its start to the first line of
// its result.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { StorytellerError } from '../../lib/core/errors.ts'
import { packageRoot } from '../../lib/io/package-root.node.ts'

/** As it was before this process chose a driver and said so in it. */
const environment = { ...process.env }

export interface FirstCaptions {
  readonly ms: number
  /** Positions of the captions, nearest first. */
  readonly indices: readonly number[]
}

export interface Start {
  readonly model: string
  readonly picture: string
  readonly adapter: string | undefined
  /** Mesa's compiled kernels. */
  readonly shaderCache: string
}

/** Brings dist/ up to date, which the timed process runs from. */
export function build(): void {
  const { status } = spawnSync(process.execPath, [join(packageRoot(), 'scripts', 'build.mjs')], {
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new StorytellerError('dist/ cannot be built; see above')
}

/** @throws StorytellerError with what it said, where it does not end well. */
export async function firstCaptions({ model, picture, adapter, shaderCache }: Start): Promise<FirstCaptions> {
  const main = join(packageRoot(), 'dist', 'cli', 'main.js')
  const args = ['captions', picture, '--model', model, '--compat', '--json', ...(adapter ? ['--adapter', adapter] : [])]
  const started = performance.now()
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...environment, MESA_SHADER_CACHE_DIR: shaderCache },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { line, at, said } = await firstLine(child)
  if (line === '') throw new StorytellerError(`storyteller captions ended without captions: ${said}`)
  const { captions } = JSON.parse(line) as { captions: { index: number }[] }
  return { ms: at - started, indices: captions.map(({ index }) => index) }
}

/** Resolves when the process has ended. */
function firstLine(child: ChildProcess): Promise<{ line: string; at: number; said: string }> {
  const seen = { line: '', at: 0, said: '' }
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    const end = text.indexOf('\n')
    if (seen.line === '' && end !== -1) Object.assign(seen, { line: text.slice(0, end), at: performance.now() })
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    seen.said = (seen.said + chunk.toString()).slice(-300)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve(seen))
  })
}
