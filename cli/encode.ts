// encode FILE.txt --out V.npy: one vector a line. tokenize FILE.txt: the words of each line as the encoder sees them.

import { type Command, Option } from 'commander'
import { loadTokenizer } from '../lib/index.ts'
import { writeWhole } from '../lib/io/folder.node.ts'
import { encodeNpy } from '../lib/io/npy.ts'
import { readLines } from './lines.ts'
import { type CommonOptions, withModel, withOutput } from './options.ts'
import { Output } from './output.ts'
import { withTeller } from './session.ts'

interface EncodeFlags extends CommonOptions {
  out: string
  space: 'skip' | 'uni' | 'bi' | 'caption'
  eos?: boolean
  norm: boolean
}

export function registerEncode(root: Command, signal: AbortSignal): void {
  withModel(root.command('encode').description('turn each line of a text into a vector').argument('<file>'))
    .requiredOption('--out <file>', 'the .npy file to write')
    .addOption(new Option('--space <space>', 'which vectors').choices(['skip', 'uni', 'bi', 'caption']).default('skip'))
    .option('--eos', 'append the end token to every line')
    .option('--no-norm', 'leave the vectors at their own length')
    .action(async (file: string, flags: EncodeFlags) => {
      const lines = await readLines(file)
      await withTeller(flags, signal, async (teller, output) => {
        const { space, eos = false, norm } = flags
        const vectors = await teller.encode(lines, {
          space,
          endToken: eos,
          normalize: norm,
          signal,
          onProgress: output.progress,
        })
        await writeWhole(flags.out, encodeNpy(vectors))
        const [count, dim] = vectors.shape
        output.object({ count, dim })
        output.line(`${flags.out}: ${count} vectors of ${dim} numbers`)
      })
    })
}

export function registerTokenize(root: Command): void {
  withOutput(
    root
      .command('tokenize')
      .description('show the words of each line as the sentence encoder sees them')
      .argument('<file>'),
  )
    .option('--model <dir|name>', 'use this model’s sentence splitter')
    .action(async (file: string, flags: CommonOptions) => {
      const output = new Output(flags)
      const tokenize = await loadTokenizer(flags.model)
      for (const line of await readLines(file)) {
        const tokens = tokenize(line)
        output.object({ line, tokens })
        output.line(tokens.join(' '))
      }
    })
}
