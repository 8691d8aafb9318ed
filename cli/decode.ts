// decode V.npy: text from each row of vectors by beam search, sampling or the likeliest words; --feed steps through given words.

import type { Command } from 'commander'
import type { NdArray } from 'ndarray'
import ndarray from 'ndarray'
import { FileError, UsageError } from '../lib/core/errors.ts'
import { cheapest, type Hypothesis, openWriter, type Writer } from '../lib/index.ts'
import { writeFolder } from '../lib/io/folder.node.ts'
import { encodeNpy, readVectors } from '../lib/io/npy.node.ts'
import { readIds } from './lines.ts'
import {
  BEAM_HELP,
  beamWidth,
  type CommonOptions,
  maxWords,
  number,
  refuseBoth,
  refuseWithout,
  seed,
  withModel,
} from './options.ts'
import { Output } from './output.ts'
import { loading } from './session.ts'

interface Flags extends CommonOptions {
  bw: number
  maxlen: number
  useUnk?: boolean
  all?: boolean
  decoder?: string
  sample?: boolean
  argmax?: boolean
  temperature: number
  seed: number
  feed?: string
  trace?: string
}

export function registerDecode(root: Command, signal: AbortSignal): void {
  const verb = root
    .command('decode')
    .description('tell a text from each row of a .npy file of vectors')
    .argument('<vectors>', 'floats [rows, dim], as "encode" or numpy.save writes them')
    .option('--decoder <file>', 'an original decoder .npz (its .pkl beside it) or a bundle, instead of the model’s')
    .option('--bw <width>', BEAM_HELP, beamWidth, 50)
    .option('--maxlen <words>', 'words at most', maxWords, 1000)
    .option('--use-unk', 'let the unknown word be chosen')
    .option('--all', 'all hypotheses, in the order in which the search ended them')
    .option('--sample', 'draw words at random instead of searching')
    .option('--argmax', 'take the likeliest word at each step; the unknown word included, as the original does')
    .option('--temperature <t>', 'of --sample: 1 as the model has it, less is safer', number(0), 1)
    .option('--seed <seed>', 'of --sample: the same seed, the same text', seed, 0)
    .option('--feed <ids.json>', 'feed these words (-1 first) to one vector instead of searching; needs --trace')
    .option('--trace <dir>', 'where --feed writes states.npy, logits.npy and probs.npy')
  withModel(verb)
    .hook('preAction', checkUsage)
    .action((file: string, flags: Flags) => decode(file, flags, signal))
}

function checkUsage(verb: Command): void {
  refuseBoth(verb, 'sample', 'argmax')
  for (const way of ['sample', 'argmax']) refuseBoth(verb, way, 'bw', 'all')
  refuseBoth(verb, 'feed', 'sample', 'argmax', 'bw', 'maxlen', 'useUnk', 'all')
  refuseWithout(verb, 'temperature', 'sample')
  refuseWithout(verb, 'seed', 'sample', 'argmax')
  refuseWithout(verb, 'feed', 'trace')
  refuseWithout(verb, 'trace', 'feed')
}

async function decode(file: string, flags: Flags, signal: AbortSignal): Promise<void> {
  const output = new Output(flags)
  const vectors = await readVectors(file)
  const opened = await openWriter(flags.decoder ?? flags.model, loading(flags, signal, output))
  for (const note of opened.notes) output.note(note)
  try {
    checkVectors(file, vectors, opened.writer.options.dimContext)
    if (flags.feed !== undefined && flags.trace !== undefined)
      await feed(opened.writer, vectors, flags.feed, flags.trace, output)
    else for (const row of rows(vectors)) await decodeRow(opened.writer, row, flags, signal, output)
  } finally {
    output.close()
    await opened.dispose()
  }
}

function checkVectors(file: string, { shape: [count = 0, dim] }: NdArray<Float32Array>, wanted: number): void {
  if (count === 0) throw new FileError('holds no vectors', { file, cure: 'give one vector or more' })
  if (dim !== wanted)
    throw new FileError(`holds vectors of ${dim} numbers, the decoder takes ${wanted}`, {
      file,
      cure: 'give vectors of the model that the decoder belongs to',
    })
}

function* rows(vectors: NdArray<Float32Array>): Generator<Float32Array> {
  const [count = 0, dim = 0] = vectors.shape
  for (let row = 0; row < count; row++) yield vectors.data.slice(row * dim, (row + 1) * dim)
}

async function decodeRow(
  writer: Writer,
  vector: Float32Array,
  flags: Flags,
  signal: AbortSignal,
  output: Output,
): Promise<void> {
  const { bw, maxlen, sample, argmax, temperature, seed, useUnk = false } = flags
  const task = { signal, onProgress: output.progress }
  const { hypotheses } =
    sample || argmax
      ? await writer.sample(
          { vectors: vector },
          { count: 1, maxlen, temperature: argmax ? 0 : temperature, seed, useUnknown: argmax || useUnk },
          task,
        )
      : await writer.search({ vectors: vector }, { width: bw, maxlen, useUnknown: useUnk }, task)
  const best: Hypothesis = cheapest(hypotheses)
  output.object({ ...best, ...(flags.all ? { hypotheses } : {}) })
  output.line(best.text)
  if (flags.all) for (const { text, cost } of hypotheses) output.line(`  ${cost.toFixed(4)}  ${text}`)
}

/** Steps through given words from the vector's state and writes what each step computed. */
async function feed(
  writer: Writer,
  vectors: NdArray<Float32Array>,
  idsFile: string,
  folder: string,
  output: Output,
): Promise<void> {
  const [count] = vectors.shape
  if (count !== 1) throw new UsageError(`--feed takes one vector; the file holds ${count}`)
  const ids = await readIds(idsFile, writer.options.nWords)
  const [vector = new Float32Array()] = rows(vectors)
  let state = await writer.initialState({ vectors: vector })
  const kept: Record<'states' | 'logits' | 'probs', Float32Array[]> = { states: [], logits: [], probs: [] }
  for (const id of ids) {
    const step = await writer.feed(Int32Array.of(id), state)
    for (const name of ['states', 'logits', 'probs'] as const) kept[name].push(step[name]?.data as Float32Array)
    state = step.states?.data as Float32Array
  }
  const stack = (parts: Float32Array[]) =>
    encodeNpy(ndarray(Float32Array.from(parts.flatMap(part => [...part])), [parts.length, parts[0]?.length ?? 0]))
  const files = await writeFolder(
    folder,
    new Map(Object.entries(kept).map(([name, parts]) => [`${name}.npy`, stack(parts)])),
  )
  output.object({ files })
  for (const file of files) output.line(file)
}
