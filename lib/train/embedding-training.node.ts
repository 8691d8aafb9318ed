// Trains an image-sentence embedding on pictures with their captions, judged by how well they find each other in pictures and captions
// that it is not trained on.

import { InputError } from '../core/errors.ts'
import { wordIds } from './dictionary.ts'
import { evaluateEmbedding } from './embedding-evaluator.ts'
import { embeddingExamples, type VectorTable } from './examples.ts'
import { embeddingWeights } from './initial-weights.ts'
import { recallSum } from './recall.ts'
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

export interface CaptionedPictures {
  /** The captions of each picture; words between white space. */
  readonly captions: readonly (readonly string[])[]
  /** The feature of each picture (VGG-19's fc7 over its norm), in the same row. */
  readonly features: VectorTable
}

export interface EmbeddingRequest extends TrainingRequest {
  readonly pictures: CaptionedPictures
  /** Not trained on: they decide which parameters are the best. */
  readonly development?: CaptionedPictures | undefined
  readonly margin?: number | undefined
  /** A GRU over the words, or a bag of words (then dim is dim_word). */
  readonly encoder?: 'gru' | 'bow' | undefined
}

const MARGIN = 0.2

/** @throws InputError, FileError, TrainingError, AbortError */
export async function trainEmbedding(request: EmbeddingRequest): Promise<Trained> {
  const { pictures, development } = request
  const session = await openSession('embedding', request, function* () {
    for (const captions of [...pictures.captions, ...(development?.captions ?? [])]) yield* captions
  })
  const { dictionary, saved, compat } = session
  const encoder = request.encoder ?? encoderOf(savedOption(saved, 'encoder'))
  const stated = savedOption(saved, 'margin')
  const margin = request.margin ?? (typeof stated === 'number' ? stated : MARGIN)
  // The original forgets the two ids that stand for no word of the dictionary: its last two words are UNK.
  const words = compat ? idCount(dictionary) - 2 : idCount(dictionary)
  const n_words = wordCount(session, words)
  const dim_word = await wordWidth(session)
  const options = { ...session.options, dim_word, n_words, ...(encoder === 'bow' && { dim: dim_word }) }
  const dim_image = pictures.features.dim
  const { dim, maxlen_w } = options
  const idsOf = ({ captions }: CaptionedPictures) =>
    captions.flatMap(texts => texts.map(text => wordIds(text, dictionary, n_words)))
  const ids = idsOf(pictures)
  const examples = embeddingExamples(ids, ownersOf(pictures), pictures.features, maxlen_w)
  checkText('embedding', examples, options)
  const parameters = await startingParameters(session, random =>
    embeddingWeights({ dim, dim_image, dim_word, n_words, encoder }, random),
  )
  const net = { dim, dimWord: dim_word, dimImage: dim_image, nWords: n_words, encoder }
  const held = development && { ...(await whole(development, dim_image)), captions: idsOf(development) }
  return runSession(session, {
    ...{ kind: 'embedding', own: { kind: 'embedding', dim_image, margin, encoder }, options, parameters, ids },
    examples,
    hooks: ({ device }) => ({
      ...(held && {
        async evaluate(parametersNow) {
          const found = await evaluateEmbedding(device, net, await parametersNow(), held)
          return { recallSum: recallSum(found), ...found }
        },
      }),
    }),
  })
}

const encoderOf = (stated: unknown): 'gru' | 'bow' => (stated === 'bow' ? 'bow' : 'gru')

/** The picture of each caption. */
const ownersOf = ({ captions }: CaptionedPictures): number[] =>
  captions.flatMap((texts, picture) => texts.map(() => picture))

async function whole(pictures: CaptionedPictures, dimImage: number) {
  const { features, captions } = pictures
  if (features.dim !== dimImage)
    throw new InputError(`development pictures have features of ${features.dim} numbers, the others of ${dimImage}`)
  if (captions.some(texts => texts.length === 0)) throw new InputError('a development picture has no caption')
  return { features: await features.read(captions.map((_, i) => i)), owners: ownersOf(pictures) }
}
