// Pulled files → the bundle of the cache that `--model published` names. An older one gives way only when the new one is whole.

import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { bundlePath, listBundles, sourceKey } from '../../lib/io/cache.node.ts'
import { type ConvertTask, convert } from '../convert.ts'
import { type Gap, storyGaps } from '../pile.ts'
import { EVERYTHING } from './catalogue.ts'

export interface PublishedBundle {
  /** The bundle's folder. */
  readonly dir: string
  /** Whether it was made now. */
  readonly made: boolean
}

/** Converts a folder of pulled files, or says what it lacks for a story. @throws FileError, AbortError */
export async function publishedBundle(
  folder: string,
  task: ConvertTask = {},
): Promise<PublishedBundle | { gaps: Gap[] }> {
  const dir = bundlePath(EVERYTHING)
  const key = await sourceKey([folder])
  const there = (await listBundles()).find(({ name }) => name === EVERYTHING)
  if (there?.manifest?.made?.key === key) return { dir, made: false }
  const gaps = await storyGaps(folder, task)
  if (gaps.length > 0) return { gaps }
  const fresh = join(dirname(dir), `.${basename(dir)}.new`)
  await rm(fresh, { recursive: true, force: true })
  await convert({ ...task, source: folder, out: fresh, name: EVERYTHING })
  await rm(dir, { recursive: true, force: true })
  await rename(fresh, dir)
  return { dir, made: true }
}
