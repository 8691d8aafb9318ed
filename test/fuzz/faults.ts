// Readers that do what none may: for the test of the watcher.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileError } from '../../lib/core/errors.ts'

/** Well above the limit: what the process gives back meanwhile does not count for it. */
const MUCH = 400 * 2 ** 20

/** Each by the trouble that it makes, in the order in which they run. */
export const FAULTS: Readonly<Record<string, () => unknown>> = {
  'a refusal in words': () => {
    throw new FileError('is damaged', { file: 'file', offset: 1, cure: 'fetch it again' })
  },
  'another error': () => {
    throw new TypeError('x is not a function')
  },
  'no cure': () => {
    throw new FileError('is damaged', { file: 'file', cure: '' })
  },
  'a place beyond the file': () => {
    throw new FileError('is damaged', { file: 'file', offset: 99, cure: 'fetch it again' })
  },
  'a program that is started': () => spawnSync('true'),
  'a file that is written elsewhere': () => writeFileSync(join(tmpdir(), '..', 'pwned'), ''),
  'text that is evaluated': () => Reflect.construct(Function, ['return 1']),
  'much memory': () => new Uint8Array(MUCH).fill(1),
  'a crash': () => process.abort(),
  'a loop without an end': () => {
    for (;;);
  },
  'a file that is left behind': () => writeFileSync(join(tmpdir(), 'left'), ''),
}
