// Which files of a folder are used for what. Files are known by content; where several fit, the original's names come first, then
// the alphabet decides; what is not used is listed with the reason.

import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { FileError, InputError, StorytellerError } from '../lib/core/errors.ts'
import { openFile } from '../lib/io/bytes.node.ts'
import { type Contents, type NetName, openContents, type Role } from './contents.ts'

/** A file that was looked into. */
export interface Original {
  /** Path within the folder of originals. */
  readonly name: string
  readonly path: string
  readonly contents: Contents
}

export interface LeftOut {
  readonly file: string
  readonly why: string
}

/** The original's names, the preferred ones first. A file of such a name must be what its name says. */
const NAMES: ReadonlyMap<Role, readonly string[]> = new Map<Role, readonly string[]>([
  ['vgg19', ['vgg19.pkl', 'VGG_ILSVRC_19_layers.caffemodel']],
  ['uni-skip', ['uni_skip.npz']],
  ['bi-skip', ['bi_skip.npz']],
  ['embedding', ['coco_embedding.npz']],
  ['decoder', ['romance.npz']],
  ['word list', ['dictionary.txt']],
  ['captions', ['coco_train_caps.txt']],
  ['word table', ['utable.npy', 'btable.npy']],
])
const ROLES: ReadonlyMap<string, Role> = new Map([...NAMES].flatMap(([role, names]) => names.map(name => [name, role])))
const DEEPEST = 3
const TEXT_NAME = /\.txt$/i

/** All files of a folder that can be part of a set of originals. */
export class Originals {
  readonly folder: string
  readonly #files: Original[] = []
  readonly #leftOut: LeftOut[] = []

  private constructor(folder: string) {
    this.folder = folder
  }

  /**
   * Looks into every file, or those whose name within the folder is accepted.
   * @throws FileError where one of the original's names is damaged or something else.
   */
  static async open(folder: string, accept: (name: string) => boolean = () => true): Promise<Originals> {
    const originals = new Originals(folder)
    try {
      for (const path of await listFiles(folder)) {
        const name = relative(folder, path).replaceAll('\\', '/')
        if (accept(name)) await originals.#look(path, name)
      }
      return originals
    } catch (error) {
      await originals.close()
      throw error
    }
  }

  /** Files of a role, the one to take first. */
  all(role: Role): Original[] {
    const names = NAMES.get(role) ?? []
    const rank = ({ name }: Original) => (names.indexOf(basename(name)) + names.length + 1) % (names.length + 1)
    return this.#files
      .filter(file => file.contents.role === role && isTaken(file))
      .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
  }

  /** The file to take for a role; the others are listed as left out. */
  first(role: NetName | 'word list' | 'captions'): Original | undefined {
    const [taken, ...others] = this.all(role)
    for (const { name } of others) this.leaveOut(name, `another ${role}; ${taken?.name} is taken`)
    return taken
  }

  /** The file of that name, if it was looked into. */
  named(name: string): Original | undefined {
    return this.#files.find(file => file.name === name)
  }

  leaveOut(file: string, why: string): void {
    this.#leftOut.push({ file, why })
  }

  /** What was left out; with everything that no one took. */
  leftOut(used: ReadonlySet<string>): LeftOut[] {
    const told = new Set(this.#leftOut.map(({ file }) => file))
    const rest = this.#files.filter(({ name }) => !used.has(name) && !told.has(name))
    return [...this.#leftOut, ...rest.map(file => ({ file: file.name, why: reason(file) }))].sort((a, b) =>
      a.file < b.file ? -1 : 1,
    )
  }

  async close(): Promise<void> {
    for (const { contents } of this.#files) {
      await contents.close()
      await contents.source.close()
    }
    this.#files.length = 0
  }

  async #look(path: string, name: string): Promise<void> {
    const expected = ROLES.get(basename(path))
    let file: Original
    try {
      file = await openOriginal(path, name)
    } catch (error) {
      if (!(error instanceof StorytellerError) || expected !== undefined || isOptionsName(path)) throw error
      this.leaveOut(name, error.message)
      return
    }
    this.#files.push(file)
    const { role, format } = file.contents
    if (expected === undefined || role === expected || (format === 'text' && TEXT_NAME.test(path))) return
    const is = role ?? (format === 'unknown' ? 'nothing that is known' : `a ${format} file of something else`)
    throw new FileError(`by its name it should be the original's ${expected}, but it is ${is}`, {
      file: path,
      cure: 'fetch it again, or give it another name',
    })
  }
}

/** Opens one file of a set. */
export async function openOriginal(path: string, name = basename(path)): Promise<Original> {
  const source = await openFile(path)
  try {
    return { name, path, contents: await openContents(source) }
  } catch (error) {
    await source.close()
    throw error
  }
}

const isOptionsName = (path: string): boolean => /\.npz\.(dictionary\.)?pkl$/.test(path)

/** Only files named as texts are read as such: a folder has notes and licences too. */
const isTaken = ({ name, contents }: Original): boolean => contents.format !== 'text' || TEXT_NAME.test(name)

function reason({ name, contents }: Original): string {
  if (contents.format === 'picture') return 'a picture'
  if (contents.role === 'options') return 'options of weights that are not taken'
  if (contents.format === 'text' && !TEXT_NAME.test(name)) return 'a text that the story does not need'
  return contents.role === undefined ? 'nothing that the story needs' : `a ${contents.role} that nothing asks for`
}

async function listFiles(folder: string, depth = 0): Promise<string[]> {
  const whole = await stat(folder).catch(cause => {
    throw new InputError(`${folder}: there is no such folder; give the folder of the original files`, { cause })
  })
  if (!whole.isDirectory()) throw new InputError(`${folder} is not a folder; give the folder of the original files`)
  const entries = await readdir(folder, { withFileTypes: true })
  const paths: string[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    const kind = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry
    if (kind?.isFile()) paths.push(path)
    else if (kind?.isDirectory() && depth < DEEPEST) paths.push(...(await listFiles(path, depth + 1)))
  }
  return paths
}
