// What people would write under a picture, in the manner of COCO: what there is and where, in one plain sentence of the present.

import { lines, type Rules } from './grammar.ts'

export const CAPTIONS: Rules = {
  caption: lines(`
    <asubject> (standing/waiting/resting) <at> .
    <asubject> (standing/waiting/resting) <at> <when> .
    <asubject> (standing/waiting/resting) <at> <weather> .
    <asubject> (standing/waiting/resting) <at> (with/next to/near) <athing> .
    <asubject> and <athing> <at> <when> .
    <asubject> and <athing> <at> <weather> .
    there is <asubject> <at> <when> .
    there is <asubject> with <athing> <at> .
    a (picture/view) of <asubject> <at> <weather> .
    <athing> (next to/near) <asubject> <at> .
    a (lone/quiet/happy) <subject> <at> <weather> .
    the <subject> is <at> near the <sights> .
  `),
}
