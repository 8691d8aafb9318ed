// The originals' options by their names, and what they are where nothing is said. What steers this program alone (a seed, held-out
// texts) is not among them.

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
