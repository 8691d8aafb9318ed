// A little story told plainly: who, where, what happened, how it ended.

import { lines, type Rules } from './grammar.ts'

export const PLAIN: Rules = {
  passage: lines('<first> <last>'),
  sentence: lines(`
    <first>
    <last>
  `),
  first: lines(`
    there (was/stood) <asubject> <at> <when> .
    there was <asubject> <at> with <athing> .
    <asubject> was (standing/waiting) <at> <when> , next to <athing> .
    <asubject> was (standing/waiting/resting) <at> <weather> .
    (one day/once) <asubject> came to the <place> with <athing> .
    <asubject> went to the <place> <when> and found <athing> .
    it was a (quiet/long/good/cold) day , and <asubject> was <at> <weather> .
    <sky> was over the <place> , and <asubject> had <athing> .
  `),
  last: lines(`
    the <subject> looked at the (old/small/quiet) <sights> (once/again/) and <acted> .
    the <subject> (took/found/left) the <thing> and (went/walked) home from the <place> .
    then the <subject> <acted> <at> , and that (was/seemed) (all/enough/good) .
    (in the end/at last/after that) the <subject> left the <thing> <at> .
    the <subject> stayed <at> until the (end/middle) of <hour> .
    the <subject> liked the <place> and came back (every/each) (day/week/month/year) .
    <sky> did not (stop/end/change) , but the <subject> liked the <sights> .
    nobody (else/) was <at> , only the <subject> and the (old/small/quiet) <sights> .
  `),
}
