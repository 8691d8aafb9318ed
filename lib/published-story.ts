// The two stories that the original's README tells of its picture ex1.jpg, and whether a model tells them word for word. Knows
// nothing of files: whoever asks has the model and the picture.

import { AbortError, StorytellerError } from './core/errors.ts'
import type { Task } from './story/engine.ts'
import type { PictureInput, StorytellerBase } from './storyteller.ts'

/** The picture, as it is in the original's repository (images/ex1.jpg). */
export const EXAMPLE = {
  file: 'ex1.jpg',
  sha256: '15d8ad3e4d6cad3aabe60e5401274bb0d83179d126164e24b95e091caaf4ec83',
} as const

/** github.com/ryankiros/neural-storyteller, README of 14 November 2015; k 100 and beam width 50 are its defaults. */
const STORIES = [
  {
    style: 'romance',
    lyric: false,
    text: "We were barely able to catch the breeze at the beach , and it felt as if someone stepped out of my mind . She was in love with him for the first time in months , so she had no intention of escaping . The sun had risen from the ocean , making her feel more alive than normal . She 's beautiful , but the truth is that I do n't know what to do . The sun was just starting to fade away , leaving people scattered around the Atlantic Ocean . I d seen the men in his life , who guided me at the beach once more .",
  },
  {
    style: 'swift',
    lyric: true,
    text: "You re the only person on the beach right now\nyou know\nI do n't think I will ever fall in love with you\nand when the sea breeze hits me\nI thought\nHey",
  },
] as const

export interface StoryCheck {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly cure?: string
}

/** Tells both stories and compares them with the published ones. @throws AbortError */
export async function publishedStoryChecks(
  teller: Pick<StorytellerBase, 'tell'>,
  picture: PictureInput,
  task: Task = {},
): Promise<StoryCheck[]> {
  const checks: StoryCheck[] = []
  for (const { style, lyric, text } of STORIES) {
    const name = `the published story of ${EXAMPLE.file}, ${style}`
    try {
      const { story, lines } = await teller.tell(picture, { k: 100, bw: 50, style, lyric, ...task })
      const problem = wordsApart((lines ?? [story]).join('\n'), text)
      const detail = problem ?? `all ${wordsOf(text).length} words are the same`
      checks.push({ name, ok: problem === undefined, detail, ...(problem && { cure: CURE }) })
    } catch (error) {
      if (!(error instanceof StorytellerError) || error instanceof AbortError) throw error
      checks.push({ name, ok: false, detail: error.message, cure: CURE })
    }
  }
  return checks
}

const CURE =
  'it is told by the published files alone, all of them; "storyteller show NAME" has their hashes, docs/weights.md the right ones'

const wordsOf = (text: string): string[] => text.split(/\s+/).filter(word => word !== '')

/** Where two texts part; undefined where all words are the same. */
export function wordsApart(told: string, expected: string): string | undefined {
  const [is, should] = [wordsOf(told), wordsOf(expected)]
  const at = should.findIndex((word, i) => word !== is[i])
  if (at < 0 && is.length === should.length) return undefined
  const same = at < 0 ? should.length : at
  const [here, there] = [is[same] ?? 'nothing more', should[same] ?? 'nothing more']
  return `the first ${same} of ${should.length} words are the same, then comes "${here}" where the original has "${there}"`
}
