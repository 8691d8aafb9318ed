// Options that several verbs share, and the checks of their values: a wrong value is wrong usage, told before anything starts.

import { type Command, InvalidArgumentError } from 'commander'

export interface CommonOptions {
  model?: string
  adapter?: string
  json?: boolean
  quiet?: boolean
  debug?: number
  compat?: boolean
}

/** A whole number of at least `least`. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(
        `${text} is not a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}.`,
      )
    return value
  }

/** A number of at least `least`. */
export const number =
  (least: number) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value) || value < least)
      throw new InvalidArgumentError(`${text} is not a number of ${least} or more.`)
    return value
  }

/** Adds the options that every verb has. */
export function withOutput(command: Command): Command {
  return command
    .option('--json', 'one JSON object or JSON lines on stdout')
    .option('--quiet', 'no progress and no remarks')
    .option('--debug <level>', 'what to log on stderr: 1 stages, 2 plans', whole(0, 5))
}

/** Adds the options of every verb that runs a model. */
export function withModel(command: Command): Command {
  return withOutput(command)
    .option('--model <dir|name>', 'a bundle, a folder of original files, or a bundle of the cache by name')
    .option('--adapter <name>', 'gpu, lavapipe, swiftshader, or a part of an adapter’s name')
    .option('--compat', 'read words and pictures as the original program did')
}

export const BEAM_HELP = 'beam width, 1 to 200'
