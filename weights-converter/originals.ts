// Which files of a folder are used for what, those in its zip archives too. Files are known by content; where several fit, the
// original's names come first, then the alphabet decides; what is not used is listed with the reason. A file that is damaged, or
// that is not what its name says, stops whoever asks for it and no one else.

import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import type { ByteSource } from '../lib/core/bytes.ts'
import { FileError, InputError } from '../lib/core/errors.ts'
import { openFile, readWhole } from '../lib/io/bytes.node.ts'
import { MANIFEST_FILE, MANIFEST_LIMIT, parseManifest } from '../lib/io/manifest.ts'
import { type Archive, openArchive } from './archive.ts'
import { type Contents, openContents, type Role } from './contents.ts'
import { abortable } from './formats/byte-sources.ts'

/** A file that was looked into. */
export interface Original {
  /** Path within the folder of originals. */
  readonly name: string
  readonly path: string
  readonly role: Role | undefined
  readonly contents: Contents
}

export interface LeftOut {
  readonly file: string
  readonly why: string
}

/** A file that others need and that is not there. */
export class MissingFileError extends FileError {}

/** A file that cannot be used, with the role that its name promises. */
export interface Refused {
  readonly name: string
  readonly path: string
  readonly expected: Role | undefined
  readonly error: FileError
}

/** The original's names, the preferred ones first. A file of such a name must be what its name says. */
const NAMES: ReadonlyMap<Role, readonly string[]> = new Map<Role, readonly string[]>([
  ['vgg19', ['vgg19.pkl', 'VGG_ILSVRC_19_layers.caffemodel', 'vgg19_weights_tf_dim_ordering_tf_kernels.h5']],
  ['uni-skip', ['uni_skip.npz']],
  ['bi-skip', ['bi_skip.npz']],
  ['embedding', ['coco_embedding.npz']],
  ['decoder', ['romance.npz']],
  ['dictionary', ['romance_dictionary.pkl', 'coco_embedding.npz.dictionary.pkl']],
  ['style', ['caption_style.npy', 'romance_style.npy', 'swift_style.npy']],
  ['word list', ['dictionary.txt']],
  ['captions', ['coco_train_caps.txt']],
  ['word table', ['utable.npy', 'btable.npy']],
])
const ROLES: ReadonlyMap<string, Role> = new Map([...NAMES].flatMap(([role, names]) => names.map(name => [name, role])))
/** How many folders down. */
const BELOW = 3
/** Only files named as texts are read as such: a folder has notes and licences too. */
const TEXT_NAME = /\.txt$/i
/** What browsers and programs call a file that they have not fetched whole. */
const UNFINISHED = /\.(part|partial|crdownload|download|opdownload|aria2|tmp|incomplete|!ut)$/i
export const isUnfinished = (name: string): boolean => UNFINISHED.test(name)
/** Beside such a file, what its program knows of it. */
const OF_UNFINISHED = /\.(part\.json|aria2|part\.met)$/i

export interface LookOptions {
  /** Only files of such names within the folder. */
  readonly accept?: (name: string) => boolean
  /** How many folders down to look. */
  readonly below?: number
  readonly signal?: AbortSignal | undefined
}

/** All files of a folder that can be part of a set of originals. */
export class Originals {
  readonly folder: string
  readonly #signal: AbortSignal | undefined
  readonly #files: Original[] = []
  readonly #refused: Refused[] = []
  readonly #leftOut: LeftOut[] = []
  readonly #archives: Archive[] = []

  private constructor(folder: string, signal: AbortSignal | undefined) {
    this.folder = folder
    this.#signal = signal
  }

  /** Looks into the files of a folder and of those below. @throws InputError where there is no folder. */
  static async open(
    folder: string,
    { accept = () => true, below = BELOW, signal }: LookOptions = {},
  ): Promise<Originals> {
    const originals = new Originals(folder, signal)
    try {
      for (const path of await listFiles(folder, below)) {
        const name = relative(folder, path).replaceAll('\\', '/')
        if (accept(name)) await originals.#look(path, name)
      }
      return originals
    } catch (error) {
      await originals.close()
      throw error
    }
  }

  /** Files that were looked into. */
  get files(): readonly Original[] {
    return this.#files
  }

  /** Files of a role that can be used. */
  present(role: Role): Original[] {
    return this.#files.filter(file => file.role === role)
  }

  /** Files that cannot be used. */
  get refused(): readonly Refused[] {
    return this.#refused
  }

  /** Files of a role, the one to take first. @throws FileError where one of the original's names is not what it says. */
  all(role: Role): Original[] {
    const refused = this.#refused.find(({ expected }) => expected === role)
    if (refused !== undefined) throw refused.error
    const names = NAMES.get(role) ?? []
    const rank = ({ name }: Original) => (names.indexOf(basename(name)) + names.length + 1) % (names.length + 1)
    return this.#files
      .filter(file => file.role === role)
      .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
  }

  /** The file to take for a role; the others are listed as left out. */
  first(role: Role): Original | undefined {
    const [taken, ...others] = this.all(role)
    for (const { name } of others) this.leaveOut(name, `another ${role}; ${taken?.name} is taken`)
    return taken
  }

  /** The file of that name, if there is one. @throws FileError where it cannot be used. */
  named(name: string): Original | undefined {
    const refused = this.#refused.find(file => file.name === name)
    if (refused !== undefined) throw refused.error
    return this.#files.find(file => file.name === name)
  }

  leaveOut(file: string, why: string): void {
    this.#leftOut.push({ file, why })
  }

  /** What was left out, with everything that no one took. */
  leftOut(used: readonly Original[]): LeftOut[] {
    const paths = new Set(used.map(({ path }) => resolve(path)))
    const told = new Set(this.#leftOut.map(({ file }) => file))
    const rest = this.#files.filter(({ name, path }) => !paths.has(resolve(path)) && !told.has(name))
    return [
      ...this.#leftOut,
      ...this.#refused.map(({ name, error }) => ({ file: name, why: error.message })),
      ...rest.map(file => ({ file: file.name, why: reason(file) })),
    ].sort((a, b) => (a.file < b.file ? -1 : 1))
  }

  async close(): Promise<void> {
    for (const file of this.#files) await closeOriginal(file)
    this.#files.length = 0
    for (const archive of this.#archives) await archive.close()
    this.#archives.length = 0
  }

  async #look(path: string, name: string): Promise<void> {
    if (OF_UNFINISHED.test(name)) return
    if (isUnfinished(name)) {
      const error = new FileError('is a download that was not finished', { file: path, cure: 'fetch it to its end' })
      this.#refused.push({ name, path, expected: undefined, error })
      return
    }
    await this.#guarded(path, name, async () => {
      const source = abortable(await openFile(path), this.#signal)
      const archive = await openArchive(source).catch(error => closed(source, error))
      if (archive === undefined) return this.#take(await openSource(source, path, name))
      this.#archives.push(archive)
      for (const inside of archive.names) {
        const place = `${path}/${inside}`
        await this.#guarded(place, `${name}/${inside}`, async () =>
          this.#take(await openSource(await archive.bytes(inside), place, `${name}/${inside}`)),
        )
      }
    })
  }

  async #take(file: Original): Promise<void> {
    const expected = ROLES.get(basename(file.path))
    if (expected === undefined || file.role === expected) {
      this.#files.push(file)
      // A folder may hold thousands of pictures, and a process a thousand open files.
      if (file.role === undefined) await closeOriginal(file)
      return
    }
    await closeOriginal(file)
    throw notAsNamed(file, expected)
  }

  /** What is wrong with one file is kept for whoever asks for it. */
  async #guarded(path: string, name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof FileError)) throw error
      this.#refused.push({ name, path, expected: ROLES.get(basename(path)), error })
    }
  }
}

/** Opens one file of a set. @throws FileError where it is damaged. */
export async function openOriginal(path: string, name = basename(path), signal?: AbortSignal): Promise<Original> {
  return openSource(abortable(await openFile(path), signal), path, name)
}

async function openSource(source: ByteSource, path: string, name: string): Promise<Original> {
  try {
    const contents = await openContents(source)
    return { name, path, contents, role: roleOf(contents, path) }
  } catch (error) {
    return closed(source, error)
  }
}

async function closed(source: ByteSource, error: unknown): Promise<never> {
  await source.close()
  throw error
}

export async function closeOriginal({ contents }: Original): Promise<void> {
  await contents.close()
  await contents.source.close()
}

/** What a text is, its name says first: a list of words and captions of one word look the same. */
function roleOf({ format, role }: Contents, path: string): Role | undefined {
  if (format !== 'text') return role
  const expected = ROLES.get(basename(path))
  if (expected === 'word list' || expected === 'captions') return expected
  return TEXT_NAME.test(path) ? role : undefined
}

function notAsNamed({ path, role, contents: { format } }: Original, expected: Role): FileError {
  const is = role ?? (format === 'unknown' ? 'nothing that is known' : `a ${format} file of something else`)
  return new FileError(`by its name it should be the original's ${expected}, but it is ${is}`, {
    file: path,
    cure: 'fetch it again, or give it another name',
  })
}

function reason({ role, contents: { format } }: Original): string {
  if (format === 'picture') return 'a picture'
  if (role === 'options') return 'options of weights that are not taken'
  if (role === undefined)
    return format === 'text' ? 'a text that the story does not need' : 'nothing that is known here'
  return `${role}: nothing asks for it`
}

/** `seen`: the real paths of folders already listed; links may lead back to them. */
async function listFiles(folder: string, below: number, seen = new Set<string>()): Promise<string[]> {
  const whole = await stat(folder).catch(cause => {
    throw new InputError(`${folder}: there is no such folder; give the folder of the original files`, { cause })
  })
  if (!whole.isDirectory()) throw new InputError(`${folder} is not a folder; give the folder of the original files`)
  const real = await realpath(folder)
  if (seen.has(real)) return []
  seen.add(real)
  const entries = await readdir(folder, { withFileTypes: true }).catch(cause => {
    throw new InputError(
      `${folder} cannot be listed (${cause instanceof Error ? cause.message : cause}); check its permissions`,
      { cause },
    )
  })
  const paths: string[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    const kind = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry
    if (kind?.isFile()) paths.push(path)
    else if (kind?.isDirectory() && below > 0 && !(await isBundle(path)))
      paths.push(...(await listFiles(path, below - 1, seen)))
  }
  return paths
}

/** A bundle that was made beside the originals is none of them, though it is full of arrays. */
async function isBundle(folder: string): Promise<boolean> {
  const path = join(folder, MANIFEST_FILE)
  try {
    parseManifest(new TextDecoder().decode(await readWhole(path, MANIFEST_LIMIT, 'it is none')), path)
    return true
  } catch {
    return false
  }
}
