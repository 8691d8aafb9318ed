// The word lists of a bundle: rows of the skip-thought tables, ids of the embedding and of the decoder; and the trained
// sentence splitter, where the bundle has one. Knows the files' forms, not what the words are for.

import * as v from 'valibot'
import type { ByteSource } from '../core/bytes.ts'
import { FileError } from '../core/errors.ts'
import { eachLine, readJson } from './text-lines.ts'

/** What a trained Punkt file holds, as JSON in a bundle. */
export interface TrainedPunkt {
  abbreviations: string[]
  collocations: [string, string][]
  sentenceStarters: string[]
  orthographicContext: Record<string, number>
}

const CURE = 'convert the original files again, or fetch the bundle anew'

const countCheck = (source: ByteSource, found: number, expected: number, what: string): void => {
  if (found !== expected)
    throw new FileError(`${found} ${what}, the manifest says ${expected}`, { file: source.name, cure: CURE })
}

/** Word → row of the tables, from one word a line. A later equal word wins. */
export async function readWordRows(source: ByteSource, count: number): Promise<Map<string, number>> {
  const rows = new Map<string, number>()
  const lines = await eachLine(source, (word, row) => {
    if (row >= count) countCheck(source, row + 1, count, 'words or more')
    rows.set(word, row)
  })
  countCheck(source, lines, count, 'words')
  return rows
}

/** Lines as they are: the captions. */
export async function readLines(source: ByteSource, count: number): Promise<string[]> {
  const lines: string[] = []
  await eachLine(source, (line, index) => {
    if (index >= count) countCheck(source, index + 1, count, 'lines or more')
    lines.push(line)
  })
  countCheck(source, lines.length, count, 'lines')
  return lines
}

/** Word → id, from a JSON array of [word, id]. */
export async function readWordIds(source: ByteSource, count: number): Promise<Map<string, number>> {
  const value = await readJson(source)
  if (!Array.isArray(value) || !value.every(isWordId))
    throw new FileError('is not a list of [word, id]', { file: source.name, cure: CURE })
  countCheck(source, value.length, count, 'words')
  return new Map(value)
}

const isWordId = (entry: unknown): entry is [string, number] =>
  Array.isArray(entry) && entry.length === 2 && typeof entry[0] === 'string' && Number.isSafeInteger(entry[1])

/** Id → word, as the original turns its dictionary round: of words with one id the last stays, 0 and 1 are fixed. */
export function wordsById(ids: ReadonlyMap<string, number>): Map<number, string> {
  const words = new Map([...ids].map(([word, id]) => [id, word]))
  return words.set(0, '<eos>').set(1, 'UNK')
}

// Not v.record, which drops "constructor" and "__proto__": here they are words like any others.
const isCounts = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every(count => typeof count === 'number')

const punkt = v.object({
  abbreviations: v.array(v.string()),
  collocations: v.array(v.tuple([v.string(), v.string()])),
  sentenceStarters: v.array(v.string()),
  orthographicContext: v.custom<Record<string, number>>(isCounts),
})

export async function readPunkt(source: ByteSource): Promise<TrainedPunkt> {
  const result = v.safeParse(punkt, await readJson(source))
  if (result.success) return result.output
  throw new FileError('is not a trained Punkt file', { file: source.name, cure: CURE })
}
