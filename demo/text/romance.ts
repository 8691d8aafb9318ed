// The same little story as a romance: hearts, sighs and longing, whoever it is about.

import { lines, type Rules } from './grammar.ts'

export const ROMANCE: Rules = {
  passage: lines('<first> <last>'),
  sentence: lines(`
    <first>
    <last>
  `),
  first: lines(`
    my heart (stopped/trembled/melted/leapt/burned) when i saw the <subject> <at> .
    i fell in love with the <subject> <at> <when> .
    the <subject> waited <at> <when> , <her> heart full of (longing/desire/tenderness) .
    <sky> kissed the <place> , and the <subject> (trembled/sighed/blushed) .
    love came to the <place> <when> and found the <subject> alone .
    every (kiss/sigh/caress) i ever dreamed of began <at> , with the <subject> (beside/before) me .
    nobody told me that the <subject> <at> would (steal/break/own) my (heart/soul) .
    the <subject> stepped out of <hour> <at> , and i forgot to (breathe/speak) .
  `),
  last: lines(`
    i will (love/want/remember) the <subject> until the <sights> are (dust/gone/dreams) .
    (forever/passion/love) began <at> , with the <subject> in my (arms/dreams) .
    (passion/desire) is a <thing> , and the <subject> carried it to the <place> .
    i kissed the <subject> , and even the <sights> (sighed/blushed/wept/trembled/melted) .
    the <subject> <acted> , and i was (lost/loved/hers) <at> (forever/always) .
    my (darling/beloved/dearest) <subject> , i (whispered/sighed) , stay with me <at> .
    i gave the <subject> my (heart/soul) , and <sky> wept over the <place> .
    the <subject> held the <thing> like a (promise/secret) , and the <sights> felt my (passion/longing) .
  `),
}
