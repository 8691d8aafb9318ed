// What a reader of stories needs to know to score them: which words name a place or a subject, and which words belong to one manner.

import { PLACES, SUBJECTS } from '../world/scene.ts'
import { MANNERS, type Manner, ownWords } from './manners.ts'
import { PLACE_WORDS, SUBJECT_WORDS } from './words.ts'

/** The fields of lexicon.json; demo/README.md says the same in words. */
export interface Lexicon {
  readonly places: Readonly<Record<string, readonly string[]>>
  readonly subjects: Readonly<Record<string, readonly string[]>>
  readonly manners: Readonly<Record<Manner, readonly string[]>>
}

export function lexicon(): Lexicon {
  return {
    places: Object.fromEntries(PLACES.map(place => [place, PLACE_WORDS[place].names])),
    subjects: Object.fromEntries(SUBJECTS.map(subject => [subject, SUBJECT_WORDS[subject].names])),
    manners: Object.fromEntries(MANNERS.map(manner => [manner, ownWords(manner)])) as Record<Manner, string[]>,
  }
}

/** As it stands in lexicon.json. */
export const lexiconText = (): string => `${JSON.stringify(lexicon(), undefined, 1)}\n`
