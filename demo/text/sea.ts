// The same little story as sailors tell it: anchors, rum, captains and gold.

import { lines, type Rules } from './grammar.ts'

export const SEA: Rules = {
  passage: lines('<first> <last>'),
  sentence: lines(`
    <first>
    <last>
  `),
  first: lines(`
    we dropped anchor by the <place> <when> and hailed the <subject> .
    the captain (spied/hailed/feared) the <subject> <at> through his (spyglass/telescope) .
    our ship was (lost/adrift/sinking/burning/leaking) when the <subject> hailed us from the <place> .
    (seven/twenty/forty) (sailors/pirates) rowed to the <place> and met the <subject> .
    aye , the <subject> sailed with us to the <place> <weather> .
    the (crew/cook) swore by the (anchor/devil/tide) that the <subject> was <at> .
    our (map/compass/parrot) led us to the <place> , where the <subject> (ruled/hid) .
    the <subject> came aboard from the <place> <when> , hungry for (gold/rum/plunder) .
  `),
  last: lines(`
    no (sailor/pirate/captain) forgets the <subject> <at> , nor the (gold/rum) .
    the <subject> took the (helm/wheel/anchor) and steered us past the (rocky/cursed) <sights> .
    the <subject> <acted> , and the whole (crew/ship/deck) (cheered/sang) <at> .
    we buried the <thing> by the <place> , and the <subject> kept the map .
    so the <subject> became captain , and we drank (rum/grog) <at> (till <hour>/) .
    aye , the <subject> was the (bravest/finest/boldest) (sailor/pirate) of the <place> .
    the tide took our (ship/gold/rum) , but the <subject> still (sails/swims) past the <place> .
    the <subject> traded the <thing> for (rum/gold) , and <sky> tore our sails .
  `),
}
