// The decoder: one for all manners, trained to write a passage from the passage's own vector.

import { join } from 'node:path'
import type { NdArray } from 'ndarray'
import { Random } from '../../lib/core/random.ts'
import { buildDictionary, wordIds } from '../../lib/train/dictionary.ts'
import { decoderExamples } from '../../lib/train/examples.ts'
import { decoderWeights } from '../../lib/train/initial-weights.ts'
import { writeDictionary, writeNet } from './originals.ts'
import { SCHEDULES, SIZES } from './settings.ts'
import { table } from './table.ts'
import { trained, withLargeWords } from './training.ts'
import type { Log } from './work.ts'

/** Longest passage, end token included. */
const MAXLEN = 100

/** `vectors`: [passages, dim] of the encoders. Writes the decoder into `folder` as the original keeps it. */
export async function makeDecoder(
  passages: readonly string[],
  vectors: NdArray<Float32Array>,
  seed: number,
  folder: string,
  log: Log,
): Promise<void> {
  const dictionary = buildDictionary(passages)
  const n_words = dictionary.ids.size + 2
  const dimctx = vectors.shape[1] ?? 0
  const sizes = { dim: SIZES.decoder, dim_word: SIZES.word, dimctx, n_words, doutput: false }
  const targets = passages.map(passage => wordIds(passage, dictionary, n_words))
  const parameters = await trained(
    {
      kind: 'decoder',
      options: sizes,
      parameters: withLargeWords(decoderWeights(sizes, new Random(seed))),
      examples: decoderExamples(targets, table(vectors), MAXLEN),
      schedule: SCHEDULES.decoder,
      seed,
    },
    log,
  )
  await writeNet(folder, 'romance', parameters, { ...sizes, dictionary: 'romance_dictionary.pkl' })
  await writeDictionary(join(folder, 'romance_dictionary.pkl'), dictionary.ids)
}
