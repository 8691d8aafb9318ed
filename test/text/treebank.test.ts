// Words of one sentence, by the Treebank rules of NLTK 3.1: every case below was checked by hand against the rules and is
// what that version gives. Words are written with " | " between them.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { treebankWords } from '../../lib/text/treebank.ts'

const CASES: [about: string, ...cases: [sentence: string, words: string][]][] = [
  [
    'white space',
    ['', ''],
    [' \t\n', ''],
    ['a  dog\truns\n', 'a | dog | runs'],
    ['a\u00a0dog', 'a\u00a0dog'],
    ['a\u3000dog \u2028', 'a\u3000dog | \u2028'],
  ],
  [
    'contractions',
    ["I can't, won't.", "I | ca | n't | , | wo | n't | ."],
    ["DON'T", "DO | N'T"],
    ["Don'T", "Don'T"],
    ["the dog's", "the | dog | 's"],
    ["the dogs' bench", "the | dogs | ' | bench"],
    ["I'm you're he'd she'll they've", "I | 'm | you | 're | he | 'd | she | 'll | they | 've"],
    ["they'Ve", "they'Ve"],
    ["he'd've", "he'd | 've"],
    ['cannot CANNOT Cannot', 'can | not | CAN | NOT | Can | not'],
    ['cannots', 'cannots'],
    ['gonna gotta gimme lemme', 'gon | na | got | ta | gim | me | lem | me'],
    ['wanna go', 'wan | na | go'],
    ['I wanna.', 'I | wan | na | .'],
    ["'tis 'Twas", "'t | is | 'T | was"],
    ["it'tis", "it'tis"],
    ["d'ye", "d | 'ye"],
    ["mor'n more'n", "mor | 'n | more'n"],
    ["o'clock y'all", "o'clock | y'all"],
    ['whaddya whatcha', 'whaddya | whatcha'],
  ],
  [
    'numbers and money',
    ['$3.50', '$ | 3.50'],
    ['10%', '10 | %'],
    ['3,000', '3,000'],
    ['3, 000', '3 | , | 000'],
    ['at 10:30', 'at | 10:30'],
    ['#5 & @6', '# | 5 | & | @ | 6'],
    ['5/6', '5/6'],
    ['-1.5', '-1.5'],
  ],
  [
    'commas and colons',
    ['a dog,and', 'a | dog | , | and'],
    ['a:b', 'a | : | b'],
    ['at the end,', 'at | the | end | ,'],
    ['at the end:', 'at | the | end | :'],
    ['a,,b', 'a | , | ,b'],
    ['a;b', 'a | ; | b'],
  ],
  [
    'periods',
    ['It stops.', 'It | stops | .'],
    ['It stops. ', 'It | stops | .'],
    ['It. Stops', 'It. | Stops'],
    ['in the U.S. Army', 'in | the | U.S. | Army'],
    ['in the U.S.', 'in | the | U.S | .'],
    ['wait...', 'wait | ...'],
    ['wait....', 'wait | ... | .'],
    ['wait..', 'wait..'],
    ['wait. . .', 'wait. | . | .'],
    ['.', '.'],
    ['...', '...'],
    ['(It stops.)', '( | It | stops | . | )'],
    ['[It stops.]', '[ | It | stops | . | ]'],
    ['She said "stop."', "She | said | `` | stop | . | ''"],
    ["'stop.'", "'stop | . | '"],
    ['What?! No!', 'What | ? | ! | No | !'],
  ],
  [
    'quotes',
    ['"yes"', "`` | yes | ''"],
    ['a "yes" b', "a | `` | yes | '' | b"],
    ['("yes")', "( | `` | yes | '' | )"],
    ['a"yes"', "a | '' | yes | ''"],
    ['""', '`` | ``'],
    ['a "" b', "a | `` | '' | b"],
    ["``yes''", "`` | yes | ''"],
    ["the dog's' here", "the | dog | 's | ' | here"],
    ["'single' here", "'single | ' | here"],
    ['She said, "he said \'yes\' twice"', "She | said | , | `` | he | said | 'yes | ' | twice | ''"],
    ['“curly” ‘ones’', '“curly” | ‘ones’'],
    ['don’t', 'don’t'],
  ],
  [
    'brackets and dashes',
    ['a (b) [c] {d} <e>', 'a | ( | b | ) | [ | c | ] | { | d | } | < | e | >'],
    ['<eos>', '< | eos | >'],
    ['a--b', 'a | -- | b'],
    ['a---b', 'a | -- | -b'],
    ['e-mail', 'e-mail'],
    ['a — b…', 'a | — | b…'],
  ],
]

for (const [about, ...cases] of CASES)
  test(about, () => {
    for (const [sentence, words] of cases) assert.is(treebankWords(sentence).join(' | '), words, sentence)
  })

test.run()
