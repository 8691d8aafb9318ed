// What a folder of original files lacks for a story, in one sentence: which files, what for, and how to get them. Computes nothing
// and converts nothing; a model that is whole costs it the look at every file.

import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { FileError } from '../lib/core/errors.ts'
import type { Manifest } from '../lib/io/manifest.ts'
import { NETS, type Role } from './contents.ts'
import { isObjectArray, readNpyHeader } from './formats/npy.ts'
import { isUnfinished, type LookOptions, type Original, Originals } from './originals.ts'
import { filesNamed, publishedCatalogue } from './pull/catalogue.ts'

/** A file that is missing or of no use. */
export interface Gap {
  /** Its name in the original program. */
  readonly file: string
  readonly purpose: string
  readonly role: Role
  /** What is there in its place, and why it does not serve. */
  readonly instead?: string
  /** What to pull: the file, or the archive that it comes in. */
  readonly pull: string
}

interface Need {
  readonly file: string
  readonly purpose: string
  readonly role: Role
  /** Other names of it. */
  readonly also?: readonly string[]
  /** Which files of the role will do, by name. */
  readonly fits?: (name: string, originals: Originals) => boolean
}

const OF_EMBEDDING = /\.npz\.dictionary\.pkl$/
const beside =
  (role: Role) =>
  (name: string, originals: Originals): boolean =>
    originals.present(role).some(original => name === `${original.name}.pkl`)
const startsWith = (letter: string) => (name: string) => basename(name).startsWith(letter)

/** All that a story needs, what matters most first: what writes, what it reads, what finds it, what sees, what shifts. */
const NEEDS: readonly Need[] = [
  { file: 'romance.npz', purpose: 'the decoder, which writes', role: 'decoder' },
  { file: 'romance.npz.pkl', purpose: 'its options', role: 'options', fits: beside('decoder') },
  {
    file: 'romance_dictionary.pkl',
    purpose: 'its words',
    role: 'dictionary',
    fits: name => !OF_EMBEDDING.test(name),
  },
  { file: 'uni_skip.npz', purpose: 'the one-way sentence encoder', role: 'uni-skip' },
  { file: 'uni_skip.npz.pkl', purpose: 'its options', role: 'options', fits: beside('uni-skip') },
  { file: 'bi_skip.npz', purpose: 'the two-way sentence encoder', role: 'bi-skip' },
  { file: 'bi_skip.npz.pkl', purpose: 'its options', role: 'options', fits: beside('bi-skip') },
  { file: 'utable.npy', purpose: 'word vectors of uni_skip', role: 'word table', fits: startsWith('u') },
  { file: 'btable.npy', purpose: 'word vectors of bi_skip', role: 'word table', fits: startsWith('b') },
  { file: 'dictionary.txt', purpose: 'the words of both tables', role: 'word list' },
  { file: 'coco_embedding.npz', purpose: 'the embedding that finds captions', role: 'embedding' },
  { file: 'coco_embedding.npz.pkl', purpose: 'its options', role: 'options', fits: beside('embedding') },
  {
    file: 'coco_embedding.npz.dictionary.pkl',
    purpose: 'its words',
    role: 'dictionary',
    fits: name => OF_EMBEDDING.test(name),
  },
  { file: 'coco_train_caps.txt', purpose: 'the captions', role: 'captions' },
  {
    file: 'VGG_ILSVRC_19_layers.caffemodel',
    purpose: 'VGG-19, which sees; or vgg19.pkl',
    role: 'vgg19',
    also: ['vgg19.pkl'],
  },
  { file: 'caption_style.npy', purpose: 'the style of captions', role: 'style', fits: named('caption_style.npy') },
  { file: 'romance_style.npy', purpose: 'the style of novels', role: 'style', fits: named('romance_style.npy') },
]

function named(file: string): (name: string) => boolean {
  return name => basename(name) === file
}

/** Whether a bundle has all that a story needs. */
export const tellsStories = ({ nets, captions, styles }: Manifest): boolean =>
  NETS.every(net => nets[net] !== undefined) && captions !== undefined && styles.includes('caption')

/** What a folder lacks for a story. @throws InputError where there is no folder. */
export async function storyGaps(folder: string, look: LookOptions = {}): Promise<Gap[]> {
  const originals = await Originals.open(folder, look)
  try {
    return await gapsOf(originals)
  } finally {
    await originals.close()
  }
}

export interface InspectedPile {
  readonly kind: 'folder'
  readonly files: readonly { readonly file: string; readonly role?: string | undefined; readonly problem?: string }[]
  readonly missing: readonly Gap[]
}

/** What each file of a folder is, and what the folder lacks for a story. @throws InputError where there is no folder. */
export async function inspectFolder(folder: string, look: LookOptions = {}): Promise<InspectedPile> {
  const originals = await Originals.open(folder, look)
  try {
    const files = [
      ...originals.files.map(({ name, role, contents }) => ({ file: name, role: role ?? contents.format })),
      ...originals.refused.map(({ name, error }) => ({ file: name, problem: error.message })),
    ].sort((a, b) => (a.file < b.file ? -1 : 1))
    return { kind: 'folder', files, missing: await gapsOf(originals) }
  } finally {
    await originals.close()
  }
}

/** What a set of files lacks for a story. */
export async function gapsOf(originals: Originals): Promise<Gap[]> {
  const gaps: Gap[] = []
  for (const need of NEEDS) {
    const { file, purpose, role, fits = () => true } = need
    const fitting = originals.present(role).filter(({ name }) => fits(name, originals))
    const whole = await Promise.all(fitting.map(isWhole))
    if (whole.includes(true)) continue
    const instead = await whatIsThere(need, originals)
    gaps.push({ file, purpose, role, ...(instead && { instead }), pull: pulledBy(file) })
  }
  return gaps
}

/** One sentence: what is missing, what for, how to get it. */
export const gapSentence = (folder: string, gaps: readonly Gap[]): string =>
  `${folder}: ${gaps.length === NEEDS.length ? NOTHING : ''}for a story there is missing ${gapList(folder, gaps)}; or put files of your own there`

const NOTHING = 'holds no weights of the original program; '

/** What is missing, what for, how to get it. */
export function gapList(folder: string, gaps: readonly Gap[]): string {
  const names = [...new Set(gaps.map(({ pull }) => pull))]
  return names
    .map(pull => {
      const files = gaps.filter(gap => gap.pull === pull)
      // What is wrong with an archive is wrong with all that is in it, and said once.
      const one = files.length > 1 && files.every(({ instead }) => instead === files[0]?.instead)
      const common = one ? files[0]?.instead : undefined
      const told = files.map(
        ({ file, purpose, instead }) =>
          `${file} (${instead === undefined || instead === common ? purpose : `${purpose}; ${instead}`})`,
      )
      const why = common === undefined ? '' : ` (${common})`
      return `${told.join(', ')}${why}: "storyteller pull ${pull} --out ${quoted(folder)}"`
    })
    .join('; ')
}

const quoted = (folder: string): string => (/^[\w./~+-]+$/.test(folder) ? folder : `'${folder}'`)

/** What is said of files that end too soon. */
const CUT = /\bends? (early|in the middle)|\bcut short|not a whole zip|\d follow$/

/** The same error; where a file of a published one's name was cut short, with how much of that is there, and how to get it. */
export async function withPublishedSize(error: unknown): Promise<unknown> {
  if (!(error instanceof FileError) || !CUT.test(problemOf(error))) return error
  const much = await howMuch(error.file)
  if (much === '') return error
  const pull = pulledBy(basename(error.file))
  const cure = `${error.cure}: "storyteller pull ${pull} --out ${quoted(dirname(error.file))}"`
  const { file, offset } = error
  return new FileError(`${problemOf(error)}${much}`, { file, offset, cure }, { cause: error })
}

const published = (file: string) => publishedCatalogue().files.find(({ name }) => name === file)
const pulledBy = (file: string): string => filesNamed(publishedCatalogue(), file)[0]?.name ?? file

/** What an error says is wrong, without the file and the cure. */
const problemOf = ({ message, file, cure }: FileError): string =>
  message.slice(file.length, -cure.length - 2).replace(/^( at byte \d+)?: /, '')

/** What is there of a file and does not serve: damaged, something else, or half fetched. */
async function whatIsThere({ file, also = [] }: Need, originals: Originals): Promise<string | undefined> {
  for (const name of [file, ...also, pulledBy(file)]) {
    const refused = originals.refused.find(other => basename(other.name) === name)
    if (refused !== undefined) return `${refused.name}: ${problemOf(refused.error)}${await howMuch(refused.path)}`
    const begun = originals.refused.find(
      other => isUnfinished(other.name) && basename(other.name).startsWith(`${name}.`),
    )
    if (begun !== undefined) return `${begun.name} is a download that was not finished`
  }
  const cut = originals.files.find(other => basename(other.name) === file)
  return cut && `${cut.name} is cut short${await howMuch(cut.path)}`
}

/** Rows of the published word tables. */
const PUBLISHED_ROWS = 930_911

/** Whether an array's file is as long as its head says, as far as that can be told without reading it. */
async function isWhole({ name, contents }: Original): Promise<boolean> {
  if (contents.format !== 'npy') return true
  const header = await readNpyHeader(contents.source)
  if (isObjectArray(header)) {
    const least = published(basename(name))?.bytes ?? 0
    return header.shape[0] !== PUBLISHED_ROWS || contents.source.size >= least
  }
  return contents.array('').then(
    () => true,
    () => false,
  )
}

/** How many of its bytes are there, where a file of this name was published and is longer. */
async function howMuch(path: string): Promise<string> {
  const whole = published(basename(path))?.bytes
  const there = await stat(path).catch(() => undefined)
  if (whole === undefined || there === undefined || there.size >= whole) return ''
  return `, and has ${there.size.toLocaleString('en')} of the ${whole.toLocaleString('en')} bytes that were published`
}
