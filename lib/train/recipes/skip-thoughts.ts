// Skip-thoughts (Kiros et al. 2015): a sentence is encoded, and two decoders say the sentence after it and the one before. They share the
// output layer, and all share the word vectors. The bidirectional model has two encoders of half the size, the second of which reads
// backwards; their last states are joined.

import { InputError } from '../../core/errors.ts'
import { Count } from '../../core/shape.ts'
import type { Graph } from '../../graph/graph.ts'
import { join } from '../../ops/concat.ts'
import { crossEntropy } from '../../ops/cross-entropy.ts'
import { embed } from '../../ops/embedding-rows.ts'
import type { Tensor } from '../../ops/op.ts'
import { takeRows } from '../../ops/rows.ts'
import { gruStates } from '../gru.ts'
import { Layout } from '../layout.ts'
import { affine, type RecipeFor, sizeOf } from '../recipe.ts'
import { type Room, type Sentences, SentenceTape, sentencesOf } from '../sentences.ts'
import type { SkipThoughtsBatch } from '../types.ts'

/** The sentence itself, the next one, the one before: their names in a batch, and whose decoder says them. */
const DECODERS = [
  { part: 'y', original: 'decoder_f', name: 'skip-thoughts/next' },
  { part: 'z', original: 'decoder_b', name: 'skip-thoughts/previous' },
] as const
const WORDS = 'skip-thoughts/words'

const tapesOf = (room: Room) => {
  const sentences = new Count('sentences', room.sentences ?? 1)
  const tape = (name: string) => new SentenceTape(name, sentences, room)
  return { sentences, x: tape('x'), y: tape('y'), z: tape('z') }
}

export const skipThoughtsRecipe: RecipeFor<SkipThoughtsBatch> = (options, parameters) => {
  const { encoder = 'uni' } = options
  if (encoder === 'bow') throw new InputError('skip-thoughts: encoder is "bow"; use "uni" or "bi"')
  const isBi = encoder === 'bi'
  const nWords = sizeOf(parameters, 'Wemb', 0, options, 'n_words')
  const dimWord = sizeOf(parameters, 'Wemb', 1, options, 'dim_word')
  const dim = sizeOf(parameters, 'ff_logit_W', 0, options, 'dim')
  if (isBi && dim % 2 !== 0) throw new InputError(`skip-thoughts: dim is ${dim}; for encoder "bi" it is even`)
  const encoders = isBi
    ? [
        { original: 'encoder', name: 'skip-thoughts/forward', backwards: false },
        { original: 'encoder_r', name: 'skip-thoughts/backward', backwards: true },
      ]
    : [{ original: 'encoder', name: 'skip-thoughts/encoder', backwards: false }]
  const units = dim / encoders.length
  const layout = new Layout().same('Wemb', WORDS, [nWords, dimWord])
  for (const { original, name } of encoders) layout.gru(original, name, dimWord, units)
  for (const { original, name } of DECODERS) layout.gru(original, name, dimWord, dim)
  layout.affine('ff_logit', 'skip-thoughts/logits', dim, nWords)

  /** The joined last states of the encoders, in the order of a decoder's rows. */
  const thoughts = (states: readonly Tensor<'f32', 2>[], ids: Tensor<'i32', 1>): Tensor<'f32', 2> =>
    states.map(tape => embed(ids, tape)).reduce((left, right) => join(left, right))

  const encoded = (graph: Graph, table: Tensor<'f32', 2>, tape: SentenceTape): Tensor<'f32', 2>[] =>
    encoders.map(({ name, backwards }) => {
      const ids = graph.input(backwards ? 'x backwards' : 'x', 'i32', [tape.words])
      return gruStates(graph, name, embed(ids, table), units, tape)
    })

  return {
    layout,
    gradClip: 5,
    prepare({ x, xMask, y, yMask, z, zMask }) {
      const sentences = {
        x: sentencesOf('x', x, xMask, nWords),
        y: sentencesOf('y', y, yMask, nWords),
        z: sentencesOf('z', z, zMask, nWords),
      }
      const count = sentences.x.order.length
      for (const part of ['y', 'z'] as const)
        if (sentences[part].order.length !== count)
          throw new InputError(`batch: x has ${count} sentences, ${part} has ${sentences[part].order.length}`)
      const measured = (['x', 'y', 'z'] as const).map(part => SentenceTape.measure(part, sentences[part]))
      return {
        room: Object.assign({ sentences: count }, ...measured),
        pack(room) {
          const tapes = tapesOf(room)
          const last = tapes.x.last(sentences.x)
          const inputs: Record<string, Int32Array> = { x: tapes.x.pack(sentences.x, w => w.id) }
          if (isBi) inputs['x backwards'] = tapes.x.pack(sentences.x, w => w.id, true)
          for (const { part } of DECODERS) {
            const told: Sentences = sentences[part]
            inputs[`${part} thoughts`] = Int32Array.from(told.order, sentence => last[sentence] ?? 0)
            inputs[`${part} previous`] = tapes[part].pack(told, w => w.previous)
            inputs[`${part} targets`] = tapes[part].pack(told, w => w.id)
          }
          const counts = (['x', 'y', 'z'] as const).map(part => tapes[part].counts(sentences[part]))
          return { inputs, counts: Object.assign({ sentences: count }, ...counts) }
        },
      }
    },
    build(graph, room) {
      const tapes = tapesOf(room)
      const table = graph.parameter(WORDS, [nWords, dimWord])
      const states = encoded(graph, table, tapes.x)
      return DECODERS.map(({ part, name }) => {
        const tape = tapes[part]
        const initial = thoughts(states, graph.input(`${part} thoughts`, 'i32', [tapes.sentences]))
        const vectors = embed(graph.input(`${part} previous`, 'i32', [tape.words]), table)
        const told = gruStates(graph, name, vectors, dim, tape, initial)
        const logits = affine(graph, 'skip-thoughts/logits', takeRows(told, { first: 0, count: tape.words }), nWords)
        return crossEntropy(logits, graph.input(`${part} targets`, 'i32', [tape.words]))
      })
    },
  }
}
