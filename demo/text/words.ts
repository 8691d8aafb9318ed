// What each thing of a scene is called, as rules that all manners share. A scene narrows them to its own names; the whole of them is
// what a text can say of any scene.

import type { Random } from '../../lib/core/random.ts'
import {
  PLACES,
  type Place,
  type Scene,
  SUBJECTS,
  type Subject,
  type Thing,
  type Time,
  type Weather,
} from '../world/scene.ts'
import { lines, type Rules } from './grammar.ts'

interface SubjectWords {
  readonly names: readonly string[]
  readonly she: 'she' | 'he'
  /** What it did. */
  readonly acts: readonly string[]
}

export const SUBJECT_WORDS: Readonly<Record<Subject, SubjectWords>> = {
  woman: { names: ['woman'], she: 'she', acts: ['smiled'] },
  man: { names: ['man'], she: 'he', acts: ['tipped his hat'] },
  child: { names: ['child'], she: 'she', acts: ['giggled'] },
  dog: { names: ['dog'], she: 'he', acts: ['barked'] },
  cat: { names: ['cat'], she: 'she', acts: ['purred'] },
  horse: { names: ['horse'], she: 'she', acts: ['neighed'] },
  elephant: { names: ['elephant'], she: 'he', acts: ['trumpeted'] },
  flamingo: { names: ['flamingo'], she: 'she', acts: ['stood on one leg'] },
}

interface PlaceWords {
  readonly names: readonly string[]
  /** Being there, name by name. */
  readonly at: readonly string[]
  /** What there is to see, more than one of it. */
  readonly sights: readonly string[]
}

export const PLACE_WORDS: Readonly<Record<Place, PlaceWords>> = {
  harbour: { names: ['harbour'], at: ['at the harbour'], sights: ['boats'] },
  beach: { names: ['beach'], at: ['on the beach'], sights: ['waves'] },
  forest: { names: ['forest'], at: ['in the forest'], sights: ['trees'] },
  desert: { names: ['desert'], at: ['in the desert'], sights: ['dunes'] },
  city: { names: ['city'], at: ['in the city'], sights: ['windows'] },
  mountain: { names: ['mountain'], at: ['on the mountain'], sights: ['rocks'] },
  meadow: { names: ['meadow'], at: ['in the meadow'], sights: ['flowers'] },
  castle: { names: ['castle'], at: ['at the castle'], sights: ['towers'] },
}

const HOURS: Readonly<Record<Time, { when: string; hour: string }>> = {
  dawn: { when: '(at dawn/in the early morning)', hour: 'the (morning/dawn)' },
  noon: { when: '(at noon/in the middle of the day)', hour: 'the (day/noon)' },
  dusk: { when: '(at dusk/in the evening)', hour: 'the (evening/dusk)' },
  night: { when: '(at night/in the dark)', hour: 'the (night/dark)' },
}

const SKIES: Readonly<Record<Weather, { weather: string; sky: string }>> = {
  clear: { weather: 'under a clear sky', sky: 'the (clear/open) sky' },
  rain: { weather: 'in the rain', sky: 'the (cold/grey/) rain' },
  snow: { weather: 'in the snow', sky: 'the (cold/white/) snow' },
  fog: { weather: 'in the (fog/mist)', sky: 'the (grey/thick/) (fog/mist)' },
}

const THINGS: Readonly<Record<Thing, string>> = {
  umbrella: '(an/a striped) umbrella',
  kite: '(a/a paper) kite',
  lantern: '(a/a brass) lantern',
  balloon: '(a/a bright) balloon',
  basket: '(a/a full) basket',
  suitcase: '(a/an old) suitcase',
}

const withArticle = (name: string): string => `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`
const all = <T>(record: Readonly<Record<string, T>>): T[] => Object.values(record)
const rule = (alternatives: readonly string[]) => lines(alternatives.join('\n'))

/** Rules for these scenes' names; the subject goes by one of `names`. */
function rulesFor(
  subjects: readonly SubjectWords[],
  names: readonly string[],
  places: readonly PlaceWords[],
  hours: readonly { when: string; hour: string }[],
  skies: readonly { weather: string; sky: string }[],
  things: readonly (readonly [string, string])[],
): Rules {
  const pronouns = [...new Set(subjects.map(({ she }) => she))]
  return {
    subject: rule(names),
    asubject: rule(names.map(withArticle)),
    she: rule(pronouns),
    her: rule(pronouns.map(she => (she === 'she' ? 'her' : 'his'))),
    him: rule(pronouns.map(she => (she === 'she' ? 'her' : 'him'))),
    acted: rule(subjects.flatMap(({ acts }) => acts)),
    place: rule(places.flatMap(place => place.names)),
    at: rule(places.flatMap(({ at }) => at)),
    sights: rule(places.flatMap(({ sights }) => sights)),
    when: rule(hours.map(({ when }) => when)),
    hour: rule(hours.map(({ hour }) => hour)),
    weather: rule(skies.map(({ weather }) => weather)),
    sky: rule(skies.map(({ sky }) => sky)),
    thing: rule(things.map(([name]) => name)),
    athing: rule(things.map(([, phrase]) => phrase)),
  }
}

/** What can be said of any scene. */
export const ANY_SCENE: Rules = rulesFor(
  all(SUBJECT_WORDS),
  all(SUBJECT_WORDS).flatMap(({ names }) => names),
  all(PLACE_WORDS),
  all(HOURS),
  all(SKIES),
  Object.entries(THINGS),
)

/** What can be said of one scene. Within a text its subject keeps one name. */
export function sceneRules(scene: Scene, random: Random): Rules {
  const subject = SUBJECT_WORDS[scene.subject]
  return rulesFor(
    [subject],
    [random.pick(subject.names)],
    [PLACE_WORDS[scene.place]],
    [HOURS[scene.time]],
    [SKIES[scene.weather]],
    [[scene.object, THINGS[scene.object]]],
  )
}

/** Which place or subject a word names. */
export const PLACE_OF: ReadonlyMap<string, Place> = new Map(
  PLACES.flatMap(place => PLACE_WORDS[place].names.map(name => [name, place] as const)),
)
export const SUBJECT_OF: ReadonlyMap<string, Subject> = new Map(
  SUBJECTS.flatMap(subject => SUBJECT_WORDS[subject].names.map(name => [name, subject] as const)),
)
