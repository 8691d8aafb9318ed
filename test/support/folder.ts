// A folder for the files of one test file, outside the project.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function temporaryFolder(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'storyteller-test-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
