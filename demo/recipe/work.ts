// The recipe's work folder: one folder a stage, kept with a mark of what it was made from, so that a run that was stopped goes on with
// the stage it was in. A stage whose settings have changed, or whose sources have, is made anew.

import { createHash } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '../../lib/io/folder.node.ts'

const MARK = 'made.json'

export type Log = (line: string) => void

export class Work {
  readonly #folder: string
  readonly #log: Log

  constructor(folder: string, log: Log) {
    this.#folder = folder
    this.#log = log
  }

  /**
   * The folder of a stage, made by `make` unless it is there already. `from`: all that it depends on, other stages' marks among it.
   * What `make` returns is kept with the mark, as JSON.
   */
  async stage<T>(name: string, from: unknown, make: (folder: string) => Promise<T>): Promise<Made<T>> {
    const folder = join(this.#folder, name)
    const key = createHash('sha256').update(JSON.stringify(from)).digest('hex')
    const known = await readMark<T>(folder)
    if (known?.key === key) {
      this.#log(`${name}: kept`)
      return { folder, ...known }
    }
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    const start = performance.now()
    this.#log(`${name} …`)
    const result = await make(folder)
    const seconds = Math.round((performance.now() - start) / 1000)
    await writeWhole(join(folder, MARK), JSON.stringify({ key, seconds, result }))
    this.#log(`${name}: ${seconds} s`)
    return { folder, key, seconds, result }
  }
}

export interface Made<T> {
  readonly folder: string
  readonly key: string
  readonly seconds: number
  readonly result: T
}

async function readMark<T>(folder: string): Promise<Omit<Made<T>, 'folder'> | undefined> {
  const text = await readFile(join(folder, MARK), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Omit<Made<T>, 'folder'>)
}
