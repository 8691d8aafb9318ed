// Runs a few lines in a process of their own: whatever a process can choose only once (driver, environment) is tested so.

import { type ChildProcess, spawn } from 'node:child_process'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

const LIB = new URL('../../lib/', import.meta.url)
/** What would steer the choice of a driver from outside. */
const STEERING = /^(STORYTELLER_|VK_|LP_)/

/** Starts a module's text; `env` adds to this process's environment, from which all that steers drivers is removed. */
export function start(code: string, env: Environment = {}): { child: ChildProcess; ended: Promise<Ended> } {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !STEERING.test(name)))
  const args = ['--import', 'tsx', '--input-type=module', '--eval', code]
  const child = spawn(process.execPath, args, { env: { ...clean, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (chunk: Buffer) => {
      text[name] += chunk.toString()
    })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, ...text }))
  })
  return { child, ended }
}

/**
 * The value that `body` returns in a child, through JSON. `modules`: what it imports, by the names of modules in lib/; an error
 * that it throws comes back as `{ error: { name, message, exitCode } }`.
 */
export async function inChild(
  modules: Readonly<Record<string, string>>,
  body: string,
  env: Environment = {},
): Promise<unknown> {
  const imports = Object.entries(modules).map(
    ([names, path]) => `import { ${names} } from '${new URL(path, LIB).href}'`,
  )
  const { code, signal, stdout, stderr } = await start(
    `${imports.join('\n')}
const told = ({ name, message, exitCode }) => ({ error: { name, message, exitCode } })
const value = await (async () => { ${body} })().catch(told)
process.stdout.write('\\n=' + JSON.stringify(value ?? null) + '\\n')`,
    env,
  ).ended
  const answer = /^=(.*)$/m.exec(stdout)?.[1]
  if (code !== 0 || answer === undefined) throw new Error(`the child ended with ${signal ?? code}: ${stdout}${stderr}`)
  return JSON.parse(answer)
}
