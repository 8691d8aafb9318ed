// Words and their numbers, as the original trainers give them: from 2 on by falling count; 0 ends a sentence and 1 is any unknown
// word. A word of a text that is spelt "UNK" or "<eos>" is a word like any other.

import { InputError } from '../core/errors.ts'
import { splitAtSpace } from '../text/ascii.ts'
import { argsort } from './argsort.ts'

export const END = 0
export const UNKNOWN = 1
const FIRST_WORD = 2

export interface Dictionary {
  /** Word → id, in the order of ids where it was made here. */
  readonly ids: ReadonlyMap<string, number>
  /** Word → how often it stands in the text, in order of first appearance; empty where the dictionary was given. */
  readonly counts: ReadonlyMap<string, number>
}

/** The dictionary of sentences whose words stand between ASCII white space. */
export function buildDictionary(sentences: Iterable<string>): Dictionary {
  const counts = new Map<string, number>()
  for (const sentence of sentences)
    for (const word of splitAtSpace(sentence)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const words = [...counts.keys()]
  const falling = argsort([...counts.values()]).reverse()
  return { ids: new Map(falling.map((place, rank) => [words[place] ?? '', rank + FIRST_WORD])), counts }
}

/**
 * The ids of a sentence's words; one that the network has no row for (`nWords` rows) is the unknown word.
 * @throws InputError for a word that the dictionary lacks: a dictionary belongs to its text.
 */
export function wordIds(sentence: string, { ids }: Dictionary, nWords: number): number[] {
  return splitAtSpace(sentence).map(word => {
    const id = ids.get(word)
    if (id === undefined)
      throw new InputError(
        `the dictionary has no word "${word}" (in "${sentence.slice(0, 60)}"); train with the dictionary of this text, or let one be made`,
      )
    return id < nWords ? id : UNKNOWN
  })
}
