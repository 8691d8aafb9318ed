#!/usr/bin/env node
// The command line: one verb a file, and the one place where errors are printed. Exit codes: 0 done, 1 the input or a file is
// bad, 2 wrong usage, 3 no usable adapter, 130 interrupted.

import { Command, CommanderError } from 'commander'
import { StorytellerError } from '../lib/core/errors.ts'
import { VERBS } from './verbs.ts'

const USAGE = 2
const INTERRUPTED = 130

function program(signal: AbortSignal): Command {
  const root = new Command('storyteller').description('Shows a picture, tells a little story about it.').exitOverride()
  root.showHelpAfterError('(run with --help for the options)')
  for (const register of VERBS) register(root, signal)
  for (const command of root.commands) command.exitOverride()
  return root
}

/** Runs one command line; resolves to the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const interrupt = new AbortController()
  process.once('SIGINT', () => interrupt.abort(new Error('interrupted')))
  try {
    await program(interrupt.signal).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
    if (interrupt.signal.aborted) {
      process.stderr.write('storyteller: interrupted\n')
      return INTERRUPTED
    }
    if (error instanceof StorytellerError) {
      process.stderr.write(`storyteller: ${error.message}\n`)
      return error.exitCode
    }
    process.stderr.write(
      `storyteller: unexpected ${error instanceof Error ? error.stack : String(error)}\nThis is a bug; please report it with the command that led here.\n`,
    )
    return 1
  }
}

// A reader that has seen enough, like `| head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await main(process.argv.slice(2))
