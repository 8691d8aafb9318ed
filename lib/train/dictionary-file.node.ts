// Dictionaries on disk: as the original programs pickle them (words to ids, then their counts), or as a text with one word a line.

import { PyScalar, type PyValue } from '../../weights-converter/formats/pickle/values.ts'
import { writePickle } from '../../weights-converter/formats/pickle/writer.ts'
import { FileError } from '../core/errors.ts'
import { openFile } from '../io/bytes.node.ts'
import { writeWhole } from '../io/folder.node.ts'
import { eachLine } from '../io/text-lines.ts'
import { readPickledDict } from './checkpoint-files.node.ts'
import type { Dictionary } from './dictionary.ts'

const FIRST_WORD = 2
/** A list may begin with what the first two ids stand for. */
const RESERVED = ['<eos>', 'UNK']

/** Words to ids, from a .pkl, or any other file as a text. @throws FileError where it is none, or a word stands for no id. */
export const readDictionaryFile = (file: string): Promise<Map<string, number>> =>
  /\.pkl$/i.test(file) ? fromPickle(file) : fromText(file)

async function fromPickle(file: string): Promise<Map<string, number>> {
  const ids = new Map<string, number>()
  for (const [word, value] of await readPickledDict(file)) ids.set(word, idOf(word, value, file))
  return ids
}

function idOf(word: string, value: PyValue, file: string): number {
  const id = value instanceof PyScalar ? value.value : value
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= FIRST_WORD) return id
  throw new FileError(`"${word}" stands for ${String(id)}, which is no id of a word`, {
    file,
    cure: 'give a dictionary of words and ids from 2 on',
  })
}

async function fromText(file: string): Promise<Map<string, number>> {
  const source = await openFile(file)
  try {
    const words: string[] = []
    await eachLine(source, line => words.push(line.trim()))
    const first = RESERVED.every((word, i) => words[i] === word) ? RESERVED.length : 0
    return new Map(words.slice(first).map((word, i) => [word, i + FIRST_WORD]))
  } finally {
    await source.close()
  }
}

/** Writes a dictionary as a pickle: words to ids; with `withCounts` a second one, of their counts, follows. */
export async function writeDictionaryFile(
  file: string,
  { ids, counts }: Dictionary,
  withCounts: boolean,
): Promise<void> {
  const pickles = [writePickle(ids), ...(withCounts ? [writePickle(counts)] : [])]
  await writeWhole(file, Buffer.concat(pickles))
}
