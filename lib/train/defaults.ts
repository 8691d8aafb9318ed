// The originals' options by their names, what they are where nothing is said, and the dict that is pickled beside the weights. What
// steers this program alone (a seed, held-out texts) is not among them.

import { type Picklable, PyFloat } from '../../weights-converter/formats/pickle/writer.ts'
import type { TrainerKind } from './types.ts'

/** Options of all three trainers; frequencies count updates. */
export interface CommonOptions {
  readonly dim: number
  readonly dim_word: number
  readonly n_words: number
  readonly maxlen_w: number
  readonly batch_size: number
  readonly max_epochs: number
  readonly grad_clip: number
  readonly decay_c: number
  readonly lrate: number
  readonly dispFreq: number
  readonly saveFreq: number
  readonly sampleFreq: number
  readonly validFreq: number
}

const SHARED = {
  maxlen_w: 100,
  decay_c: 0,
  lrate: 0.0002,
  dispFreq: 1,
  saveFreq: 1000,
  sampleFreq: 100,
  validFreq: 1000,
}

/** Where the original has no such option, what is best here: an embedding's dictionary is never cut. */
export const DEFAULTS: { readonly [kind in TrainerKind]: CommonOptions } = {
  decoder: { ...SHARED, dim: 1600, dim_word: 620, n_words: 40000, batch_size: 16, max_epochs: 5, grad_clip: 5 },
  'skip-thoughts': {
    ...{ ...SHARED, dim: 2400, dim_word: 620, n_words: 20000, maxlen_w: 30, batch_size: 64 },
    ...{ max_epochs: 5, grad_clip: 5, sampleFreq: 0 },
  },
  embedding: {
    ...{ ...SHARED, dim: 1024, dim_word: 300, n_words: Number.MAX_SAFE_INTEGER, batch_size: 128 },
    ...{ max_epochs: 15, grad_clip: 2, dispFreq: 10, sampleFreq: 0, validFreq: 100 },
  },
}

/** What belongs to one kind of network. */
export type KindOptions =
  | { readonly kind: 'decoder'; readonly dimctx: number; readonly doutput: boolean }
  | { readonly kind: 'skip-thoughts'; readonly encoder: 'uni' | 'bi' }
  | { readonly kind: 'embedding'; readonly dim_image: number; readonly margin: number; readonly encoder: 'gru' | 'bow' }

export interface Places {
  readonly saveto: string
  readonly dictionary: string
  readonly embeddings: string | null
}

/** The options as the original program saves and reads them. */
export function pickledOptions(
  common: CommonOptions,
  own: KindOptions,
  { saveto, dictionary, embeddings }: Places,
  reload_: boolean,
): { readonly [name: string]: Picklable } {
  const { dim, dim_word, n_words, maxlen_w, batch_size, max_epochs, dispFreq, saveFreq, sampleFreq, validFreq } = common
  const floats = { grad_clip: new PyFloat(common.grad_clip), decay_c: new PyFloat(common.decay_c) }
  const shared = {
    ...{ dim_word, n_words, maxlen_w, batch_size, max_epochs, dispFreq, ...floats },
    ...{ lrate: new PyFloat(common.lrate), optimizer: 'adam', saveto, dictionary, embeddings, reload_ },
  }
  if (own.kind === 'embedding')
    return {
      ...shared,
      ...pick(own, 'dim_image', 'encoder'),
      dim,
      margin: new PyFloat(own.margin),
      validFreq,
      saveFreq,
    }
  const recurrent = { ...shared, encoder: 'gru', decoder: 'gru', saveFreq }
  if (own.kind === 'decoder') return { ...recurrent, ...pick(own, 'dimctx', 'doutput'), dim, sampleFreq }
  // Whoever reads a bidirectional model takes `dim` for one direction's.
  return { ...recurrent, dim: own.encoder === 'bi' ? dim / 2 : dim }
}

const pick = <T, K extends keyof T>(from: T, ...names: K[]): Pick<T, K> =>
  Object.fromEntries(names.map(name => [name, from[name]])) as Pick<T, K>
