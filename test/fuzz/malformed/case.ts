// A malformed input: made when it is needed, read as its format is, and refused in the words that its author expected.

import { raw } from '../../weights-converter/files.ts'
import { FORMATS } from '../formats.ts'

export interface Malformed {
  /** "npy: a header that claims more than the file has" */
  readonly name: string
  bytes(): Uint8Array
  read(bytes: Uint8Array): Promise<unknown>
  /** What the refusal says; absent where the input is read, with the value that is documented. */
  readonly says?: RegExp | undefined
}

/** What an input is, as text of one character a byte or as bytes; and what its refusal says, or `READ`. */
export type Facts = Readonly<
  Record<string, readonly [input: string | Uint8Array | (() => Uint8Array), says: RegExp | typeof READ]>
>

/** For what looks wrong and is right: its value is documented. */
export const READ = Symbol('read')

/** Cases that are read as `format` is. */
export const casesOf = (format: string, facts: Facts): Malformed[] =>
  Object.entries(facts).map(([name, [input, says]]) => ({
    name: `${format}: ${name}`,
    bytes: () => (typeof input === 'function' ? input() : typeof input === 'string' ? raw(input) : input),
    read: bytes => FORMATS[format]?.read(bytes) ?? Promise.reject(new Error(`no format ${format}`)),
    ...(says !== READ && { says }),
  }))
