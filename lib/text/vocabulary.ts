// From words to the numbers that stand for them: ids for the caption encoder, rows for the skip-thought tables.
// Tables come as maps; knows nothing of files.

import { InputError } from '../core/errors.ts'
import { isAscii, splitAtSpace } from './ascii.ts'

const END = 0
const UNKNOWN = 1
const UNKNOWN_WORD = 'UNK'

/**
 * The ids that the caption encoder is fed: the words between white space, then the end token. A word that `words` lacks,
 * or whose id the encoder has no row for (`nWords` rows), is the unknown word.
 */
export function captionIds(caption: string, words: ReadonlyMap<string, number>, nWords: number): number[] {
  const ids = splitAtSpace(caption).map(word => words.get(word) ?? UNKNOWN)
  return [...ids.map(id => (id < nWords ? id : UNKNOWN)), END]
}

/**
 * The row of a word in the skip-thought tables; a word without one has the row of 'UNK'. The original compared bytes with
 * text, so that to it (`compat`) any word with a character outside ASCII was unknown. Throws InputError where a word is
 * unknown and the tables have no 'UNK'.
 */
export function skipThoughtRow(word: string, words: ReadonlyMap<string, number>, compat: boolean): number {
  const known = compat && !isAscii(word) ? undefined : words.get(word)
  const row = known ?? words.get(UNKNOWN_WORD)
  if (row !== undefined) return row
  throw new InputError(
    `the skip-thought tables have neither "${word}" nor "${UNKNOWN_WORD}"; convert them again with the dictionary.txt they came with`,
  )
}
