// The decoder: romance.npz, a GRU language model, with or without a tanh layer before the logits.

import { FileError } from '../../lib/core/errors.ts'
import type { OptionValues } from '../dictionaries.ts'
import { PyScalar } from '../formats/pickle/values.ts'
import { type ArrayFile, affine, asIs, find, gru, type Net } from './net.ts'

/** What the options say of the tanh layer; Python reads 0 and 1 as truth values too. */
function hasHidden({ file, values }: OptionValues): boolean {
  const stated = values.get('doutput') ?? true
  const value = stated instanceof PyScalar ? stated.value : stated
  if (value === true || value === 1) return true
  if (value === false || value === 0) return false
  throw new FileError(`doutput is ${String(value)}, neither True nor False`, {
    file,
    cure: 'fetch the options file again',
  })
}

/** @throws FileError where the options speak of a layer that the weights lack: they are of others, or lack the key. */
function checkHidden({ file, names }: ArrayFile, options: OptionValues): void {
  if (names.includes('ff_hid_W')) return
  const stated = options.values.has('doutput') ? 'doutput is True' : 'there is no doutput, which means True'
  throw new FileError(`${stated}: a layer ff_hid before the words, but ${file} has no array ff_hid_W`, {
    file: options.file,
    cure: 'take the options file that was saved with these weights',
  })
}

/** `options` decide about the tanh layer: the original takes it to be there where they say nothing. */
export async function decoder(file: ArrayFile, options: OptionValues): Promise<Net<'decoder'>> {
  const doutput = hasHidden(options)
  if (doutput) checkHidden(file, options)
  const words = await find(file, 'Wemb', [undefined, undefined])
  const [nWords = 0, dimWord = 0] = words.shape
  const recurrent = await gru(file, 'decoder', 'decoder/gru')
  await find(file, 'Wemb', [nWords, recurrent.dimWord])
  const { dim } = recurrent
  const state = await affine(file, 'ff_state', 'decoder/state', undefined, dim)
  const hidden = doutput ? await affine(file, 'ff_hid', 'decoder/hidden', dim, dimWord) : []
  const logits = await affine(file, 'ff_logit', 'decoder/logits', doutput ? dimWord : dim, nWords)
  return {
    options: { dim, dimWord, dimContext: state[0]?.shape[1] ?? 0, nWords, doutput },
    tensors: [asIs('decoder/words', 'word, in', words), ...state, ...recurrent.tensors, ...hidden, ...logits],
  }
}
