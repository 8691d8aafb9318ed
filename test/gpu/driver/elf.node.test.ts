// The names in shared libraries, read off real ones and refused in damaged ones.

import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError } from '../../../lib/core/errors.ts'
import { libraryNames } from '../../../lib/gpu/driver/elf.node.ts'
import { embeddedDriver, hasEmbeddedDriver } from '../../../lib/gpu/driver/embedded.node.ts'

const isFileError = (error: Error): boolean => error instanceof FileError

const test = suite<{ folder: string }>('elf')

test.before(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-elf-'))
})
test.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

test('a library’s own name and what it needs', async () => {
  if (!hasEmbeddedDriver()) return
  const { loader } = await embeddedDriver()
  const { soname, needed } = libraryNames(loader)
  assert.is(soname, 'libvulkan.so.1')
  assert.ok(needed.includes('libc.so.6'), needed.join())
})

test('what is no library, or cut short, is refused by name', async ({ folder }) => {
  const text = join(folder, 'text.so')
  await writeFile(text, 'INPUT(libreal.so) and some more text, so that it is longer than a header of 64 bytes')
  assert.throws(
    () => libraryNames(text),
    (error: Error) => error instanceof FileError && error.message.startsWith(text),
  )
  const empty = join(folder, 'empty.so')
  await writeFile(empty, '')
  assert.throws(() => libraryNames(empty), isFileError)
  if (!hasEmbeddedDriver()) return
  const cut = join(folder, 'cut.so')
  await copyFile((await embeddedDriver()).loader, cut)
  await truncate(cut, 100)
  assert.throws(() => libraryNames(cut), isFileError)
  const bytes = await readFile((await embeddedDriver()).loader)
  const odd = join(folder, 'odd.so')
  // A table of segments beyond the end of the file.
  bytes.writeBigUInt64LE(2n ** 40n, 32)
  await writeFile(odd, bytes)
  assert.throws(() => libraryNames(odd), isFileError)
})

test.run()
