// The options of telling: what they mean, what they are if not given, what they may be. Pure.

import { InputError } from '../core/errors.ts'
import { MAX_VECTORS } from '../nets/decoder.ts'
import { MAX_BEAM_WIDTH } from '../ops/beam-search.ts'
import type { Task } from './engine.ts'
import { checkRange, MAX_LENGTH } from './writer.ts'

export interface TellOptions extends Task {
  /** Captions that are averaged into the thought. */
  readonly k?: number
  /** Beam width. */
  readonly bw?: number
  /** Words at most. */
  readonly maxlen?: number
  /** Break the story into lines at its commas. */
  readonly lyric?: boolean
  /** NAME|FILE.npy[*WEIGHT][+…], or "none". */
  readonly style?: string
  /** Hypotheses (or samples) to give back, cheapest first. */
  readonly n?: number
  /** Draw words at random instead of searching. */
  readonly sample?: boolean
  readonly temperature?: number
  readonly seed?: number
}

export const DEFAULTS = {
  k: 100,
  bw: 50,
  maxlen: 1000,
  lyric: false,
  style: 'romance',
  n: 1,
  temperature: 1,
  seed: 0,
} as const

const MAX_SEED = 2 ** 32 - 1

/** @throws InputError naming the first option that is out of its range. */
export function checkOptions(options: TellOptions): void {
  const { k, bw, maxlen, n, temperature, seed } = { ...DEFAULTS, ...defined(options) }
  checkRange('k, the number of captions,', k, MAX_VECTORS)
  checkRange('bw, the beam width,', bw, MAX_BEAM_WIDTH)
  checkRange('maxlen', maxlen, MAX_LENGTH)
  checkRange('n, the number of stories,', n, MAX_BEAM_WIDTH)
  if (!(temperature >= 0 && Number.isFinite(temperature)))
    throw new InputError(`temperature is ${temperature}; it must be a number of 0 or more`)
  if (!Number.isInteger(seed) || seed < 0 || seed > MAX_SEED)
    throw new InputError(`seed is ${seed}; it must be a whole number from 0 to ${MAX_SEED}`)
}

/** Without the options that are there but undefined. */
const defined = (options: TellOptions): TellOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
