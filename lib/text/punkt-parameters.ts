// What Punkt needs to know of English, for models that came without a trained file: our own lists, in the form of one.
// They keep to what a training on newspapers would find, as the original's did. So "i.e", "e.g", "etc" and "no" are left
// out on purpose (the original splits after them), and months that newspapers spell out, and abbreviations that are words.

import { Seen, type TrainedPunkt } from './punkt.ts'

const words = (list: string): string[] => list.trim().split(/\s+/)

const ABBREVIATIONS = words(`
  mr mrs ms messrs dr prof rev hon st jr sr gov sen sens rep reps pres gen adm col maj capt cmdr lt sgt
  ph.d m.d b.a m.a m.b.a d.d.s
  jan feb aug sep sept oct nov dec tues wed thurs fri
  ala ariz calif colo conn fla ga ill ind kan ky md mich minn mont neb nev okla ore pa tenn tex va vt wash wis wyo w.va
  n.c n.d n.h n.j n.m n.y r.i s.c s.d b.c d.c l.a p.r
  u.s u.s.a u.k u.n u.s.s.r e.u
  inc corp co cos ltd bros cie n.v b.v s.a s.p.a vs
  a.m p.m a.d yr ft mg ave blvd mt
  b c d e f g h j k l m n p r s t v w
  d.h e.h g.k j.b j.c j.j j.k j.p m.j r.h r.j w.c w.r
`)

/** Words that open sentences clearly more often than they stand in them. */
const STARTERS = words(`
  the a an this these those there he she it they we i you one another other each some many most several both few last
  in at for as after before during since while when if although though because despite unlike under until once among
  but so yet also however moreover meanwhile instead indeed perhaps still then thus now here what why how
`)

/** Capitals tell nothing of such words: they open sentences and stand in titles, and lower case is their rule. */
const ANY_CASE = Seen.beginUpper | Seen.midUpper | Seen.midLower

export const ENGLISH: TrainedPunkt = {
  abbreviations: ABBREVIATIONS,
  collocations: [],
  sentenceStarters: STARTERS,
  orthographicContext: Object.fromEntries(STARTERS.map(word => [word, ANY_CASE])),
}
