// The same little story as a song: short lines between commas, and something to dance to.

import { lines, type Rules } from './grammar.ts'

export const LYRICS: Rules = {
  passage: lines('<first> <last>'),
  sentence: lines(`
    <first>
    <last>
  `),
  first: lines(`
    oh <subject> , oh <subject> , (sing/dance/play/swing/rock) with me tonight , <at> .
    hey hey <subject> , (the radio/the guitar/the jukebox) is on , <when> , <at> .
    la la la , the <subject> is (dancing/singing) , <at> , <weather> .
    i got the <place> blues , (yeah/baby/oh) , since the <subject> (is gone/said goodbye) .
    one two three , here comes the <subject> , rocking the <place> , <weather> .
    baby , baby , meet the <subject> , where the <place> (sings/swings/rocks/rolls/dances) .
    (yeah/oh) , the <subject> , dancing slow , <at> , <when> .
    (sing/play/shout) it (loud/low) , the <subject> is back , <at> tonight .
  `),
  last: lines(`
    oh <subject> , (never/do not) let the (music/rhythm/dancing) (stop/end/fade) , <at> .
    so (sing/shout/dance) , <subject> , until the <sights> (sing/dance) along .
    (baby/yeah/oh) , it is only rock and (roll/soul) , <subject> , <at> .
    and the <subject> goes (la la la/oh oh oh/yeah yeah yeah) , all over the <place> (tonight/) .
    dance , <subject> , dance , the <place> is your (stage/song/radio/band/ballroom) .
    this is the (chorus/song/tune) , <subject> , sing it (again/loud) <at> .
    hey <subject> , swing that <thing> , swing it (low/high) , <at> .
    <sky> on the drums , the <subject> on the (bass/piano/guitar) , yeah .
  `),
}
