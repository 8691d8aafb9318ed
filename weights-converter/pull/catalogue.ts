// The published files: names, sizes, hashes, licences, addresses, and where each of these facts comes from. The facts are in
// catalogue.json; a list of one's own has the same form. Nothing here opens a connection.

import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { FileError, InputError } from '../../lib/core/errors.ts'
import type { Manifest } from '../../lib/io/manifest.ts'

const hex = (digits: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`), 'is not such a hash'))
/** A name that is a plain file's, on any system. */
const fileName = v.pipe(v.string(), v.regex(/^[\p{L}\p{N}_][\p{L}\p{N}_.+-]{0,127}$/u, 'is not a plain file name'))
const address = v.pipe(v.string(), v.url(), v.regex(/^https?:/, 'is not an http or https address'))

const licence = v.object({ id: v.string(), title: v.string(), text: v.string(), url: address })
const file = v.object({
  name: fileName,
  /** The files that are pulled together, by a name. */
  set: v.string(),
  purpose: v.string(),
  /** Files in it, where it is an archive. */
  contains: v.optional(v.array(fileName)),
  bytes: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  md5: v.optional(hex(32)),
  sha1: v.optional(hex(40)),
  sha256: v.optional(hex(64)),
  licence: v.string(),
  /** In the order in which they are asked. */
  mirrors: v.array(address),
  /** Where the addresses, sizes and hashes come from. */
  facts: v.array(v.string()),
  /** Pulled only by its own name: another file does as well. */
  alternative: v.optional(v.boolean(), false),
  /** Nice to have: no story needs it. */
  extra: v.optional(v.boolean(), false),
})
const catalogue = v.pipe(
  v.object({ licences: v.array(licence), files: v.pipe(v.array(file), v.minLength(1)) }),
  v.check(({ files }) => new Set(files.map(({ name }) => name)).size === files.length, 'two files have one name'),
  v.check(
    ({ files, licences }) => files.every(f => licences.some(({ id }) => id === f.licence)),
    'a file names a licence that is not listed',
  ),
)

export type Catalogue = v.InferOutput<typeof catalogue>
export type CatalogueFile = v.InferOutput<typeof file>
export type Licence = v.InferOutput<typeof licence>

/** All that a story needs. */
export const EVERYTHING = 'published'

/** The catalogue of the published files. */
export function publishedCatalogue(): Catalogue {
  const url = new URL('./catalogue.json', import.meta.url)
  return parseCatalogue(readFileSync(url, 'utf8'), 'catalogue.json')
}

/** A catalogue of one's own. @throws FileError where it is none. */
export async function readCatalogue(path: string): Promise<Catalogue> {
  const text = await readFile(path, 'utf8').catch(cause => {
    throw new FileError('cannot be read', { file: path, cure: 'check the path' }, { cause })
  })
  return parseCatalogue(text, path)
}

function parseCatalogue(text: string, place: string): Catalogue {
  const cure = 'see weights-converter/pull/catalogue.json for the form'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new FileError('is not JSON', { file: place, cure }, { cause })
  }
  const result = v.safeParse(catalogue, value)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new FileError(`${v.getDotPath(issue) ?? 'the catalogue'}: ${issue.message}`, { file: place, cure })
}

/** The files that a name stands for: one file, a set, or all that a story needs. @throws InputError for any other name. */
export function filesNamed({ files }: Catalogue, name: string = EVERYTHING): CatalogueFile[] {
  const wanted = files.filter(f => !f.alternative)
  if (name === EVERYTHING) return wanted
  const one = files.find(f => f.name === name) ?? files.find(f => f.contains?.includes(name))
  if (one !== undefined) return [one]
  const set = wanted.filter(f => f.set === name)
  if (set.length > 0) return set
  const sets = [...new Set(files.map(f => f.set))]
  throw new InputError(
    `there is nothing published as "${name}"; give ${[EVERYTHING, ...sets].join(', ')}, or one of the files ${files.map(f => f.name).join(', ')}`,
  )
}

/** Whether something is known that tells a right file from a wrong one before anyone has seen it. */
export const isPublished = ({ md5, sha1, sha256 }: CatalogueFile): boolean =>
  md5 !== undefined || sha1 !== undefined || sha256 !== undefined

/** Whether a model was made of the published encoders, by their hashes, and a decoder of the original's name. */
export function isPublishedModel({ sources }: Manifest): boolean {
  const { files } = publishedCatalogue()
  const name = (file: string) => file.split('/').at(-1)
  const has = (wanted: CatalogueFile) =>
    sources.some(({ file, sha256 }) => name(file) === wanted.name && sha256 === wanted.sha256)
  const encoders = files.filter(({ set }) => set === 'skip-thoughts')
  return encoders.every(has) && sources.some(({ file, role }) => role === 'decoder' && name(file) === 'romance.npz')
}
