// Saved tunings: what is saved is in effect on the devices that are opened next; a file that is not right is as none.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../lib/core/errors.ts'
import { identityOf } from '../../lib/gpu/adapter.ts'
import { openAdapter } from '../../lib/gpu/driver.node.ts'
import { openDevice } from '../../lib/gpu/open.node.ts'
import { forgetTuning, savedTuning, saveTuning, tuningFile } from '../../lib/gpu/saved-tuning.node.ts'
import { DEFAULT_TUNING, type Tuning } from '../../lib/gpu/tuning.ts'

const test = suite<{ home: string }>('saved tuning')

const ADAPTER = 'maker model driver 1.2'
const TUNING: Tuning = { manyTiles: 64, tallest: 25, packed: false }

test.before.each(async context => {
  context.home = await mkdtemp(join(tmpdir(), 'storyteller-tuning-'))
})
test.after.each(({ home }) => rm(home, { recursive: true, force: true }))

test('saved, read again, replaced and forgotten, each adapter for itself', async ({ home }) => {
  assert.is(await savedTuning(ADAPTER, home), undefined)
  assert.is(await forgetTuning(ADAPTER, home), false)
  const path = await saveTuning(ADAPTER, DEFAULT_TUNING, home)
  assert.is(await saveTuning(ADAPTER, TUNING, home), path)
  const saved = await savedTuning(ADAPTER, home)
  assert.equal(saved?.tuning, TUNING)
  assert.ok(Math.abs(Date.now() - Date.parse(saved?.date ?? '')) < 60_000)
  assert.is(await savedTuning('maker model driver 1.3', home), undefined)
  assert.equal(await readdir(dirname(path)), [path.slice(dirname(path).length + 1)])
  assert.is(await forgetTuning(ADAPTER, home), true)
  assert.is(await savedTuning(ADAPTER, home), undefined)
})

test('a file that is not right is as none', async ({ home }) => {
  const path = await saveTuning(ADAPTER, TUNING, home)
  const good = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
  const bad: readonly unknown[] = [
    { ...good, adapter: 'another' },
    { ...good, format: 0 },
    { ...good, date: '\u001b[2J' },
    { ...good, tuning: undefined },
    { ...good, tuning: { ...TUNING, manyTiles: 0 } },
    { ...good, tuning: { ...TUNING, manyTiles: '64' } },
    { ...good, tuning: { ...TUNING, tallest: 33 } },
    { ...good, tuning: { ...TUNING, tallest: 1.5 } },
    { ...good, tuning: { ...TUNING, packed: 'yes' } },
    [good],
    null,
  ]
  for (const text of ['', '{', '\u0000', ' '.repeat(2 ** 20), ...bad.map(value => JSON.stringify(value))]) {
    await writeFile(path, text)
    assert.is(await savedTuning(ADAPTER, home), undefined, text.slice(0, 200))
  }
  await writeFile(path, JSON.stringify({ ...good, more: 1 }))
  assert.equal((await savedTuning(ADAPTER, home))?.tuning, TUNING)
  await rm(path)
  await mkdir(path)
  assert.is(await savedTuning(ADAPTER, home), undefined)
})

test('a folder that cannot be written: told, with the cure', async ({ home }) => {
  const file = join(home, 'file')
  await writeFile(file, '')
  try {
    await saveTuning(ADAPTER, TUNING, file)
    assert.unreachable('saved into a file')
  } catch (error) {
    assert.instance(error, InputError)
    assert.match(String(error), /set STORYTELLER_HOME to a folder that can be written/)
  }
})

test('the devices of Node are opened with what is saved, or with the defaults', async ({ home }) => {
  process.env.STORYTELLER_HOME = home
  const { adapter } = await openAdapter()
  const adapterName = identityOf(adapter.info)
  const inEffect = async () => {
    const device = await openDevice()
    await device.dispose()
    return device.facts.tuning
  }
  assert.equal(await inEffect(), DEFAULT_TUNING)
  await saveTuning(adapterName, TUNING)
  assert.equal(await inEffect(), TUNING)
  await writeFile(tuningFile(adapterName), '{')
  assert.equal(await inEffect(), DEFAULT_TUNING)
})

test.run()
