// The tuning of each adapter, kept in the cache as a small JSON file. An adapter is known by all that it says of itself, the driver's
// version included. Invariant: a file that is missing, malformed or another adapter's is as none, and never stops a run.

import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { cacheHome } from '../core/cache-home.node.ts'
import { InputError } from '../core/errors.ts'
import type { Tuning } from './tuning.ts'

/** Raised when kernels change so much that what was measured before says nothing. */
const FORMAT = 1
/** Bytes of a file at most. */
const LIMIT = 2 ** 14

const whole = (least: number, most: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most))

const file = v.object({
  format: v.literal(FORMAT),
  adapter: v.string(),
  date: v.pipe(v.string(), v.isoTimestamp()),
  tuning: v.object({ manyTiles: whole(1, 2 ** 31), tallest: whole(1, 32), packed: v.boolean() }),
})

export interface SavedTuning {
  readonly tuning: Tuning
  /** When it was measured, ISO 8601. */
  readonly date: string
}

/** The file of an adapter's tuning, whether it exists or not. `adapter`: its `identityOf`. */
export const tuningFile = (adapter: string, home = cacheHome()): string =>
  join(home, 'tuning', `${createHash('sha256').update(adapter).digest('hex').slice(0, 16)}.json`)

/** What was measured on this adapter; undefined where nothing valid is saved. */
export async function savedTuning(adapter: string, home = cacheHome()): Promise<SavedTuning | undefined> {
  const path = tuningFile(adapter, home)
  try {
    const found = await stat(path)
    if (!found.isFile() || found.size > LIMIT) return undefined
    const saved = v.parse(file, JSON.parse(await readFile(path, 'utf8')))
    return saved.adapter === adapter ? { tuning: saved.tuning, date: saved.date } : undefined
  } catch {
    return undefined
  }
}

/** Saves a tuning in place of an earlier one; readers find either, whole. Gives its path. @throws InputError where that fails. */
export async function saveTuning(adapter: string, tuning: Tuning, home = cacheHome()): Promise<string> {
  const path = tuningFile(adapter, home)
  const unfinished = `${path}.tmp-${process.pid}`
  const saved: v.InferOutput<typeof file> = { format: FORMAT, adapter, date: new Date().toISOString(), tuning }
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(unfinished, `${JSON.stringify(saved, null, 2)}\n`)
    await rename(unfinished, path)
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw new InputError(`${path} cannot be written; set STORYTELLER_HOME to a folder that can be written`, { cause })
  }
  return path
}

/** Forgets an adapter's tuning; false where none is saved. */
export async function forgetTuning(adapter: string, home = cacheHome()): Promise<boolean> {
  const path = tuningFile(adapter, home)
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  if (isThere) await rm(path)
  return isThere
}
