// The recipe of the embedded model, stage by stage: encoders, decoder, picture net, embedding, styles, bundle. From a seed alone.

import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NdArray } from 'ndarray'
import { cacheCaptions, Storyteller } from '../../lib/index.ts'
import { readVectors } from '../../lib/io/npy.node.ts'
import { encodeNpy } from '../../lib/io/npy.ts'
import { convert } from '../../weights-converter/index.ts'
import { MANNERS } from '../text/manners.ts'
import { sceneOf } from '../world/scene.ts'
import { caffeModel } from './caffe.ts'
import { makeDecoder } from './decoder.ts'
import { type Found, makeEmbedding, measureCaptions } from './embedding.ts'
import { makeEncoder, skipVectors } from './encoders.ts'
import { writeStyle } from './originals.ts'
import { CONVS, COUNTS, FCS, SCHEDULES, SIZES } from './settings.ts'
import { captionTexts, passageTexts, pictureScenes } from './texts.ts'
import { features, seededVgg, trainedVgg } from './vgg.ts'
import { type Log, type Made, Work } from './work.ts'

/** Scenes by which the two picture nets are compared: neither trained on nor used by demo:evaluate. */
const COMPARED = 128
const EVERY_PICTURE = 512
type Vgg = 'seeded' | 'trained'

export interface RecipeOptions {
  readonly seed: number
  /** Keeps what each stage made. */
  readonly work: string
  /** The bundle's folder; replaced when the new one is whole. */
  readonly out: string
  readonly log: Log
}

export interface Recipe {
  readonly seed: number
  /** Captions found for unseen scenes, by picture net. */
  readonly vgg: Readonly<Record<Vgg, Found>>
  readonly taken: Vgg
}

export async function makeModel({ seed, work: folder, out, log }: RecipeOptions): Promise<Recipe> {
  const work = new Work(folder, log)
  const { pictures: drawn, captions, read, passagesRead } = COUNTS
  const textCounts = { drawn, captions, read, passagesRead }
  const encoders: Made<void>[] = []
  for (const encoder of ['uni', 'bi'] as const)
    encoders.push(
      await work.stage(`${encoder}-skip`, [seed, SIZES.word, SIZES.skip, SCHEDULES.skip, textCounts], folder =>
        makeEncoder(encoder, seed, folder, log),
      ),
    )
  const decoder = await decoderStage(work, seed, encoders, log)
  const seeded = await pictureStage(work, seed, 'seeded', log)
  const learnt = await pictureStage(work, seed, 'trained', log)
  const best = worth(learnt.result) > worth(seeded.result) ? learnt : seeded
  const model = await work.stage('model', [keysOf([...encoders, decoder, best]), COUNTS.style], folder =>
    assemble(foldersOf([...encoders, decoder, best]), folder, seed, log),
  )
  await replace(join(model.folder, 'bundle'), out)
  return {
    seed,
    vgg: { seeded: seeded.result, trained: learnt.result },
    taken: best === learnt ? 'trained' : 'seeded',
  }
}

const keysOf = (stages: readonly Made<unknown>[]): string[] => stages.map(({ key }) => key)
const foldersOf = (stages: readonly Made<unknown>[]): string[] => stages.map(({ folder }) => folder)
const worth = ({ place, subject }: Found): number => place + subject

async function decoderStage(
  work: Work,
  seed: number,
  encoders: readonly Made<unknown>[],
  log: Log,
): Promise<Made<unknown>> {
  const passages = Object.values(passageTexts(seed)).flat()
  const vectors = await work.stage('passage-vectors', [keysOf(encoders), COUNTS.passages], async folder => {
    const originals = join(folder, 'originals')
    await gather(foldersOf(encoders), originals)
    await save(folder, await skipVectors(originals, passages, log))
  })
  return work.stage('decoder', [vectors.key, SIZES.word, SIZES.decoder, SCHEDULES.decoder], async folder =>
    makeDecoder(passages, await load(vectors.folder), seed, folder, log),
  )
}

/** One picture net, the embedding on its features, and how well captions are found with the two. */
async function pictureStage(work: Work, seed: number, vgg: Vgg, log: Log): Promise<Made<Found>> {
  const from = [seed, CONVS, FCS, COUNTS.pictures, vgg === 'trained' && [SCHEDULES.vgg, COUNTS.labels]]
  const net = await work.stage(`vgg-${vgg}`, from, async folder => {
    const weights = vgg === 'seeded' ? seededVgg(seed) : await trainedVgg(seed, log)
    await writeFile(join(folder, 'vgg19.caffemodel'), caffeModel(weights))
    const tell = (done: number) => done % EVERY_PICTURE === 0 && log(`  features ${done}/${COUNTS.pictures}`)
    await save(folder, await features(weights, pictureScenes(seed), tell))
  })
  return work.stage(
    `embedding-${vgg}`,
    [net.key, COUNTS.captions, SIZES.word, SIZES.embedding, SCHEDULES.embedding],
    async folder => {
      await makeEmbedding(await load(net.folder), seed, folder, log)
      await cp(join(net.folder, 'vgg19.caffemodel'), join(folder, 'vgg19.caffemodel'))
      await writeFile(join(folder, 'coco_train_caps.txt'), `${captionTexts(seed).join('\n')}\n`)
      const found = await measureCaptions(
        folder,
        Array.from({ length: COMPARED }, (_, i) => sceneOf('compared', seed, i)),
      )
      log(
        `  ${vgg} VGG: nearest captions name the place in ${percent(found.place)}, the subject in ${percent(found.subject)}`,
      )
      return found
    },
  )
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** Copies the files of stages into one folder, which is made anew. */
async function gather(folders: readonly string[], into: string): Promise<void> {
  await rm(into, { recursive: true, force: true })
  await mkdir(into)
  for (const from of folders)
    await cp(from, into, { recursive: true, filter: path => !/\/(bundle|made\.json|vectors\.npy)$/.test(path) })
}

/** All originals together, the styles made with them, and the bundle of it all. */
async function assemble(folders: readonly string[], folder: string, seed: number, log: Log): Promise<void> {
  const originals = join(folder, 'drawn-scenes')
  const bundle = join(folder, 'bundle')
  for (const made of [bundle, join(folder, 'unstyled')]) await rm(made, { recursive: true, force: true })
  await gather(folders, originals)
  await convert({ source: originals, out: join(folder, 'unstyled') })
  const teller = await Storyteller.load(join(folder, 'unstyled'))
  try {
    const texts = passageTexts(seed)
    await writeStyle(originals, 'caption', await teller.style(captionTexts(seed).slice(0, COUNTS.style), 1))
    for (const manner of MANNERS)
      await writeStyle(originals, manner, await teller.style(texts[manner].slice(0, COUNTS.style), 1))
  } finally {
    await teller.dispose()
  }
  await convert({ source: originals, out: bundle })
  await cacheCaptions(bundle)
  log(`  styles: ${MANNERS.join(', ')}`)
}

const VECTORS = 'vectors.npy'
const save = (folder: string, vectors: NdArray<Float32Array>) => writeFile(join(folder, VECTORS), encodeNpy(vectors))
const load = (folder: string) => readVectors(join(folder, VECTORS))

/** Puts a copy of the bundle where the old one is. */
async function replace(bundle: string, out: string): Promise<void> {
  const next = `${out}.next`
  await rm(next, { recursive: true, force: true })
  await cp(bundle, next, { recursive: true })
  await rm(out, { recursive: true, force: true })
  await rename(next, out)
}
