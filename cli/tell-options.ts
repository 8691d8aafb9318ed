// The options of telling, shared by `tell` and `trace`.

import type { Command } from 'commander'
import type { TellOptions } from '../lib/index.ts'
import { DEFAULTS } from '../lib/index.ts'
import { BEAM_HELP, type CommonOptions, number, whole, withModel } from './options.ts'

export interface TellFlags extends CommonOptions {
  k: number
  bw: number
  maxlen: number
  lyric?: boolean
  style: string
  n: number
  sample?: boolean
  temperature: number
  seed: number
}

export function withTelling(command: Command): Command {
  return withModel(command)
    .option('--k <captions>', 'nearest captions that are averaged into the thought', whole(1, 1000), DEFAULTS.k)
    .option('--bw <width>', BEAM_HELP, whole(1, 200), DEFAULTS.bw)
    .option('--maxlen <words>', 'words at most', whole(1, 1000), DEFAULTS.maxlen)
    .option('--lyric', 'break the story into lines at its commas')
    .option('--style <style>', 'NAME or FILE.npy, each with *WEIGHT, joined by +; "none" for no shift', DEFAULTS.style)
    .option('--n <stories>', 'hypotheses to give back, cheapest first', whole(1, 200), DEFAULTS.n)
    .option('--sample', 'draw words at random instead of searching')
    .option('--temperature <t>', 'of --sample: 1 as the model has it, less is safer', number(0), DEFAULTS.temperature)
    .option('--seed <seed>', 'of --sample', whole(0, 2 ** 32 - 1), DEFAULTS.seed)
}

/** The options that the library takes, without those of the command line alone. */
export function tellOptions(flags: TellFlags, signal: AbortSignal, onProgress: TellOptions['onProgress']): TellOptions {
  const { k, bw, maxlen, lyric, style, n, sample, temperature, seed } = flags
  return { k, bw, maxlen, lyric, style, n, sample, temperature, seed, signal, onProgress }
}
