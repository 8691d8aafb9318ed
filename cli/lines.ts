// Text files, one sentence or passage a line, and JSON lists of word ids.

import { FileError } from '../lib/core/errors.ts'
import { readWhole } from '../lib/io/bytes.node.ts'

/** More than any list of ids; a book of this size is longer than any that was written. */
const LARGEST_TEXT = 2 ** 28
const LARGEST_LIST = 2 ** 24

/** The lines of a UTF-8 text, without line ends; an unended last line counts. */
export async function readLines(file: string): Promise<string[]> {
  const bytes = await readWhole(file, LARGEST_TEXT, 'split it into smaller files')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new FileError('is not UTF-8 text', { file, cure: 'save it as UTF-8' }, { cause })
  }
  const lines = text.split(/\r\n|\n|\r/)
  if (lines.at(-1) === '') lines.pop()
  if (lines.length === 0) throw new FileError('is empty', { file, cure: 'give a file with one sentence a line' })
  return lines
}

/** A JSON list of whole numbers from -1 on. */
export async function readIds(file: string, words: number): Promise<number[]> {
  return parseIds(await readWhole(file, LARGEST_LIST, 'give a list of word ids such as [-1, 5, 12]'), words, file)
}

/** The same from a file's bytes. */
export function parseIds(bytes: Uint8Array, words: number, file: string): number[] {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new FileError('is not JSON', { file, cure: 'give a list of word ids such as [-1, 5, 12]' }, { cause })
  }
  if (!Array.isArray(value) || value.length === 0 || value.some(id => !Number.isInteger(id) || id < -1 || id >= words))
    throw new FileError(`is not a list of word ids from -1 to ${words - 1}`, {
      file,
      cure: 'give a list such as [-1, 5, 12]',
    })
  return value as number[]
}
