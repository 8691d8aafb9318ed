// Trains a decoder: a language model of a text that begins each passage from the thought vector of its source.

import type { Device } from '../gpu/device.ts'
import { wordsById } from '../io/vocabularies.ts'
import type { DecoderOptions } from '../nets/decoder.ts'
import { sampleDecoder, textOf } from './decoder-sampler.ts'
import { type Dictionary, wordIds } from './dictionary.ts'
import { decoderExamples, type VectorTable } from './examples.ts'
import { heldOutCost } from './held-out.ts'
import { decoderWeights } from './initial-weights.ts'
import type { Training } from './loop.ts'
import {
  checkText,
  idCount,
  openSession,
  runSession,
  savedOption,
  startingParameters,
  type Trained,
  type TrainingRequest,
  wordCount,
  wordWidth,
} from './session.node.ts'

/** Passages, and the vector of each one's source in the same row. */
export interface Passages {
  /** Words between white space. */
  readonly texts: readonly string[]
  readonly contexts: VectorTable
}

export interface DecoderRequest extends TrainingRequest {
  readonly passages: Passages
  /** Not trained on: their cost is told every validFreq updates. */
  readonly heldOut?: Passages | undefined
  /** A tanh layer back to the words' width before the logits. */
  readonly doutput?: boolean | undefined
}

/** Passages of a batch that are shown beside what the decoder makes of them. */
const SHOWN = 10

/** @throws InputError, FileError, TrainingError, AbortError */
export async function trainDecoder(request: DecoderRequest): Promise<Trained> {
  const { passages, heldOut } = request
  const session = await openSession('decoder', request, function* () {
    yield* passages.texts
    yield* heldOut?.texts ?? []
  })
  const { dictionary, saved } = session
  const options = {
    ...session.options,
    dim_word: await wordWidth(session),
    n_words: wordCount(session, idCount(dictionary)),
  }
  const { dim, dim_word, n_words, maxlen_w } = options
  const dimctx = passages.contexts.dim
  const doutput = request.doutput ?? savedOption(saved, 'doutput') === true
  const examplesOf = ({ texts, contexts }: Passages) => {
    const ids = texts.map(text => wordIds(text, dictionary, n_words))
    return { ids, examples: decoderExamples(ids, contexts, maxlen_w) }
  }
  const { ids, examples } = examplesOf(passages)
  checkText('decoder', examples, options)
  const parameters = await startingParameters(session, random =>
    decoderWeights({ dimctx, dim_word, dim, n_words, doutput }, random),
  )
  const held = heldOut && examplesOf(heldOut).examples
  const net = { dim, dimWord: dim_word, dimContext: dimctx, nWords: n_words, doutput }
  return runSession(session, {
    ...{ kind: 'decoder', own: { kind: 'decoder', dimctx, doutput }, options, parameters, ids, examples },
    hooks: trainer => ({
      sample: samplerOf(trainer.device, net, { ids, passages, dictionary }),
      ...(held && { evaluate: async () => ({ cost: await heldOutCost(trainer, held, options) }) }),
    }),
  })
}

function samplerOf(
  device: Device,
  net: DecoderOptions,
  { ids, passages, dictionary }: { ids: readonly (readonly number[])[]; passages: Passages; dictionary: Dictionary },
): NonNullable<Training<'decoder'>['sample']> {
  const words = wordsById(dictionary.ids)
  return async (rows, parameters) => {
    const shown = rows.slice(0, SHOWN)
    const contexts = await passages.contexts.read(shown)
    const samples = await sampleDecoder(device, net, await parameters(), contexts, words)
    return shown.map((row, i) => ({ truth: textOf(ids[row] ?? [], words), sample: samples[i] ?? '' }))
  }
}
