// A bundle that is being written: whole or not there; what a writer that was killed had finished is gone on with, by whoever writes
// the same thing and by no one else.

import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError } from '../../lib/core/errors.ts'
import { BundleWriter, type TensorToWrite } from '../../lib/io/bundle-writer.node.ts'

const test = suite<{ folder: string }>('bundle writer')
test.before.each(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'bundle-writer-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

/** Counts how often its numbers are asked for. */
function counted(name: string, values: readonly number[], dtype: 'f32' | 'f16' = 'f32') {
  const asked = { times: 0 }
  function* parts() {
    asked.times++
    yield Float32Array.from(values)
  }
  const tensor: TensorToWrite = {
    name,
    dtype,
    shape: [values.length],
    layout: 'dim',
    parts: { [Symbol.iterator]: parts },
  }
  return { tensor, asked }
}

const REST = { name: 'x', nets: {}, vocabularies: {}, styles: [], sources: [], leftOut: [] }

/** The number of a process that is no more. */
const DEAD = spawnSync(process.execPath, ['--version']).pid

/** Leaves what this process is writing as if it had been killed: under a dead one's number. Gives the folder, or the last of them. */
function leave(folder: string): string {
  let left = ''
  for (const name of readdirSync(folder).filter(file => file.includes(`.partial-${process.pid}-`))) {
    left = join(folder, name.replace(`-${process.pid}-`, `-${DEAD}-`))
    renameSync(join(folder, name), left)
  }
  return left
}

/** Writes tensors and is killed. */
async function killed(folder: string, key: string, ...tensors: TensorToWrite[]): Promise<string> {
  const writer = await BundleWriter.create(join(folder, 'bundle'), key)
  for (const tensor of tensors) await writer.tensor(tensor)
  return leave(folder)
}

test('what was finished is not written again, and nothing else is left', async ({ folder }) => {
  const [a, b, stale] = [counted('a', [1, 2, 3]), counted('nets/b', [4]), counted('c', [5])]
  const left = await killed(folder, 'key', a.tensor, stale.tensor)
  // Half a tensor, as it was being written.
  mkdirSync(join(left, 'nets'))
  writeFileSync(join(left, 'nets', 'b.npy'), 'half')
  const writer = await BundleWriter.create(join(folder, 'bundle'), 'key')
  assert.is(await writer.tensor(a.tensor), true)
  assert.is(await writer.tensor(b.tensor), false)
  assert.equal([a.asked.times, b.asked.times], [1, 1])
  const manifest = await writer.finish(REST)
  assert.equal(Object.keys(manifest.tensors), ['a', 'nets/b'])
  assert.equal(readdirSync(folder), ['bundle'])
  assert.equal(readdirSync(join(folder, 'bundle')).sort(), ['a.npy', 'manifest.json', 'nets'])
  const bytes = new Uint8Array(readFileSync(join(folder, 'bundle', 'a.npy')))
  assert.equal([...new Float32Array(bytes.buffer.slice(-12))], [1, 2, 3])
})

test('other sources, types or sizes, a torn journal, a file cut short: written anew', async ({ folder }) => {
  const fresh = async (key: string, { tensor, asked }: ReturnType<typeof counted>) => {
    const writer = await BundleWriter.create(join(folder, 'bundle'), key)
    const before = asked.times
    const isDone = await writer.tensor(tensor)
    await writer.abandon()
    assert.equal(readdirSync(folder), [])
    return [isDone, asked.times - before]
  }
  const a = counted('a', [1, 2, 3])
  await killed(folder, 'key', a.tensor)
  assert.equal(await fresh('another key', a), [false, 1])
  await killed(folder, 'key', a.tensor)
  assert.equal(await fresh('key', counted('a', [1, 2, 3], 'f16')), [false, 1])
  await killed(folder, 'key', a.tensor)
  assert.equal(await fresh('key', counted('a', [1, 2])), [false, 1])
  const torn = join(await killed(folder, 'key', a.tensor), 'journal.jsonl')
  truncateSync(torn, statSync(torn).size - 1)
  assert.equal(await fresh('key', a), [false, 1])
  truncateSync(join(await killed(folder, 'key', a.tensor), 'a.npy'), 130)
  assert.equal(await fresh('key', a), [false, 1])
  rmSync(join(await killed(folder, 'key', a.tensor), 'journal.jsonl'))
  assert.equal(await fresh('key', a), [false, 1])
})

test('of several that died, one is gone on with; what a living process writes is left alone', async ({ folder }) => {
  const a = counted('a', [1])
  for (const key of ['another', 'key', 'yet another']) {
    const writer = await BundleWriter.create(join(folder, 'bundle'), key)
    await writer.tensor(a.tensor)
  }
  leave(folder)
  const alive = join(folder, '.bundle.partial-1-abcdef')
  mkdirSync(alive)
  const [one, two] = [
    await BundleWriter.create(join(folder, 'bundle'), 'key'),
    await BundleWriter.create(join(folder, 'bundle'), 'key'),
  ]
  assert.equal([await one.tensor(a.tensor), await two.tensor(a.tensor)], [true, false])
  await one.finish(REST)
  const error = await two.finish(REST).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, FileError)
  assert.match(String(error), /exists already/)
  await two.abandon()
  assert.equal(readdirSync(folder).sort(), ['.bundle.partial-1-abcdef', 'bundle'])
})

test('hashes of sources are kept, too', async ({ folder }) => {
  const writer = await BundleWriter.create(join(folder, 'bundle'), 'key')
  await writer.journal.addSource('/a/b.npz', 'ab')
  assert.equal([writer.journal.source('/a/b.npz'), writer.journal.source('/a')], ['ab', undefined])
  await writer.abandon()
})

test.run()
