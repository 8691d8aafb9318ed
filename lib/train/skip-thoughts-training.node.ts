// Trains a skip-thought encoder on a running text: each sentence is to say the one after it and the one before.

import { basename } from 'node:path'
import { InputError } from '../core/errors.ts'
import { wordIds } from './dictionary.ts'
import { skipThoughtsExamples } from './examples.ts'
import { type OwnWords, ownTable } from './expansion.ts'
import { heldOutCost } from './held-out.ts'
import { skipThoughtsWeights } from './initial-weights.ts'
import {
  checkText,
  idCount,
  openSession,
  runSession,
  startingParameters,
  type Trained,
  type TrainingRequest,
  wordCount,
  wordWidth,
} from './session.node.ts'
import type { NamedArrays } from './types.ts'
import { checkWords, tableFiles, writeWordTable } from './word-tables.node.ts'
import { readWordVectors } from './word-vectors.node.ts'

export interface SkipThoughtsRequest extends TrainingRequest {
  /** In running order; words between white space. */
  readonly sentences: readonly string[]
  readonly heldOut?: readonly string[] | undefined
  /** One encoder, or two of half the size of which the second reads backwards. */
  readonly encoder?: 'uni' | 'bi' | undefined
  /** A file of outside word vectors: the table of the trained encoder gets all their words. */
  readonly expand?: string | undefined
}

/** @throws InputError, FileError, TrainingError, AbortError */
export async function trainSkipThoughts(request: SkipThoughtsRequest): Promise<Trained> {
  const { sentences, heldOut, expand } = request
  const session = await openSession('skip-thoughts', request, function* () {
    yield* sentences
    yield* heldOut ?? []
  })
  const { dictionary, saved } = session
  const encoder = request.encoder ?? (saved !== undefined && 'encoder_r_W' in saved.parameters ? 'bi' : 'uni')
  const options = {
    ...session.options,
    dim_word: await wordWidth(session),
    n_words: wordCount(session, idCount(dictionary)),
  }
  const { dim, dim_word, n_words, maxlen_w } = options
  if (encoder === 'bi' && dim % 2 !== 0)
    throw new InputError(`dim is ${dim}; each of the two encoders has half of it: give an even number`)
  const ids = sentences.map(sentence => wordIds(sentence, dictionary, n_words))
  const examples = skipThoughtsExamples(ids, maxlen_w)
  checkText('skip-thoughts', examples, options)
  const files = tableFiles(request.out, encoder)
  const own = ({ Wemb }: NamedArrays): OwnWords => ({
    ...{ ids: dictionary.ids, nWords: n_words, dim: dim_word },
    rows: Wemb?.data ?? new Float32Array(),
  })
  // Told before anything is trained; of outside words it is only known afterwards.
  const words = ownTable(own({})).map(({ word }) => word)
  if (expand === undefined) await checkWords(files.words, `${words.join('\n')}\n`)
  const parameters = await startingParameters(session, random =>
    skipThoughtsWeights({ dim, dim_word, n_words, encoder }, random),
  )
  const held = heldOut?.map(sentence => wordIds(sentence, dictionary, n_words))
  return runSession(session, {
    ...{ kind: 'skip-thoughts', own: { kind: 'skip-thoughts', encoder }, options, parameters, ids },
    examples,
    hooks: trainer => ({
      ...(held && {
        evaluate: async () => ({ cost: await heldOutCost(trainer, skipThoughtsExamples(held, maxlen_w), options) }),
      }),
    }),
    async afterSave(trained, isEnd) {
      // The outside words take long: they come once, at the end.
      if (expand !== undefined && !isEnd) return []
      const outside = expand === undefined ? undefined : () => readWordVectors(expand)
      const rows = await writeWordTable(files, own(trained), outside)
      if (isEnd) request.onNote?.(`${basename(files.table)}: ${rows} words`)
      return [files.table, files.words]
    },
  })
}
