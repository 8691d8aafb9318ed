// One command line from words to exit code, and the one place where errors are printed. Exit codes: 0 done, 1 the input or a file
// is bad, 2 wrong usage, 3 no usable adapter, 130 interrupted. Knows of the process only where it prints.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { StorytellerError } from '../lib/core/errors.ts'
import { packageRoot } from '../lib/io/package-root.node.ts'
import { visible } from './output.ts'
import { VERBS } from './verbs.ts'

const USAGE = 2
const INTERRUPTED = 130

function program(signal: AbortSignal): Command {
  const root = new Command('storyteller')
    .description('Shows a picture, tells a little story about it.')
    .usage('VERB [options]')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .showSuggestionAfterError(false)
  for (const register of VERBS) register(root, signal)
  return root.addHelpText('after', AFTER_HELP)
}

const AFTER_HELP = `
"storyteller VERB --help" has a verb's options. Exit codes: 0 done, 1 bad input or file, 2 wrong usage, 3 no usable adapter,
130 interrupted. Without --model the small embedded model tells; it knows drawn scenes alone.`

const version = (): string =>
  (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version

/** What helps on from wrong usage that commander has told. */
function hint({ code }: CommanderError, root: Command, args: readonly string[]): string {
  let [command, path] = [root, 'storyteller']
  for (const arg of args) {
    const next = command.commands.find(child => child.name() === arg)
    if (next === undefined) break
    command = next
    path = `${path} ${arg}`
  }
  if (code !== 'commander.unknownCommand') return `"${path} --help" has the options`
  return `"${path}" has ${command.commands.map(child => child.name()).join(', ')}; --help after one of them has its options`
}

/** Runs one command line, without the program's name; resolves to the exit code. The signal stops it. */
export async function run(args: readonly string[], signal: AbortSignal): Promise<number> {
  const root = program(signal)
  try {
    await root.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (!(error instanceof CommanderError)) return tell(error, signal)
    if (error.exitCode === 0) return 0
    if (error.code !== 'commander.help') process.stderr.write(`${hint(error, root, args)}\n`)
    return USAGE
  }
}

function tell(error: unknown, signal: AbortSignal): number {
  if (signal.aborted) {
    process.stderr.write('storyteller: interrupted\n')
    return INTERRUPTED
  }
  if (error instanceof StorytellerError) {
    process.stderr.write(`storyteller: ${visible(error.message)}\n`)
    return error.exitCode
  }
  process.stderr.write(
    `storyteller: unexpected ${error instanceof Error ? error.stack : String(error)}\nThis is a bug; please report it with the command that led here.\n`,
  )
  return 1
}
