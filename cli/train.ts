// train decoder|embedding|skip-thoughts: the networks of a storyteller, from texts and pictures of one's own.

import { type Command, Option } from 'commander'
import { FileError, InputError } from '../lib/core/errors.ts'
import { readVectors } from '../lib/io/npy.node.ts'
import { trainDecoder } from '../lib/train/decoder-training.node.ts'
import { type CaptionedPictures, trainEmbedding } from '../lib/train/embedding-training.node.ts'
import { tableFrom, tableOf, type VectorTable } from '../lib/train/examples.ts'
import { heldApart, usualHeldOut } from '../lib/train/held-out.ts'
import { trainSkipThoughts } from '../lib/train/skip-thoughts-training.node.ts'
import type { OpenVectors } from '../lib/train/vector-file.node.ts'
import { number } from './options.ts'
import { Output } from './output.ts'
import { type Captioned, type Compute, readCaptioned, readPassages, vectorsOf } from './train-inputs.ts'
import { requestOf, type TrainFlags, withTraining } from './train-options.ts'
import { report } from './train-report.ts'

export function registerTrain(root: Command, signal: AbortSignal): void {
  const train = root.command('train').description('train a decoder, an embedding or an encoder of one’s own')
  const decoder = train
    .command('decoder')
    .description('a decoder that tells in the manner of a text')
    .argument('<text>', 'UTF-8, one passage a line')
    .option('--source <file>', 'what each passage is told from, line by line (default: the passage itself)')
    .option('--contexts <file>', 'the vectors of the sources as .npy, in place of the model’s encoders')
    .option('--doutput', 'a tanh layer before the words')
  withTraining(decoder, 'decoder').action((text: string, flags: DecoderFlags) => runDecoder(text, flags, signal))
  const skip = train
    .command('skip-thoughts')
    .description('an encoder of sentences, from a running text')
    .argument('<text>', 'UTF-8, one sentence a line, in running order')
    .addOption(
      new Option('--encoder <kind>', 'one encoder, or two of half the size (default: uni)').choices(['uni', 'bi']),
    )
    .option('--expand <file>', 'outside word vectors: their words become words of the encoder, too')
  withTraining(skip, 'skip-thoughts').action((text: string, flags: SkipFlags) => runSkipThoughts(text, flags, signal))
  const embedding = train
    .command('embedding')
    .description('an embedding of pictures and captions')
    .argument(
      '<pictures>',
      'JSON lines of {"image": PATH, "captions": […]}, or a folder with NAME.txt beside each NAME.jpg',
    )
    .option('--features <file>', 'the pictures’ features as .npy, row by row, in place of the model’s VGG-19')
    .addOption(new Option('--encoder <kind>', 'how captions are read (default: gru)').choices(['gru', 'bow']))
    .option('--margin <margin>', 'of the contrastive cost (default: 0.2)', number(0))
  withTraining(embedding, 'embedding').action((path: string, flags: EmbeddingFlags) =>
    runEmbedding(path, flags, signal),
  )
}

interface DecoderFlags extends TrainFlags {
  readonly source?: string
  readonly contexts?: string
  readonly doutput?: boolean
}

async function runDecoder(file: string, flags: DecoderFlags, signal: AbortSignal): Promise<void> {
  const output = new Output(flags)
  const { out, dev, heldOut = 0, tokenize = false, source, doutput } = flags
  const own = await readPassages(file, tokenize, flags, output)
  const held = dev === undefined ? [] : await readPassages(dev, tokenize, flags, output)
  const texts = [...own, ...held]
  // Encoders read the source as it is written: they have a tokenizer of their own.
  const sources = source === undefined ? texts : await readPassages(source, false, flags, new Output({ quiet: true }))
  if (sources.length !== texts.length)
    throw new InputError(
      `${source} has ${sources.length} lines that are not blank, the passages are ${texts.length}; give one source a passage`,
    )
  const contexts =
    flags.contexts === undefined
      ? await vectorsOf({ out, stage: 'contexts', items: sources, compute: encodeAll(signal) }, flags, signal, output)
      : await rowsFrom(flags.contexts, texts.length, 'passages')
  const count = dev === undefined ? heldOut : held.length
  const apart = heldApart(texts, count, 'passages')
  const request = {
    ...requestOf(flags, signal, output),
    passages: { texts: apart.train, contexts },
    ...(count > 0 && { heldOut: { texts: apart.held, contexts: tableFrom(contexts, apart.train.length) } }),
    doutput,
  }
  await finish(output, () => trainDecoder(request), contexts)
}

const encodeAll =
  (signal: AbortSignal): Compute =>
  async (teller, items) =>
    (await teller.encode(items, { signal })).data

/** A user's vectors, one for each of `count` things. */
async function rowsFrom(file: string, count: number, what: string): Promise<VectorTable> {
  const vectors = await readVectors(file)
  if (vectors.shape[0] !== count)
    throw new FileError(`has ${vectors.shape[0]} vectors, the ${what} are ${count}`, {
      file,
      cure: 'give one for each',
    })
  return tableOf(vectors)
}

interface SkipFlags extends TrainFlags {
  readonly encoder?: 'uni' | 'bi'
  readonly expand?: string
}

async function runSkipThoughts(file: string, flags: SkipFlags, signal: AbortSignal): Promise<void> {
  const output = new Output(flags)
  const { dev, heldOut = 0, tokenize = false, encoder, expand } = flags
  const all = await readPassages(file, tokenize, flags, output)
  const apart = heldApart(all, heldOut, 'sentences')
  const held = dev === undefined ? apart.held : await readPassages(dev, tokenize, flags, output)
  const request = {
    ...{ ...requestOf(flags, signal, output), sentences: apart.train, encoder, expand },
    ...(held.length > 0 && { heldOut: held }),
  }
  await finish(output, () => trainSkipThoughts(request))
}

interface EmbeddingFlags extends TrainFlags {
  readonly features?: string
  readonly encoder?: 'gru' | 'bow'
  readonly margin?: number
}

async function runEmbedding(path: string, flags: EmbeddingFlags, signal: AbortSignal): Promise<void> {
  const output = new Output(flags)
  const { out, dev, tokenize = false, encoder, margin } = flags
  const own = await readCaptioned(path, tokenize, flags)
  const held = dev === undefined ? [] : await readCaptioned(dev, tokenize, flags)
  const all = [...own, ...held]
  const features =
    flags.features === undefined
      ? await vectorsOf(
          { out, stage: 'features', items: all.map(({ picture }) => picture), compute: featuresOf(signal) },
          ...([flags, signal, output] as const),
        )
      : await rowsFrom(flags.features, all.length, 'pictures')
  const { heldOut = usualHeldOut(own.length) } = flags
  const apart = heldApart(all, dev === undefined ? heldOut : held.length, 'pictures')
  const withFeatures = (some: readonly Captioned[], table: VectorTable): CaptionedPictures => ({
    captions: some.map(({ captions }) => captions),
    features: table,
  })
  const request = {
    ...{ ...requestOf(flags, signal, output), encoder, margin },
    pictures: withFeatures(apart.train, features),
    development: withFeatures(apart.held, tableFrom(features, apart.train.length)),
  }
  await finish(output, () => trainEmbedding(request), features)
}

const featuresOf =
  (signal: AbortSignal): Compute =>
  async (teller, items) => {
    const features: number[] = []
    for (const picture of items) features.push(...(await teller.feature(picture, { signal })))
    return Float32Array.from(features)
  }

/** Trains and reports; closes what was open for it. */
async function finish(
  output: Output,
  work: () => ReturnType<typeof trainDecoder>,
  vectors?: VectorTable & Partial<OpenVectors>,
): Promise<void> {
  try {
    report(output, await work())
  } finally {
    output.close()
    await vectors?.close?.()
  }
}
