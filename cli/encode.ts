// encode FILE.txt --out V.npy: one vector a line. tokenize FILE.txt: the words of each line as the encoder sees them.

import { type Command, Option } from 'commander'
import { UsageError } from '../lib/core/errors.ts'
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
  const verb = root
    .command('encode')
    .description('turn each line of a text into a vector')
    .argument('<file>', 'UTF-8 text, one sentence a line')
    .requiredOption('--out <file>', 'the .npy file to write: float32 [lines, dim]')
    .addOption(
      new Option('--space <space>', 'skip-thought vectors, their uni or bi part, or places among the captions')
        .choices(['skip', 'uni', 'bi', 'caption'])
        .default('skip'),
    )
    .option('--eos', 'append the end token to every line; caption vectors always have it')
    .option('--no-norm', 'leave the vectors at their own length')
  withModel(verb)
    .hook('preAction', verb => {
      const { space, norm } = verb.opts<EncodeFlags>()
      if (space === 'caption' && !norm) throw new UsageError('--no-norm: caption vectors are unit vectors always')
    })
    .action((file: string, flags: EncodeFlags) => encode(file, flags, signal))
}

async function encode(file: string, flags: EncodeFlags, signal: AbortSignal): Promise<void> {
  const lines = await readLines(file)
  await withTeller(flags, signal, async (teller, output) => {
    const { space, eos: endToken = false, norm: normalize } = flags
    const vectors = await teller.encode(lines, { space, endToken, normalize, signal, onProgress: output.progress })
    await writeWhole(flags.out, encodeNpy(vectors))
    const [count, dim] = vectors.shape
    output.object({ count, dim })
    output.line(`${flags.out}: ${count} vectors of ${dim} numbers`)
  })
}

/** Lines between two looks at whether the user wants to stop. */
const LINES_AT_ONCE = 500

export function registerTokenize(root: Command, signal: AbortSignal): void {
  const verb = root
    .command('tokenize')
    .description('show the words of each line as the sentence encoder sees them')
    .argument('<file>', 'UTF-8 text, one sentence a line')
    .option('--model <dir|name>', 'use this model’s sentence splitter (default: the built-in one)')
  withOutput(verb).action(async (file: string, flags: CommonOptions) => {
    const output = new Output(flags)
    const tokenize = await loadTokenizer(flags.model)
    for (const [i, line] of (await readLines(file)).entries()) {
      const tokens = tokenize(line)
      output.object({ line, tokens })
      output.line(tokens.join(' '))
      if (i % LINES_AT_ONCE === 0) await breathe(signal)
    }
  })
}

/** Lets Ctrl-C be heard in the middle of long work. */
async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
  signal.throwIfAborted()
}
