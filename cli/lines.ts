// Text files, one sentence or passage a line, and JSON lists of word ids.

import { readFile } from 'node:fs/promises'
import { FileError } from '../lib/core/errors.ts'

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    throw new FileError(
      `can't be read (${cause instanceof Error && 'code' in cause ? cause.code : cause})`,
      { file, cure: 'check the path' },
      { cause },
    )
  }
}

/** The lines of a UTF-8 text, without line ends; an unended last line counts. */
export async function readLines(file: string): Promise<string[]> {
  const bytes = await read(file)
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
  const text = new TextDecoder().decode(await read(file))
  let value: unknown
  try {
    value = JSON.parse(text)
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
