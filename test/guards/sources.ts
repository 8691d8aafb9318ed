// The sources, as the guards see them: files, what each imports, and where that leads.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Paths from the root, with "/", of the files below `folders` that fit. */
export function filesIn(folders: readonly string[], fits: RegExp): string[] {
  return folders
    .flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile() && fits.test(entry.name))
        .map(entry => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
    )
    .sort()
}

export const read = (file: string): string => readFileSync(join(root, file), 'utf8')

export interface Import {
  readonly from: string
  /** A path from the root for a file of the project, else the package's or Node's own name. */
  readonly to: string
  /** Whether it is a file of the project. */
  readonly own: boolean
  /** Gone when compiled. */
  readonly typeOnly: boolean
}

const STATIC = /^(?:import|export)\s+(type\s)?(?:[\w*{][^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

/** All imports of a module's text, static, dynamic and re-exports. */
export function importsOf(from: string, text = read(from)): Import[] {
  const made = (name = '', typeOnly = false): Import => {
    const own = name.startsWith('.')
    const to = own ? relative(root, resolve(root, dirname(from), name)).replaceAll('\\', '/') : name
    return { from, to, own, typeOnly }
  }
  return [
    ...[...text.matchAll(STATIC)].map(([, type, name]) => made(name, type !== undefined)),
    ...[...text.matchAll(DYNAMIC)].map(([, name]) => made(name)),
  ]
}

/** What the product is made of. */
export const SOURCES = filesIn(['lib', 'cli', 'weights-converter'], /\.ts$/)

/** What measures the product; its peers have packages of their own. */
export const BENCHES = filesIn(['bench'], /\.(ts|mjs)$/).filter(
  file => !/^bench\/peers\/(node_modules|venv)\//.test(file),
)
