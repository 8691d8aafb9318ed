// The watcher sees what readers may not do: each fault makes its own trouble, and what is refused in words makes none.

import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FAULTS } from './faults.ts'
import { watch } from './watched.ts'

const EXPECTED: Readonly<Record<string, RegExp>> = {
  'another error': /^wrong end: not a FileError: TypeError: x is not a function/,
  'no cure': /^wrong end: no file or cure/,
  'a place beyond the file': /^wrong end: offset 99 of 4 bytes/,
  'a program that is started': /^wrong end: not a FileError: .*restricted/,
  'a file that is written elsewhere': /^wrong end: not a FileError: .*restricted/,
  'text that is evaluated': /^wrong end: not a FileError: EvalError/,
  'much memory': /^wrong end: [2-4]\d\d MiB more than idle/,
  'a crash': /^crash: the process ended with SIGABRT/,
  'a loop without an end': /^hang: no end within/,
  'a file that is left behind': /^escape: left behind: left/,
}

test('each fault is seen for what it is', async () => {
  const names = Object.keys(FAULTS)
  const { troubles } = await watch(['faults'], { from: 0, count: names.length }, { busyMs: 1500 })
  const told = new Map(troubles.map(({ index, kind, detail }) => [names[index] ?? '', `${kind}: ${detail}`]))
  assert.equal([...told.keys()].sort(), Object.keys(EXPECTED).sort())
  for (const [name, pattern] of Object.entries(EXPECTED)) assert.match(told.get(name) ?? '', pattern, name)
  assert.not(existsSync(join(tmpdir(), 'pwned')))
})

test.run()
