// The command line as a process: its streams and exit code, Ctrl-C in the middle of work, a reader that goes away.

import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { start, temporaryHome } from '../support/cli.ts'
import { picture, recordedStory, tinyBundle } from '../support/tiny-model.ts'

const test = suite<{ folder: string; model: string; remove(): Promise<void> }>('process')

test.before(async context => {
  Object.assign(context, await temporaryHome())
  context.model = await tinyBundle(join(context.folder, 'tiny'), false)
})
test.after(({ remove }) => remove())

/** Nothing of ours; drivers write there what they like. */
const QUIET = /^(storyteller|\S+: \d+\/\d+|this is the small)/m

test('a process: the story on stdout, exit code 0', async ({ model }) => {
  const args = ['tell', picture('mill'), '--model', model, '--compat', '--k', '5', '--bw', '5', '--json', '--quiet']
  const { code, stdout, stderr } = await start(...args).ended
  assert.is(code, 0, stderr)
  assert.not.match(stderr, QUIET)
  assert.is(JSON.parse(stdout).story, recordedStory('mill', 5, 5, 'romance'))
})

test('Ctrl-C in the middle: exit 130, one line, nothing half-written', async ({ folder, model }) => {
  // Long enough that it cannot be over before the signal comes.
  const text = join(folder, 'long.txt')
  await writeFile(text, 'the old boat sleeps by himself and two cats wait near the harbor .\n'.repeat(30_000))
  const { child, ended } = start('encode', text, '--out', join(folder, 'stopped.npy'), '--model', model)
  child.stderr?.once('data', () => child.kill('SIGINT'))
  const { code, stdout, stderr } = await ended
  assert.equal([code, stdout], [130, ''], stderr)
  assert.ok(stderr.endsWith('storyteller: interrupted\n'))
  assert.equal(
    (await readdir(folder)).filter(name => name.includes('stopped')),
    [],
  )
})

test('a reader that goes away is no error', async ({ model }) => {
  const { child, ended } = start('captions', picture('mill'), '--model', model, '--k', '200', '--quiet')
  child.stdout?.destroy()
  const { code, stderr } = await ended
  assert.is(code, 0, stderr)
  assert.not.match(stderr, QUIET)
})

test.run()
