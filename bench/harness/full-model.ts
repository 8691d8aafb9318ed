// The full-size model on disk, made once into the cache by the way users go: seeded original files (1.2 GB, deleted afterwards),
// converted, with the embeddings of its 10,000 captions. And the same model with as many captions as asked for, whose further embeddings
// come from the hash.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { cacheHome } from '../../lib/core/cache-home.node.ts'
import { cacheCaptions } from '../../lib/index.ts'
import { addTensor } from '../../lib/io/bundle-writer.node.ts'
import { type Manifest as BundleManifest, MANIFEST_FILE, manifestText } from '../../lib/io/manifest.ts'
import { readNpy } from '../../lib/io/npy.node.ts'
import { type Manifest, writeOriginals } from '../../test/full/originals.ts'
import { convert } from '../../weights-converter/index.ts'
import { golden } from './full-size.ts'
import { elements, type Seeded, values } from './seeded.ts'

const DIM = 1024
/** Numbers written at once. */
const PART = 2 ** 22
const EMBEDDINGS = 'captions/embeddings'

const folder = (...parts: string[]): string => join(cacheHome(), 'bench', ...parts)

/** What the embeddings after the first 10,000 are made from: vectors of about unit length. */
const further = (count: number): Seeded => ({ shape: [count, DIM], seed: 61, scale: Math.sqrt(3 / DIM) })

/** The bundle of the full-size model with 10,000 captions. */
export async function fullModel(adapter: string | undefined, note: (text: string) => void): Promise<string> {
  const bundle = folder('full')
  if (!existsSync(bundle)) {
    note('making the full-size model, once (1.2 GB) …')
    const source = folder(`originals.tmp-${process.pid}`)
    try {
      const manifest = JSON.parse(readFileSync(join(golden, 'expected', 'manifest.json'), 'utf8')) as Manifest
      writeOriginals(source, manifest, name => note(`  ${name}`))
      await convert({ source, out: bundle, dtype: 'f32' })
    } finally {
      rmSync(source, { recursive: true, force: true })
    }
  }
  await cacheCaptions(bundle, { adapter })
  return bundle
}

/** The same with `count` captions; all other files are those of `bundle`. */
export async function modelWithCaptions(bundle: string, count: number): Promise<string> {
  const out = folder(`full-${count}`)
  if (existsSync(out)) return out
  const temporary = `${out}.tmp-${process.pid}`
  const manifest = JSON.parse(readFileSync(join(bundle, MANIFEST_FILE), 'utf8')) as BundleManifest
  const { captions } = manifest
  const tensor = manifest.tensors[EMBEDDINGS]
  if (captions === undefined || tensor === undefined) throw new TypeError(`${bundle} has no captions`)
  const first = (await readNpy(join(bundle, tensor.file))).data as Float32Array
  try {
    mkdirSync(temporary)
    for (const name of readdirSync(bundle))
      if (![MANIFEST_FILE, 'captions', captions.file].includes(name))
        symlinkSync(join(bundle, name), join(temporary, name))
    mkdirSync(join(temporary, 'captions'))
    const texts = readFileSync(join(bundle, captions.file), 'utf8').trimEnd().split('\n')
    const more = Array.from({ length: count - texts.length }, (_, i) => `caption ${texts.length + i}`)
    writeFileSync(join(temporary, captions.file), `${[...texts, ...more].join('\n')}\n`)
    const { sha256: _, ...text } = captions
    writeFileSync(join(temporary, MANIFEST_FILE), manifestText({ ...manifest, captions: { ...text, count } }))
    const [name, shape, layout] = [EMBEDDINGS, [count, DIM], 'caption, dim']
    await addTensor(temporary, { name, dtype: 'f32', shape, layout, parts: embeddings(first, count) })
    renameSync(temporary, out)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
  return out
}

/** The computed ones, then those from the hash. */
async function* embeddings(first: Float32Array, count: number): AsyncGenerator<Float32Array> {
  for (let at = 0; at < first.length; at += PART) yield first.subarray(at, at + PART)
  const rest = further(count - first.length / DIM)
  const total = elements(rest.shape)
  for (let at = 0; at < total; at += PART) yield values(rest, at, Math.min(PART, total - at))
}

/** The nearest captions of an embedding among all of a model's, in f64 over its file. */
export async function nearestInFile(model: string, embedding: Float32Array, k: number): Promise<number[]> {
  const manifest = JSON.parse(readFileSync(join(model, MANIFEST_FILE), 'utf8')) as BundleManifest
  const matrix = (await readNpy(join(model, manifest.tensors[EMBEDDINGS]?.file ?? ''))).data as Float32Array
  const scores = Array.from({ length: matrix.length / DIM }, (_, row) => {
    let sum = 0
    for (let i = 0, at = row * DIM; i < DIM; i++) sum += (matrix[at + i] as number) * (embedding[i] as number)
    return { row, sum }
  })
  return scores
    .sort((a, b) => b.sum - a.sum)
    .slice(0, k)
    .map(({ row }) => row)
}
