// Whether a bundle is whole and its parts go together: every check has a name, a verdict and, where it fails, a cure.

import { join } from 'node:path'
import { AbortError, StorytellerError } from '../lib/core/errors.ts'
import { type Bundle, openBundle } from '../lib/io/bundle.ts'
import { folderFiles } from '../lib/io/bundle-files.node.ts'
import { openFile } from '../lib/io/bytes.node.ts'
import type { Manifest } from '../lib/io/manifest.ts'
import { sha256Of } from '../lib/io/sha256.node.ts'
import type { ConvertTask } from './convert.ts'
import { type CatalogueFile, isPublished, publishedCatalogue } from './pull/catalogue.ts'

export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly cure?: string
}

const CURE = 'convert the original files again'

/** Runs every check on the bundle in `dir`. @throws FileError where there is no manifest to begin with. */
export async function verify(dir: string, task: ConvertTask = {}): Promise<Check[]> {
  const bundle = await openBundle(folderFiles(dir))
  try {
    const checks: Check[] = [{ name: 'manifest', ok: true, detail: `format ${bundle.manifest.format}` }]
    checks.push(...(await tensorChecks(dir, bundle, task)))
    checks.push(...shapeChecks(bundle.manifest))
    checks.push(...(await textChecks(dir, bundle)))
    checks.push(...styleChecks(bundle.manifest), ...originCheck(bundle.manifest))
    return checks
  } finally {
    await bundle.close()
  }
}

async function check(name: string, work: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await work() }
  } catch (error) {
    if (!(error instanceof StorytellerError) || error instanceof AbortError) throw error
    return { name, ok: false, detail: error.message, cure: CURE }
  }
}

/** Each tensor's file: its length and head, and its hash. */
async function tensorChecks(dir: string, bundle: Bundle, { signal, onProgress }: ConvertTask): Promise<Check[]> {
  const checks: Check[] = []
  const names = bundle.tensorNames
  for (const [done, name] of names.entries()) {
    if (signal?.aborted) throw new AbortError()
    onProgress?.({ stage: 'hashing', done, total: names.length })
    const entry = bundle.manifest.tensors[name]
    if (entry === undefined) continue
    const found = await check(name, async () => {
      await bundle.tensor(name).readRange(0, 1)
      await checkHash(dir, entry)
      return `${entry.dtype} [${entry.shape.join(', ')}], hash right`
    })
    checks.push(found)
  }
  return checks
}

async function checkHash(dir: string, { file, sha256 }: { file: string; sha256?: string | undefined }): Promise<void> {
  if (sha256 === undefined) return
  const is = await hashOf(join(dir, ...file.split('/')))
  if (is !== sha256) throw new StorytellerError(`${file} has changed: its SHA-256 is ${is}`)
}

async function hashOf(path: string): Promise<string> {
  const source = await openFile(path)
  try {
    return await sha256Of(source)
  } finally {
    await source.close()
  }
}

/** The shapes that the nets' options ask for. */
function shapeChecks({ nets, tensors, captions, vocabularies }: Manifest): Check[] {
  const shapes = expectedShapes({ nets, captions })
  // A table may have more rows than there are words.
  for (const table of ['uni', 'bi'] as const) {
    const rows = Math.max(tensors[`word-tables/${table}`]?.shape[0] ?? 0, vocabularies['skip-thoughts']?.count ?? 0)
    const net = nets[`${table}-skip`]
    if (net !== undefined) shapes[`word-tables/${table}`] = [rows, net.dimWord]
  }
  return Object.entries(shapes).map(([name, shape]) => {
    const is = tensors[name]?.shape
    const ok = is !== undefined && is.length === shape.length && shape.every((d, i) => d === is[i])
    const detail = ok
      ? `[${shape.join(', ')}]`
      : `is ${is ? `[${is.join(', ')}]` : 'absent'}, [${shape.join(', ')}] is needed`
    return { name: `shape of ${name}`, ok, detail, ...(!ok && { cure: CURE }) }
  })
}

type Shapes = Record<string, number[]>

function expectedShapes({ nets, captions }: Pick<Manifest, 'nets' | 'captions'>): Shapes {
  const shapes: Shapes = {}
  const affine = (name: string, inputs: number, outputs: number) =>
    Object.assign(shapes, { [`${name}.W`]: [outputs, inputs], [`${name}.b`]: [outputs] })
  const gru = (name: string, { dim, dimWord }: { dim: number; dimWord: number }) => {
    affine(name, dimWord, 3 * dim)
    shapes[`${name}.U`] = [3 * dim, dim]
  }
  const { vgg19, embedding, decoder } = nets
  if (vgg19 !== undefined) Object.assign(shapes, vggShapes(vgg19))
  if (nets['uni-skip'] !== undefined) gru('uni-skip/encoder', nets['uni-skip'])
  for (const way of ['forward', 'backward']) if (nets['bi-skip'] !== undefined) gru(`bi-skip/${way}`, nets['bi-skip'])
  if (embedding !== undefined) {
    shapes['embedding/words'] = [embedding.nWords, embedding.dimWord]
    if (embedding.encoder === 'gru') gru('embedding/encoder', embedding)
    affine('embedding/image', embedding.dimImage, embedding.dim)
    if (captions?.embeddings) shapes['captions/embeddings'] = [captions.count, embedding.dim]
  }
  if (decoder === undefined) return shapes
  const { dim, dimWord, dimContext, nWords, doutput } = decoder
  shapes['decoder/words'] = [nWords, dimWord]
  affine('decoder/state', dimContext, dim)
  gru('decoder/gru', decoder)
  if (doutput) affine('decoder/hidden', dim, dimWord)
  affine('decoder/logits', doutput ? dimWord : dim, nWords)
  return shapes
}

function vggShapes({ convs, fcs }: NonNullable<Manifest['nets']['vgg19']>): Shapes {
  const shapes: Shapes = {}
  let inputs = 3
  for (const [block, widths] of convs.entries())
    for (const [layer, width] of widths.entries()) {
      const name = `vgg19/conv${block + 1}_${layer + 1}`
      Object.assign(shapes, { [`${name}.W`]: [width, inputs, 3, 3], [`${name}.b`]: [width] })
      inputs = width
    }
  inputs *= 49
  for (const [i, width] of fcs.entries()) {
    Object.assign(shapes, { [`vgg19/fc${6 + i}.W`]: [width, inputs], [`vgg19/fc${6 + i}.b`]: [width] })
    inputs = width
  }
  return shapes
}

/** Words and captions: unchanged, readable, and fitting the nets. */
async function textChecks(dir: string, bundle: Bundle): Promise<Check[]> {
  const { vocabularies, captions, nets, punkt } = bundle.manifest
  const checks: Check[] = []
  const text = async (
    name: string,
    entry: Parameters<typeof checkHash>[1] | undefined,
    read: () => Promise<string>,
  ) => {
    if (entry === undefined) return
    const found = await check(name, async () => {
      const detail = await read()
      await checkHash(dir, entry)
      return detail
    })
    checks.push(found)
  }
  await text('words of the tables', vocabularies['skip-thoughts'], async () => {
    const words = await bundle.skipThoughtsWords()
    if (!words.has('UNK')) throw new StorytellerError('there is no word UNK, which stands for unknown words')
    return `${words.size} words`
  })
  await text('words of the embedding', vocabularies.embedding, async () => {
    return `${(await bundle.embeddingWords()).size} words`
  })
  await text('words of the decoder', vocabularies.decoder, async () => {
    const words = await bundle.decoderWords()
    const nWords = nets.decoder?.nWords ?? 0
    const without = Array.from({ length: nWords }, (_, id) => id).filter(id => !words.has(id))
    if (without.length > 0) throw new StorytellerError(`${without.length} of ${nWords} ids have no word`)
    return `${words.size} words for ${nWords} ids`
  })
  await text('captions', captions, async () => `${(await bundle.captions()).length} captions`)
  await text('sentence splitter', punkt === undefined ? undefined : { file: punkt }, async () => {
    return `${(await bundle.punkt())?.abbreviations.length} abbreviations`
  })
  return checks
}

function styleChecks({ nets, styles, tensors }: Manifest): Check[] {
  const dim = nets.decoder?.dimContext
  return styles.map(style => {
    const size = tensors[`styles/${style}`]?.shape[0]
    const ok = dim === undefined || size === dim
    const detail = ok ? `${size} numbers` : `${size} numbers, but the decoder reads ${dim}`
    return { name: `style ${style}`, ok, detail, ...(!ok && { cure: CURE }) }
  })
}

/** Which of the original files were the published ones; others make a model too, but not the published stories. */
function originCheck({ sources }: Manifest): Check[] {
  const known = publishedCatalogue().files.filter(isPublished)
  const named = sources.flatMap(({ file, sha256, bytes }) => {
    const published = known.find(({ name }) => name === file.split('/').at(-1))
    return published === undefined ? [] : [{ file, same: isSame(published, { sha256, bytes }) }]
  })
  if (named.length === 0) return []
  const others = named.filter(({ same }) => !same).map(({ file }) => file)
  const detail =
    others.length === 0
      ? `${named.length} of ${sources.length} have published hashes, and are the published ones`
      : `not the published ones: ${others.join(', ')}; a model of its own is none the worse for it`
  return [{ name: 'original files', ok: true, detail }]
}

/** Of a file that has no published SHA-256 only the size is known here. */
const isSame = (published: CatalogueFile, { sha256, bytes }: { sha256: string; bytes: number }): boolean =>
  (published.sha256 ?? sha256) === sha256 && published.bytes === bytes
