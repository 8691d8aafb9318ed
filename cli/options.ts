// Options that several verbs share, and the checks of their values: a wrong value is wrong usage, told before anything starts.

import { type Command, InvalidArgumentError } from 'commander'
import { UsageError } from '../lib/core/errors.ts'

export interface CommonOptions {
  model?: string
  adapter?: string
  json?: boolean
  quiet?: boolean
  debug?: number
  compat?: boolean
}

/** A whole number of at least `least`; `why` says where `most` comes from. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER, why = '') =>
  (text: string): number => {
    const value = Number(text)
    const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number, ${range}${why === '' ? '' : `: ${why}`}.`)
    return value
  }

/** A number of at least `least`. */
export const number =
  (least: number) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value) || value < least)
      throw new InvalidArgumentError(`It must be a number, ${least} or more.`)
    return value
  }

export const beamWidth = whole(1, 200, 'the search keeps all its hypotheses in the memory of one workgroup')
export const BEAM_HELP = 'beam width, 1 to 200'
export const maxWords = whole(1, 1000, 'the original stops there too')
export const seed = whole(0, 2 ** 32 - 1)

/** Throws where an option was given that only has a meaning beside one of `others`. */
export function refuseWithout(command: Command, option: string, ...others: string[]): void {
  const given = (name: string) => command.getOptionValueSource(name) === 'cli'
  if (given(option) && !others.some(given))
    throw new UsageError(`--${option} is of use with ${others.map(name => `--${name}`).join(' or ')} only`)
}

/** Throws where two options were given that exclude each other. */
export function refuseBoth(command: Command, option: string, ...others: string[]): void {
  const given = (name: string) => command.getOptionValueSource(name) === 'cli'
  const other = given(option) ? others.find(given) : undefined
  if (other !== undefined)
    throw new UsageError(`--${option} and --${dashed(other)} exclude each other; give one of them`)
}

const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

/** Adds the options that every verb has; last, so that its help begins with its own. */
export function withOutput(command: Command): Command {
  return command
    .optionsGroup('Common options:')
    .option('--json', 'one JSON object or JSON lines on stdout')
    .option('--quiet', 'no progress and no remarks')
    .option('--debug <level>', 'log on stderr: 1 what is made to run, 2 with all its steps', whole(0))
}

/** Adds the options of every verb that runs a model. */
export function withModel(command: Command): Command {
  command
    .optionsGroup('Model and machine:')
    .option(
      '--model <dir|name>',
      'a bundle, a folder of original files, or a bundle of the cache by name (default: the embedded one)',
    )
    .option('--adapter <name>', 'gpu, lavapipe, swiftshader, or a part of an adapter’s name (default: the best)')
    .option('--compat', 'read words and pictures as the original program did')
  return withOutput(command)
}
