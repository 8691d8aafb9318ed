// style make, mix, ls: styles are mean vectors of passages, kept as .npy files or inside a model.

import type { Command } from 'commander'
import ndarray from 'ndarray'
import { oneVector, parseStyle, weightedSum } from '../lib/index.ts'
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
  const makeVerb = style
    .command('make')
    .description('the mean vector of the passages of a book')
    .argument('<corpus>', 'UTF-8 text, one passage a line')
    .requiredOption('--out <file>', 'the .npy file to write')
    .option('--min-length <characters>', 'shorter passages are left out', whole(1), 100)
  withModel(makeVerb).action((corpus: string, flags: MakeFlags) => make(corpus, flags, signal))
  const mixVerb = style
    .command('mix')
    .description('a weighted sum of styles')
    .argument('<terms...>', 'A.npy*0.7 B.npy*0.3')
    .requiredOption('--out <file>', 'the .npy file to write')
  withOutput(mixVerb).action(mix)
  const listVerb = style
    .command('ls')
    .description('list the styles of a model')
    .option('--model <dir|name>', 'a bundle, a folder of original files, or a bundle of the cache by name')
  withOutput(listVerb).action((flags: CommonOptions) => list(flags, signal))
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
  const vectors = await Promise.all(terms.map(async ({ name }) => oneVector(await readVectors(name), name)))
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

async function list(flags: CommonOptions, signal: AbortSignal): Promise<void> {
  const output = new Output(flags)
  const { bundle } = await openModel(flags.model, { signal, onProgress: output.progress })
  output.object({ model: bundle.name, styles: bundle.styles })
  for (const name of bundle.styles) output.line(name)
  await bundle.close()
}
