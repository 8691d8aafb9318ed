// style make, mix, ls: styles are mean vectors of passages, kept as .npy files or inside a model.

import type { Command } from 'commander'
import ndarray from 'ndarray'
import { UsageError } from '../lib/core/errors.ts'
import { parseStyle, weightedSum } from '../lib/index.ts'
import { writeWhole } from '../lib/io/folder.node.ts'
import { encodeNpy, readVectors } from '../lib/io/npy.node.ts'
import { openModel } from '../lib/open-model.node.ts'
import { readLines } from './lines.ts'
import { type CommonOptions, whole, withModel, withOutput } from './options.ts'
import { Output } from './output.ts'
import { withTeller } from './session.ts'

interface MakeFlags extends CommonOptions {
  out: string
  minLength: number
}

export function registerStyle(root: Command, signal: AbortSignal): void {
  const style = root.command('style').description('make, mix and list styles')
  withModel(style.command('make').description('the mean vector of passages, one a line').argument('<corpus>'))
    .requiredOption('--out <file>', 'the .npy file to write')
    .option('--min-length <characters>', 'shorter passages are left out', whole(1), 100)
    .action((corpus: string, flags: MakeFlags) => make(corpus, flags, signal))
  withOutput(style.command('mix').description('a weighted sum, e.g. a.npy*0.7 b.npy*0.3').argument('<terms...>'))
    .requiredOption('--out <file>', 'the .npy file to write')
    .action(mix)
  withOutput(style.command('ls').description('the styles of a model'))
    .option('--model <dir|name>', 'a bundle or a folder of original files')
    .action(list)
}

async function make(corpus: string, flags: MakeFlags, signal: AbortSignal): Promise<void> {
  const passages = await readLines(corpus)
  await withTeller(flags, signal, async (teller, output) => {
    const vector = await teller.style(passages, flags.minLength, { signal, onProgress: output.progress })
    await save(flags.out, vector, output)
  })
}

async function mix(expressions: string[], flags: CommonOptions & { out: string }): Promise<void> {
  const terms = expressions.flatMap(parseStyle)
  const vectors = await Promise.all(
    terms.map(async ({ name }) => {
      const array = await readVectors(name)
      if (array.shape[0] !== 1) throw new UsageError(`${name} holds ${array.shape[0]} vectors; a style is one`)
      return array.data
    }),
  )
  const sum = weightedSum(
    vectors,
    terms.map(term => term.weight),
    terms.map(term => term.name),
  )
  await save(flags.out, sum, new Output(flags))
}

async function save(file: string, vector: Float32Array, output: Output): Promise<void> {
  await writeWhole(file, encodeNpy(ndarray(vector, [vector.length])))
  output.object({ file, dim: vector.length })
  output.line(`${file}: ${vector.length} numbers`)
}

async function list(flags: CommonOptions): Promise<void> {
  const output = new Output(flags)
  const { bundle } = await openModel(flags.model)
  output.object({ model: bundle.name, styles: bundle.styles })
  for (const name of bundle.styles) output.line(name)
  await bundle.close()
}
