// The image-sentence embedding on fc7, and how well it finds captions for scenes that it has not seen.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { NdArray } from 'ndarray'
import { Random } from '../../lib/core/random.ts'
import { Storyteller } from '../../lib/index.ts'
import { buildDictionary, wordIds } from '../../lib/train/dictionary.ts'
import { embeddingExamples } from '../../lib/train/examples.ts'
import { embeddingWeights } from '../../lib/train/initial-weights.ts'
import { convert } from '../../weights-converter/index.ts'
import { PLACE_WORDS, SUBJECT_WORDS } from '../text/words.ts'
import type { Scene } from '../world/scene.ts'
import { writeDictionary, writeNet } from './originals.ts'
import { COUNTS, SCHEDULES, SIZES } from './settings.ts'
import { table } from './table.ts'
import { captionTexts } from './texts.ts'
import { trained, withLargeWords } from './training.ts'
import { pictureOf } from './vgg.ts'
import type { Log } from './work.ts'

const MAXLEN = 100

/** `features`: [pictures, fc7], of the scenes that the captions are of. Writes the embedding into `folder`. */
export async function makeEmbedding(
  features: NdArray<Float32Array>,
  seed: number,
  folder: string,
  log: Log,
): Promise<void> {
  const captions = captionTexts(seed)
  const dictionary = buildDictionary(captions)
  const n_words = dictionary.ids.size + 2
  const dim_image = features.shape[1] ?? 0
  const sizes = { dim: SIZES.embedding, dim_image, dim_word: SIZES.word, n_words, encoder: 'gru' as const }
  const parameters = await trained(
    {
      kind: 'embedding',
      options: { ...sizes, margin: 0.2 },
      parameters: withLargeWords(embeddingWeights(sizes, new Random(seed))),
      examples: embeddingExamples(
        captions.map(caption => wordIds(caption, dictionary, n_words)),
        captions.map((_, i) => Math.floor(i / COUNTS.captions)),
        table(features),
        MAXLEN,
      ),
      schedule: SCHEDULES.embedding,
      seed,
    },
    log,
  )
  await writeNet(folder, 'coco_embedding', parameters, sizes)
  await writeDictionary(join(folder, 'coco_embedding.npz.dictionary.pkl'), dictionary.ids)
}

export interface Found {
  /** Shares of the five nearest captions that name the scene's place, and its subject. */
  readonly place: number
  readonly subject: number
}

/** With the picture half and the captions that lie in `folder` as originals. */
export async function measureCaptions(folder: string, scenes: readonly Scene[]): Promise<Found> {
  const bundle = join(folder, 'bundle')
  await rm(bundle, { recursive: true, force: true })
  await convert({ source: folder, out: bundle })
  const teller = await Storyteller.load(bundle)
  let [place, subject, count] = [0, 0, 0]
  try {
    for (const scene of scenes)
      for (const { text } of await teller.captions(pictureOf(scene))) {
        const words = text.split(' ')
        if (words.some(word => PLACE_WORDS[scene.place].names.includes(word))) place++
        if (words.some(word => SUBJECT_WORDS[scene.subject].names.includes(word))) subject++
        count++
      }
  } finally {
    await teller.dispose()
  }
  return { place: place / count, subject: subject / count }
}
