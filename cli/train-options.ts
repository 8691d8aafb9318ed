// The options that the three trainings share, under the original trainers' names, and what the library is asked with.

import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { FileError } from '../lib/core/errors.ts'
import { DEFAULTS, type CommonOptions as TrainableOptions } from '../lib/train/defaults.ts'
import type { TrainingRequest } from '../lib/train/session.node.ts'
import type { TrainerKind } from '../lib/train/types.ts'
import { type CommonOptions, number, seed, whole, withOutput } from './options.ts'
import type { Output } from './output.ts'
import { reporter } from './train-report.ts'

export interface TrainFlags extends CommonOptions {
  readonly out: string
  readonly dim?: number
  readonly dimWord?: number
  readonly nWords?: number
  readonly maxlenW?: number
  readonly batchSize?: number
  readonly maxEpochs?: number
  readonly gradClip?: number
  readonly decayC?: number
  readonly lrate?: number
  readonly dispFreq?: number
  readonly saveFreq?: number
  readonly sampleFreq?: number
  readonly validFreq?: number
  readonly reload?: boolean
  readonly seed?: number
  readonly dictionary?: string
  readonly embeddings?: string
  readonly tokenize?: boolean
  readonly heldOut?: number
  readonly dev?: string
}

type Parse = (text: string) => number

/** Flag, what it is called in help, its meaning, its check, and the option whose default is told. */
const OPTIONS: readonly [flag: string, meaning: string, parse: Parse, option: keyof TrainableOptions][] = [
  ['--dim <units>', 'units of the GRU', whole(1), 'dim'],
  ['--dim-word <numbers>', 'numbers of a word’s vector', whole(1), 'dim_word'],
  [
    '--n-words <words>',
    'words that are told apart, <eos> and UNK included; the rarer ones are UNK',
    whole(3),
    'n_words',
  ],
  ['--maxlen-w <words>', 'sentences of this many words or more are left out', whole(1), 'maxlen_w'],
  ['--batch-size <sentences>', 'sentences of an update', whole(1), 'batch_size'],
  ['--max-epochs <epochs>', 'times through the text', whole(0), 'max_epochs'],
  ['--grad-clip <norm>', 'the largest norm of all gradients together; 0 for none', number(0), 'grad_clip'],
  ['--decay-c <factor>', 'weight decay', number(0), 'decay_c'],
  ['--lrate <rate>', 'step size of Adam', number(0), 'lrate'],
  ['--disp-freq <updates>', 'updates between two costs', whole(1), 'dispFreq'],
  ['--save-freq <updates>', 'updates between two checkpoints', whole(1), 'saveFreq'],
  ['--sample-freq <updates>', 'updates between two samples; 0 for none', whole(0), 'sampleFreq'],
  ['--valid-freq <updates>', 'updates between two looks at what was held out', whole(1), 'validFreq'],
]

/** Options that mean nothing to a kind of network. */
const WITHOUT: { readonly [kind in TrainerKind]: readonly string[] } = {
  decoder: [],
  'skip-thoughts': ['sampleFreq'],
  embedding: ['sampleFreq'],
}

export function withTraining(command: Command, kind: TrainerKind): Command {
  command.requiredOption('--out <name.npz>', 'the weights to write; all other files lie beside them')
  for (const [flag, meaning, parse, option] of OPTIONS) {
    if (WITHOUT[kind].includes(option)) continue
    const value = DEFAULTS[kind][option]
    const told = value === Number.MAX_SAFE_INTEGER ? 'all' : value
    command.option(flag, `${meaning} (default: ${told})`, parse)
  }
  command
    .option('--reload', 'go on from the checkpoint at --out, with its options where none are given')
    .option('--compat', 'train exactly as the original: its Adam, its reading of words')
    .option('--seed <seed>', 'of first weights and the order of batches: the same seed, the same training', seed)
    .option('--dictionary <file>', 'words and their ids: a .pkl, or a text with one word a line')
    .option(
      '--embeddings <file>',
      'word vectors to begin with: lines of "word 0.1 …", .npy with .txt, or a pickled dict',
    )
    .option('--tokenize', 'take words and signs apart first; without it words stand between spaces')
    .option('--dev <file>', 'what is only looked at, not trained on')
    .addOption(
      new Option('--held-out <count>', 'in place of --dev: this many from the end')
        .argParser(whole(1))
        .conflicts('dev'),
    )
    .optionsGroup('Model and machine:')
    .option('--model <dir|name>', 'whose encoders and tokenizer are used (default: the embedded one)')
    .option('--adapter <name>', 'gpu, lavapipe, swiftshader, or a part of an adapter’s name (default: the best)')
  return withOutput(command).hook('preAction', verb => checkReload(verb.opts<TrainFlags>()))
}

/** Told before vectors are computed for nothing. */
function checkReload({ out, reload }: TrainFlags): void {
  if (reload && !existsSync(out) && !existsSync(`${out}.state`))
    throw new FileError('there is no such checkpoint', { file: out, cure: 'check the path, or leave out --reload' })
}

/** What the library is asked with, for the flags of any of the three. */
export function requestOf(flags: TrainFlags, signal: AbortSignal, output: Output): TrainingRequest {
  const { out, reload, compat, seed, dictionary, embeddings, adapter } = flags
  return {
    ...{ out, reload, compat, seed, dictionary, embeddings, adapter, signal },
    options: {
      ...{ dim: flags.dim, dim_word: flags.dimWord, n_words: flags.nWords, maxlen_w: flags.maxlenW },
      ...{ batch_size: flags.batchSize, max_epochs: flags.maxEpochs, grad_clip: flags.gradClip },
      ...{ decay_c: flags.decayC, lrate: flags.lrate, dispFreq: flags.dispFreq, saveFreq: flags.saveFreq },
      ...{ sampleFreq: flags.sampleFreq, validFreq: flags.validFreq },
    },
    onEvent: reporter(output),
    onNote: text => output.note(text),
  }
}
