// The figures that are kept: one JSON file an adapter, the newest row of each workload. And the roofline drawn from them.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Row } from './row.ts'

export const RESULTS = fileURLToPath(new URL('../results/', import.meta.url))

/** "llvmpipe: Mesa 25.0.7-2 (LLVM 15)" → "llvmpipe-mesa-25.0.7-2-llvm-15". */
export const slug = (adapter: string): string =>
  adapter
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-|-$/g, '')

/** Puts rows of one adapter beside those that are kept of it, in their place where they are there already; gives the file. */
export function save(rows: readonly Row[], folder = RESULTS): string {
  const [first] = rows
  if (first === undefined) throw new TypeError('there are no rows to keep')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${slug(first.adapter)}.json`)
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Row[]) : []
  const all = new Map([...kept, ...rows].map(row => [row.workload, row]))
  writeFileSync(file, `${JSON.stringify([...all.values()], rounded, 1)}\n`)
  return file
}

/** Five digits are more than any measurement is worth. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value
