// Published files that the user has already, somewhere in a folder: found by name, copied in pieces so that it can be stopped.

import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AbortError, InputError } from '../../lib/core/errors.ts'
import { openFile } from '../../lib/io/bytes.node.ts'
import { chunks } from '../../lib/io/text-lines.ts'
import type { CatalogueFile } from './catalogue.ts'
import { unwritable } from './part-file.ts'

/** How many folders down. */
const BELOW = 3
const CHUNK = 2 ** 22

/** Paths by file name; of equal names the one further up. */
export type OwnFiles = ReadonlyMap<string, string>

/** The files of a folder and of those below. @throws InputError where there is no such folder. */
export async function filesIn(folder: string, below = BELOW): Promise<OwnFiles> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(cause => {
    throw new InputError(`--from ${folder}: there is no such folder; give a folder or an address`, { cause })
  })
  const files = new Map<string, string>()
  for (const entry of entries) if (!entry.isDirectory()) files.set(entry.name, join(folder, entry.name))
  for (const entry of entries.filter(e => e.isDirectory() && below > 0 && !e.name.startsWith('.')))
    for (const [name, path] of await filesIn(join(folder, entry.name), below - 1))
      if (!files.has(name)) files.set(name, path)
  return files
}

/** The file by itself; or where it is an archive that was unpacked, all that was in it. */
export function ownParts(wanted: CatalogueFile, own: OwnFiles): CatalogueFile[] {
  if (own.has(wanted.name)) return [wanted]
  const { contains = [], licence, set, purpose } = wanted
  if (contains.length === 0 || !contains.every(name => own.has(name))) return []
  const part = { licence, set, purpose, mirrors: [], facts: [], alternative: false, extra: false }
  return contains.map(name => ({ ...part, name }))
}

/** Copies a file. @throws AbortError, FileError */
export async function copyTo(
  from: string,
  to: string,
  { signal, onBytes }: { signal?: AbortSignal | undefined; onBytes(done: number, total: number): void },
): Promise<void> {
  const source = await openFile(from)
  try {
    const handle = await open(to, 'w').catch(cause => unwritable(to, cause))
    try {
      let at = 0
      for await (const bytes of chunks(source, CHUNK)) {
        if (signal?.aborted) throw new AbortError()
        await handle.writeFile(bytes).catch(cause => unwritable(to, cause))
        at += bytes.length
        onBytes(at, source.size)
      }
      await handle.sync().catch(cause => unwritable(to, cause))
    } finally {
      await handle.close()
    }
  } finally {
    await source.close()
  }
}
