// Scores of captions and stories against the scenes they were told of. Counts words alone: knows nothing of models.

import type { Lexicon } from '../text/lexicon.ts'
import { isGrammatical, MANNERS, type Manner, sentences } from '../text/manners.ts'
import type { Scene } from '../world/scene.ts'

/** What was told of one scene. */
export interface Told {
  readonly scene: Scene
  /** Nearest first. */
  readonly captions: readonly string[]
  /** By manner, and from the unshifted vector. */
  readonly stories: Readonly<Record<Manner, string>>
  readonly unshifted: string
}

/** Shares, all of them; see interfaces in demo/README.md. */
export interface Figures {
  readonly storySubject: number
  readonly storyPlace: number
  readonly ownWords: number
  readonly ownWordsUnshifted: number
  readonly ratio: number
  readonly grammatical: number
  readonly novel: number
}

export interface Scores {
  readonly place: number
  readonly subject: number
  readonly manners: Readonly<Record<Manner, Figures>>
}

/** One word in a thousand: what counts as none. */
const FLOOR = 0.001

const words = (text: string): string[] => text.split(/\s+/).filter(word => word !== '')
const share = (values: readonly boolean[]): number => values.filter(Boolean).length / Math.max(1, values.length)
const names = (text: string, wanted: readonly string[] = []): boolean => words(text).some(word => wanted.includes(word))

/** Of all words of these texts, the share that is in the list. */
function wordShare(texts: readonly string[], list: readonly string[]): number {
  const own = new Set(list)
  return share(texts.flatMap(words).map(word => own.has(word)))
}

/** `isKnown`: whether a whole story stands in the text that the decoder was trained on. */
export function score(told: readonly Told[], lexicon: Lexicon, isKnown: (story: string) => boolean): Scores {
  const placed = told.flatMap(({ scene, captions }) => captions.map(text => names(text, lexicon.places[scene.place])))
  const named = told.flatMap(({ scene, captions }) =>
    captions.map(text => names(text, lexicon.subjects[scene.subject])),
  )
  const figures = MANNERS.map(manner => [manner, mannerFigures(told, manner, lexicon, isKnown)] as const)
  return {
    place: share(placed),
    subject: share(named),
    manners: Object.fromEntries(figures) as Record<Manner, Figures>,
  }
}

function mannerFigures(
  told: readonly Told[],
  manner: Manner,
  { places, subjects, manners }: Lexicon,
  isKnown: (story: string) => boolean,
): Figures {
  const stories = told.map(one => one.stories[manner])
  const own = wordShare(stories, manners[manner])
  const unshifted = wordShare(
    told.map(one => one.unshifted),
    manners[manner],
  )
  return {
    storySubject: share(told.map(({ scene, stories }) => names(stories[manner], subjects[scene.subject]))),
    storyPlace: share(told.map(({ scene, stories }) => names(stories[manner], places[scene.place]))),
    ownWords: own,
    ownWordsUnshifted: unshifted,
    ratio: own / Math.max(FLOOR, unshifted),
    grammatical: share(stories.flatMap(sentences).map(isGrammatical)),
    novel: share(stories.map(story => !isKnown(story))),
  }
}

/** One line: shares of the captions, then the least over the manners; the ratio over the manners but plain. */
export function summary({ place, subject, manners }: Scores) {
  const least = (value: (figures: Figures) => number, of: readonly Manner[] = MANNERS): number =>
    Math.min(...of.map(manner => value(manners[manner])))
  return {
    place,
    subject,
    storySubject: least(figures => figures.storySubject),
    storyPlace: least(figures => figures.storyPlace),
    mannerRatio: least(
      figures => figures.ratio,
      MANNERS.filter(manner => manner !== 'plain'),
    ),
    grammatical: least(figures => figures.grammatical),
    novel: least(figures => figures.novel),
  }
}
