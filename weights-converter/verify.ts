// Whether a bundle is whole and its parts go together: every check has a name, a verdict and, where it fails, a cure.

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { AbortError, StorytellerError } from '../lib/core/errors.ts'
import { type Bundle, openBundle } from '../lib/io/bundle.ts'
import { folderFiles } from '../lib/io/bundle-files.node.ts'
import { openFile } from '../lib/io/bytes.node.ts'
import type { Manifest } from '../lib/io/manifest.ts'
import type { ConvertTask } from './convert.ts'

export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly cure?: string
}

const CURE = 'convert the original files again'
const CHUNK = 2 ** 22

/** Runs every check on the bundle in `dir`. @throws FileError where there is no manifest to begin with. */
export async function verify(dir: string, task: ConvertTask = {}): Promise<Check[]> {
  const bundle = await openBundle(folderFiles(dir))
  try {
    const checks: Check[] = [{ name: 'manifest', ok: true, detail: `format ${bundle.manifest.format}` }]
    checks.push(...(await tensorChecks(dir, bundle, task)))
    checks.push(...shapeChecks(bundle.manifest))
    checks.push(...(await wordChecks(bundle)))
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
      const hash = await sha256(join(dir, ...entry.file.split('/')))
      if (hash !== entry.sha256) throw new StorytellerError(`${entry.file} has changed: its SHA-256 is ${hash}`)
      return `${entry.dtype} [${entry.shape.join(', ')}], hash right`
    })
    checks.push(found)
  }
  return checks
}

async function sha256(path: string): Promise<string> {
  const source = await openFile(path)
  try {
    const hash = createHash('sha256')
    for (let at = 0; at < source.size; at += CHUNK)
      hash.update(await source.read(at, Math.min(CHUNK, source.size - at)))
    return hash.digest('hex')
  } finally {
    await source.close()
  }
}

/** The shapes that the nets' options ask for. */
function shapeChecks({ nets, tensors, captions }: Manifest): Check[] {
  return Object.entries(expectedShapes({ nets, captions })).map(([name, shape]) => {
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
      shapes[`vgg19/conv${block + 1}_${layer + 1}.W`] = [width, inputs, 3, 3]
      inputs = width
    }
  inputs *= 49
  for (const [i, width] of fcs.entries()) {
    shapes[`vgg19/fc${6 + i}.W`] = [width, inputs]
    inputs = width
  }
  return shapes
}

/** Words, captions and styles: there, readable, and fitting the nets. */
async function wordChecks(bundle: Bundle): Promise<Check[]> {
  const { vocabularies, captions, nets, styles, tensors } = bundle.manifest
  const checks: Check[] = []
  if (vocabularies['skip-thoughts'] !== undefined)
    checks.push(
      await check('words of the tables', async () => {
        const words = await bundle.skipThoughtsWords()
        if (!words.has('UNK')) throw new StorytellerError('there is no word UNK, which stands for unknown words')
        return `${words.size} words`
      }),
    )
  if (vocabularies.embedding !== undefined)
    checks.push(await check('words of the embedding', async () => `${(await bundle.embeddingWords()).size} words`))
  if (vocabularies.decoder !== undefined && nets.decoder !== undefined) {
    const { nWords } = nets.decoder
    checks.push(
      await check('words of the decoder', async () => {
        const words = await bundle.decoderWords()
        const without = Array.from({ length: nWords }, (_, id) => id).filter(id => !words.has(id))
        if (without.length > 0) throw new StorytellerError(`${without.length} of ${nWords} ids have no word`)
        return `${words.size} words for ${nWords} ids`
      }),
    )
  }
  if (captions !== undefined)
    checks.push(await check('captions', async () => `${(await bundle.captions()).length} captions`))
  const dim = nets.decoder?.dimContext
  for (const style of styles) {
    const size = tensors[`styles/${style}`]?.shape[0]
    const ok = dim === undefined || size === dim
    const detail = ok ? `${size} numbers` : `${size} numbers, but the decoder reads ${dim}`
    checks.push({ name: `style ${style}`, ok, detail, ...(!ok && { cure: CURE }) })
  }
  return checks
}
