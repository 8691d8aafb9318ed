// All that can be written about a scene: captions, and passages in each manner; and which manner, if any, a sentence belongs to.

import { Random } from '../../lib/core/random.ts'
import { OBJECTS, PLACES, type Scene, SUBJECTS, TIMES, WEATHERS } from '../world/scene.ts'
import { CAPTIONS } from './captions.ts'
import { count, type Rules, recognises, say, vocabulary } from './grammar.ts'
import { LYRICS } from './lyrics.ts'
import { PLAIN } from './plain.ts'
import { ROMANCE } from './romance.ts'
import { SEA } from './sea.ts'
import { ANY_SCENE, sceneRules } from './words.ts'

export const MANNERS = ['plain', 'romance', 'sea', 'lyrics'] as const
export type Manner = (typeof MANNERS)[number]

const GRAMMARS: Readonly<Record<Manner, Rules>> = { plain: PLAIN, romance: ROMANCE, sea: SEA, lyrics: LYRICS }

export function caption(scene: Scene, random: Random): string {
  return say({ ...sceneRules(scene, random), ...CAPTIONS }, 'caption', random)
}

export function passage(scene: Scene, manner: Manner, random: Random): string {
  return say({ ...sceneRules(scene, random), ...GRAMMARS[manner] }, 'passage', random)
}

/** Different captions of one scene, as many as asked for. */
export function captions(scene: Scene, number: number): string[] {
  const random = new Random(scene.seed ^ 0x5ca1ab1e)
  const found = new Set<string>()
  while (found.size < number) found.add(caption(scene, random))
  return [...found]
}

/** The sentences of a text whose words are parted by blanks; each keeps its mark. */
export function sentences(text: string): string[] {
  return text
    .split(/(?<= [.!?])\s+/)
    .map(sentence => sentence.trim())
    .filter(sentence => sentence !== '')
}

/** Whether a sentence is one that this manner's grammar can say of any scene. */
export function isSentenceOf(manner: Manner, sentence: string): boolean {
  return recognises({ ...ANY_SCENE, ...GRAMMARS[manner] }, 'sentence', sentence.split(' '))
}

/** Whether some manner's grammar can say it. */
export const isGrammatical = (sentence: string): boolean => MANNERS.some(manner => isSentenceOf(manner, sentence))

/** What a passage may or may not speak of; place and subject it always names. */
const OPTIONAL = ['when', 'hour', 'weather', 'sky', 'thing', 'athing'] as const

/**
 * At least so many different passages there are in a manner: for each pair of place and subject those that speak of nothing else, and
 * the others of four scenes that have no time, weather or object in common.
 */
export function passagesAtLeast(manner: Manner): number {
  const silent: Rules = Object.fromEntries(OPTIONAL.map(name => [name, []]))
  const [place, subject] = [PLACES[0], SUBJECTS[0]]
  const ways = TIMES.map((time, i) => {
    const scene: Scene = {
      place,
      subject,
      time,
      weather: WEATHERS[i] ?? 'clear',
      object: OBJECTS[i] ?? 'kite',
      seed: 0,
    }
    const rules = { ...sceneRules(scene, new Random(0)), ...GRAMMARS[manner] }
    return { all: count(rules, 'passage'), silent: count({ ...rules, ...silent }, 'passage') }
  })
  const spoken = ways.reduce((sum, { all, silent }) => sum + all - silent, 0)
  return PLACES.length * SUBJECTS.length * (spoken + (ways[0]?.silent ?? 0))
}

const wordsOf = (manner: Manner): Set<string> => vocabulary({ ...ANY_SCENE, ...GRAMMARS[manner] }, 'passage')

/** The words of a manner that neither the other manners nor the captions use, sorted. */
export function ownWords(manner: Manner): string[] {
  const others = new Set(MANNERS.filter(other => other !== manner).flatMap(other => [...wordsOf(other)]))
  for (const word of vocabulary({ ...ANY_SCENE, ...CAPTIONS }, 'caption')) others.add(word)
  return [...wordsOf(manner)].filter(word => !others.has(word)).sort()
}

/** Every word of captions and passages. */
export function allWords(): Set<string> {
  return new Set([
    ...vocabulary({ ...ANY_SCENE, ...CAPTIONS }, 'caption'),
    ...MANNERS.flatMap(manner => [...wordsOf(manner)]),
  ])
}
