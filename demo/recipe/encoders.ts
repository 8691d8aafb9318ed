// The two skip-thought encoders, trained on running text, and their vectors for the decoder's passages.

import { rm } from 'node:fs/promises'
import ndarray, { type NdArray } from 'ndarray'
import { Random } from '../../lib/core/random.ts'
import { Storyteller } from '../../lib/index.ts'
import { buildDictionary, type Dictionary, wordIds } from '../../lib/train/dictionary.ts'
import { skipThoughtsExamples } from '../../lib/train/examples.ts'
import { skipThoughtsWeights } from '../../lib/train/initial-weights.ts'
import { convert } from '../../weights-converter/index.ts'
import { writeNet, writeWordList, writeWordTable } from './originals.ts'
import { SCHEDULES, SIZES } from './settings.ts'
import { runningText } from './texts.ts'
import { trained, withLargeWords } from './training.ts'
import type { Log } from './work.ts'

/** Longest sentence of a batch, end token included. */
const MAXLEN = 30

const FILES = { uni: { net: 'uni_skip', table: 'utable' }, bi: { net: 'bi_skip', table: 'btable' } } as const

/** Trains one encoder and writes it into `folder` as the original keeps it. */
export async function makeEncoder(encoder: 'uni' | 'bi', seed: number, folder: string, log: Log): Promise<void> {
  const text = runningText(seed)
  const dictionary = buildDictionary(text)
  const n_words = dictionary.ids.size + 2
  const sizes = { dim: SIZES.skip, dim_word: SIZES.word, n_words, encoder }
  const examples = skipThoughtsExamples(
    text.map(sentence => wordIds(sentence, dictionary, n_words)),
    MAXLEN,
  )
  const parameters = await trained(
    {
      kind: 'skip-thoughts',
      options: sizes,
      parameters: withLargeWords(skipThoughtsWeights(sizes, new Random(seed))),
      examples,
      schedule: SCHEDULES.skip,
      seed,
    },
    log,
  )
  const { net, table } = FILES[encoder]
  // The original's bi-skip names one direction's width.
  const dim = encoder === 'bi' ? SIZES.skip / 2 : SIZES.skip
  await writeNet(folder, net, parameters, { dim, dim_word: SIZES.word, n_words })
  await writeWordTable(folder, table, parameters)
  await writeWordList(folder, wordsInOrder(dictionary))
}

export const wordsInOrder = ({ ids }: Dictionary): string[] =>
  [...ids].sort(([, a], [, b]) => a - b).map(([word]) => word)

/** The vectors of texts [texts, dim] by the encoders whose files are in `folder`. */
export async function skipVectors(folder: string, texts: readonly string[], log: Log): Promise<NdArray<Float32Array>> {
  const bundle = `${folder}-bundle`
  await rm(bundle, { recursive: true, force: true })
  await convert({ source: folder, out: bundle })
  const teller = await Storyteller.load(bundle)
  const parts: Float32Array[] = []
  try {
    const step = 4000
    for (let at = 0; at < texts.length; at += step) {
      parts.push((await teller.encode(texts.slice(at, at + step))).data)
      log(`  vectors ${Math.min(at + step, texts.length)}/${texts.length}`)
    }
  } finally {
    await teller.dispose()
  }
  const dim = 2 * SIZES.skip
  const data = new Float32Array(texts.length * dim)
  parts.reduce((at, part) => {
    data.set(part, at)
    return at + part.length
  }, 0)
  return ndarray(data, [texts.length, dim])
}
