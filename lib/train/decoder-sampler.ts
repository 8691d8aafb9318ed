// What a decoder in training says of some thought vectors: a search of width 1 with the parameters of the moment, without UNK and of
// 100 words at most, as the original prints it beside the truth.

import type { Device } from '../gpu/device.ts'
import { beamSearchGraph, type DecoderOptions } from '../nets/decoder.ts'
import { decoderRecipe } from './recipes/decoder.ts'
import { withParameters } from './trained-nets.ts'
import type { NamedArrays } from './types.ts'

const MAX_WORDS = 100

/** A text for each row of `contexts` [rows, dimContext]. */
export function sampleDecoder(
  device: Device,
  options: DecoderOptions,
  parameters: NamedArrays,
  contexts: Float32Array,
  words: ReadonlyMap<number, string>,
): Promise<string[]> {
  const search = { width: 1, maxlen: MAX_WORDS, useUnknown: false }
  const zeros = new Float32Array(options.dimContext)
  const { layout } = decoderRecipe({ doutput: options.doutput }, parameters)
  return withParameters(device, layout, parameters, async planOf => {
    const plan = await planOf(beamSearchGraph(options, search))
    const texts: string[] = []
    for (let at = 0; at < contexts.length; at += options.dimContext) {
      const vectors = contexts.slice(at, at + options.dimContext)
      const inputs = { vectors, negative: zeros, positive: zeros }
      const outputs = await plan.run({ inputs, counts: { vectors: 1, steps: MAX_WORDS } })
      const ids = Array.from(outputs.words?.data ?? []).slice(0, outputs.lengths?.data[0] ?? 0)
      texts.push(textOf(ids, words))
    }
    return texts
  })
}

/** The words of ids up to the end of the sentence. */
export function textOf(ids: readonly number[], words: ReadonlyMap<number, string>): string {
  const end = ids.indexOf(0)
  return ids
    .slice(0, end < 0 ? ids.length : end)
    .map(id => words.get(id) ?? 'UNK')
    .join(' ')
}
