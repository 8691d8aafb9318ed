// The decoder: a GRU language model started from a thought vector, trained to say each next word (skip-thoughts `decoding/`).

import { Count } from '../../core/shape.ts'
import { crossEntropy } from '../../ops/cross-entropy.ts'
import { tanh } from '../../ops/elementwise.ts'
import { embed } from '../../ops/embedding-rows.ts'
import { takeRows } from '../../ops/rows.ts'
import { gruStates } from '../gru.ts'
import { Layout } from '../layout.ts'
import { affine, type RecipeFor, rowsOf, sizeOf } from '../recipe.ts'
import { type Room, SentenceTape, sentencesOf } from '../sentences.ts'
import type { DecoderBatch } from '../types.ts'

const tapeOf = (room: Room): SentenceTape => new SentenceTape('x', new Count('sentences', room.sentences ?? 1), room)

export const decoderRecipe: RecipeFor<DecoderBatch> = (options, parameters) => {
  const nWords = sizeOf(parameters, 'Wemb', 0, options, 'n_words')
  const dimWord = sizeOf(parameters, 'Wemb', 1, options, 'dim_word')
  const dimContext = sizeOf(parameters, 'ff_state_W', 0, options, 'dimctx')
  const dim = sizeOf(parameters, 'ff_state_W', 1, options, 'dim')
  const doutput = options.doutput ?? 'ff_hid_W' in parameters
  const layout = new Layout()
    .same('Wemb', 'decoder/words', [nWords, dimWord])
    .affine('ff_state', 'decoder/state', dimContext, dim)
    .gru('decoder', 'decoder/gru', dimWord, dim)
  if (doutput) layout.affine('ff_hid', 'decoder/hidden', dim, dimWord)
  layout.affine('ff_logit', 'decoder/logits', doutput ? dimWord : dim, nWords)
  return {
    layout,
    gradClip: 5,
    prepare({ x, mask, ctx }) {
      const sentences = sentencesOf('x', x, mask, nWords)
      const contexts = rowsOf('ctx', ctx, sentences.order, dimContext)
      return {
        room: { sentences: sentences.order.length, ...SentenceTape.measure('x', sentences) },
        pack(room) {
          const tape = tapeOf(room)
          const words = { previous: tape.pack(sentences, w => w.previous), targets: tape.pack(sentences, w => w.id) }
          return {
            inputs: { contexts, ...words },
            counts: { sentences: sentences.order.length, ...tape.counts(sentences) },
          }
        },
      }
    },
    build(graph, room) {
      const tape = tapeOf(room)
      const contexts = graph.input('contexts', 'f32', [tape.sentences, dimContext])
      const previous = graph.input('previous', 'i32', [tape.words])
      const targets = graph.input('targets', 'i32', [tape.words])
      const vectors = embed(previous, graph.parameter('decoder/words', [nWords, dimWord]))
      const initial = tanh(affine(graph, 'decoder/state', contexts, dim))
      const states = gruStates(graph, 'decoder/gru', vectors, dim, tape, initial)
      const last = takeRows(states, { first: 0, count: tape.words })
      const output = doutput ? tanh(affine(graph, 'decoder/hidden', last, dimWord)) : last
      return [crossEntropy(affine(graph, 'decoder/logits', output, nWords), targets)]
    },
  }
}
