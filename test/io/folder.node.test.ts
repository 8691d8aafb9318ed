// Files are written whole or not at all, and of several all or none; nothing temporary stays behind.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError } from '../../lib/core/errors.ts'
import { writeFolder, writeWhole } from '../../lib/io/folder.node.ts'

const test = suite<{ folder: string }>('folder')
test.before.each(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-folder-'))
})
test.after.each(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function refusal(work: Promise<unknown>): Promise<FileError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, FileError)
  return error as FileError
}

test('a file replaces the one that was there; folders on the way are made', async ({ folder }) => {
  const file = join(folder, 'new', 'folder', 'a.txt')
  await writeWhole(file, 'one')
  await writeWhole(file, bytes('two'))
  assert.is(await readFile(file, 'utf8'), 'two')
  assert.equal(await readdir(join(folder, 'new', 'folder')), ['a.txt'])
})

test('several files by their names, in order', async ({ folder }) => {
  const files = new Map(['b', 'a'].map(name => [name, bytes(name)]))
  assert.equal(await writeFolder(folder, files), [join(folder, 'b'), join(folder, 'a')])
  assert.equal((await readdir(folder)).sort(), ['a', 'b'])
})

test('where one cannot be written, none is, and what was there stays', async ({ folder }) => {
  await writeFile(join(folder, 'a'), 'old')
  await writeFile(join(folder, 'b'), '')
  const files = new Map([
    ['a', bytes('new')],
    ['b/c', bytes('new')],
  ])
  const error = await refusal(writeFolder(folder, files))
  assert.match(error.message, /c: can't be written \(.*\); choose a place that you may write to$/)
  assert.equal((await readdir(folder)).sort(), ['a', 'b'])
  assert.is(await readFile(join(folder, 'a'), 'utf8'), 'old')
})

test('a folder in the way is told, and stays', async ({ folder }) => {
  await mkdir(join(folder, 'taken', 'inside'), { recursive: true })
  const error = await refusal(writeWhole(join(folder, 'taken'), 'text'))
  assert.is(error.file, join(folder, 'taken'))
  assert.equal(await readdir(folder), ['taken'])
})

test.run()
