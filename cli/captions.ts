// captions IMAGE: the captions nearest to a picture.

import type { Command } from 'commander'
import { type CommonOptions, whole, withModel } from './options.ts'
import { withTeller } from './session.ts'

interface Flags extends CommonOptions {
  k: number
}

export function registerCaptions(root: Command, signal: AbortSignal): void {
  const verb = root
    .command('captions')
    .description('list the captions nearest to a picture, with their scores')
    .argument('<image>', 'JPEG, PNG, GIF, WebP, TIFF or AVIF')
    .option('--k <captions>', 'how many', whole(1), 5)
  withModel(verb).action((image: string, flags: Flags) =>
    withTeller(flags, signal, async (teller, output) => {
      const captions = await teller.captions(image, flags.k, { signal, onProgress: output.progress })
      output.object({ image, captions })
      for (const { text, score } of captions) output.line(`${score.toFixed(4)}  ${text}`)
    }),
  )
}
