// What Punkt needs to know of English, for models that came without a trained file: our own lists, in the form of one.
// They keep to what a training on newspapers finds: titles, months, states, companies, units. Abbreviations that writers
// rarely follow by a capital letter or a number ("e.g", "i.e", "etc") are no such finding: the original splits after them.

import { Seen, type TrainedPunkt } from './punkt.ts'

const words = (list: string): string[] => list.trim().split(/\s+/)

const ABBREVIATIONS = words(`
  mr mrs ms messrs dr prof rev hon st jr sr gen col lt sgt capt maj cmdr adm gov sen rep sens reps pres ph.d m.d b.a m.a m.b.a d.d.s
  jan feb mar apr aug sept sep oct nov dec mon tues wed thurs
  ala ariz ark calif colo conn del fla ga ill ind kan ky la mass md mich minn miss mo mont neb nev n.h n.j n.m n.y n.c n.d
  okla ore pa r.i s.c s.d tenn tex va vt wash w.va wis wyo d.c b.c l.a p.r
  u.s u.s.a u.k u.n u.s.s.r e.u
  inc corp co cos ltd bros cie vs n.v b.v s.a
  a.m p.m a.d yr mg ft
  ave blvd mt sw
  j.c j.j j.k j.p j.r m.j c.s b.b d.h e.e e.b g.k h.g o.j r.j t.s w.c
  c d e f g h k l m n p r s t v w
`)

/** Frequent first words of sentences. */
const STARTERS = words(`
  the this that these those there he she it they we i you his her its their my our your
  in on at for from with by to of as after before during since while when if although though because despite unlike under
  and but or so yet nor also however moreover meanwhile instead still then thus now today yesterday
  some many most several both each another other one what who why how where here
`)

/** Words that are capitalised at the beginning of a sentence only. */
const NEVER_NAMES = words(`
  he she they we his her their its these those there when while because although however then some
  people's nobody somebody everybody someone everyone
`)

export const ENGLISH: TrainedPunkt = {
  abbreviations: ABBREVIATIONS,
  collocations: [],
  sentenceStarters: STARTERS,
  orthographicContext: Object.fromEntries([
    ...STARTERS.map(word => [word, Seen.beginUpper | Seen.midUpper | Seen.midLower] as const),
    ...NEVER_NAMES.map(word => [word, Seen.beginUpper | Seen.midLower] as const),
  ]),
}
