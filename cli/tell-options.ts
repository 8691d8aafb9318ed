// The options of telling, shared by `tell` and `trace`.

import type { Command } from 'commander'
import { DEFAULTS, type TellOptions } from '../lib/index.ts'
import {
  BEAM_HELP,
  beamWidth,
  type CommonOptions,
  maxWords,
  number,
  refuseBoth,
  refuseWithout,
  seed,
  whole,
  withModel,
} from './options.ts'

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
  command
    .option(
      '--k <captions>',
      'nearest captions that are averaged into the thought, 1 to 1000',
      whole(1, 1000),
      DEFAULTS.k,
    )
    .option('--bw <width>', BEAM_HELP, beamWidth, DEFAULTS.bw)
    .option('--maxlen <words>', 'words at most', maxWords, DEFAULTS.maxlen)
    .option('--lyric', 'break the story into lines at its commas')
    .option('--style <style>', 'NAME or FILE.npy, each with *WEIGHT, joined by +; "none" for no shift', DEFAULTS.style)
    .option(
      '--n <stories>',
      'stories to give back, cheapest first; a search has as many as its beam is wide',
      whole(1, 200),
      DEFAULTS.n,
    )
    .option('--sample', 'draw words at random instead of searching')
    .option('--temperature <t>', 'of --sample: 1 as the model has it, less is safer', number(0), DEFAULTS.temperature)
    .option('--seed <seed>', 'of --sample: the same seed, the same story', seed, DEFAULTS.seed)
  return withModel(command).hook('preAction', (_, verb) => {
    refuseWithout(verb, 'temperature', 'sample')
    refuseWithout(verb, 'seed', 'sample')
    refuseBoth(verb, 'sample', 'bw')
  })
}

/** The options that the library takes, without those of the command line alone. */
export function tellOptions(flags: TellFlags, signal: AbortSignal, onProgress: TellOptions['onProgress']): TellOptions {
  const { k, bw, maxlen, lyric, style, n, sample, temperature, seed } = flags
  return { k, bw, maxlen, lyric, style, n, sample, temperature, seed, signal, onProgress }
}
