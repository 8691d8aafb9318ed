// Writes files into a folder, each under a temporary name first, so that none is ever half there.

import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FileError } from '../core/errors.ts'

/** Writes one file whole or not at all. */
export async function writeWhole(file: string, data: Uint8Array | string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(`${file}.part`, data)
    await rename(`${file}.part`, file)
  } catch (cause) {
    throw new FileError(
      `can't be written (${cause instanceof Error ? cause.message : cause})`,
      { file, cure: 'choose a place that you may write to' },
      { cause },
    )
  }
}

/** Writes all files (name → bytes) into `folder` and returns their paths. */
export async function writeFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<string[]> {
  const paths: string[] = []
  for (const [name, data] of files) {
    const path = join(folder, name)
    await writeWhole(path, data)
    paths.push(path)
  }
  return paths
}
