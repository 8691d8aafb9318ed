#!/usr/bin/env node
// The command line as a process: its arguments, Ctrl-C, its exit code. All else is in run.ts.

import { run } from './run.ts'

// Only the first Ctrl-C is heard here; a second one ends the process at once.
const interrupt = new AbortController()
process.once('SIGINT', () => interrupt.abort(new Error('interrupted')))

// A reader that has seen enough, like `| head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await run(process.argv.slice(2), interrupt.signal)
