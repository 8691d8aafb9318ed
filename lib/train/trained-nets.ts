// Networks as they are used, with the parameters that training has at the moment: for samples and evaluations between updates. The
// weights go up for one use and are freed with it.

import type { Device } from '../gpu/device.ts'
import { inMemory, Weights } from '../gpu/weights.ts'
import { compile } from '../graph/compile.ts'
import type { Graph } from '../graph/graph.ts'
import type { Plan } from '../graph/plan.ts'
import type { DecoderOptions } from '../nets/decoder.ts'
import type { EmbeddingOptions } from '../nets/visual-semantic.ts'
import { Layout } from './layout.ts'
import type { NamedArrays } from './types.ts'

/** Runs `work` with graphs made into plans over these parameters. */
export async function withParameters<T>(
  device: Device,
  layout: Layout,
  parameters: NamedArrays,
  work: (plan: (graph: Graph) => Promise<Plan>) => Promise<T>,
): Promise<T> {
  const weights = new Weights(device)
  const plans: Plan[] = []
  try {
    for (const [name, { shape, data }] of layout.pack(parameters)) await weights.load(name, inMemory(shape, data))
    return await work(async graph => {
      const plan = await compile(graph, device, weights)
      plans.push(plan)
      return plan
    })
  } finally {
    for (const plan of plans) plan.dispose()
    weights.free()
  }
}

export const decoderLayout = ({ dim, dimWord, dimContext, nWords, doutput }: DecoderOptions): Layout => {
  const layout = new Layout()
    .same('Wemb', 'decoder/words', [nWords, dimWord])
    .affine('ff_state', 'decoder/state', dimContext, dim)
    .gru('decoder', 'decoder/gru', dimWord, dim)
  if (doutput) layout.affine('ff_hid', 'decoder/hidden', dim, dimWord)
  return layout.affine('ff_logit', 'decoder/logits', doutput ? dimWord : dim, nWords)
}

export const embeddingLayout = ({ dim, dimWord, dimImage, nWords, encoder }: EmbeddingOptions): Layout => {
  const layout = new Layout().same('Wemb', 'embedding/words', [nWords, dimWord])
  if (encoder === 'gru') layout.gru('encoder', 'embedding/encoder', dimWord, dim)
  return layout.affine('ff_image', 'embedding/image', dimImage, dim)
}
