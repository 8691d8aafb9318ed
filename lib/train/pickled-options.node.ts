// The dict of options that is pickled beside the weights, as the original programs save and read it.

import { type Picklable, PyFloat } from '../../weights-converter/formats/pickle/writer.ts'
import type { CommonOptions, KindOptions } from './defaults.ts'

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
