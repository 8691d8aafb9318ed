// Writes files under a temporary name first, so that none is ever half there; of several, all or none.

import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FileError } from '../core/errors.ts'

/** Writes one file whole or not at all. */
export async function writeWhole(file: string, data: Uint8Array | string): Promise<void> {
  await writeAll(new Map([[file, data]]))
}

/** Writes all files (name → bytes) into `folder`, or none where one cannot be written, and returns their paths. */
export async function writeFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<string[]> {
  const paths = new Map([...files].map(([name, data]) => [join(folder, name), data]))
  await writeAll(paths)
  return [...paths.keys()]
}

async function writeAll(files: ReadonlyMap<string, Uint8Array | string>): Promise<void> {
  const part = (file: string) => `${file}.part-${process.pid}`
  try {
    for (const [file, data] of files) await write(file, part(file), data)
    for (const file of files.keys()) await rename(part(file), file).catch(cause => fail(file, cause))
  } catch (error) {
    for (const file of files.keys()) await rm(part(file), { force: true }).catch(() => undefined)
    throw error
  }
}

async function write(file: string, part: string, data: Uint8Array | string): Promise<void> {
  await mkdir(dirname(file), { recursive: true }).catch(cause => fail(file, cause))
  await writeFile(part, data).catch(cause => fail(file, cause))
}

function fail(file: string, cause: unknown): never {
  throw new FileError(
    `can't be written (${cause instanceof Error ? cause.message : cause})`,
    { file, cure: 'choose a place that you may write to' },
    { cause },
  )
}
