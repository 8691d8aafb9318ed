// Splits one sentence into words as the Penn Treebank has them, by the rules of NLTK 3.1 (newer ones treat quotes
// differently). Text is rewritten rule by rule until blanks alone part the words: the order of the rules is the meaning.
// Does not know where sentences end: only the period at the very end of the text is a word of its own.

import { SPACE, splitAtSpace } from './ascii.ts'

type Rule = readonly [pattern: RegExp, replacement: string]

const OPENING_QUOTES: readonly Rule[] = [
  [/^"/, '``'],
  [/``/g, ' `` '],
  [/([ ([{<])"/g, '$1 `` '],
]

const PUNCTUATION: readonly Rule[] = [
  [/([:,])([^0-9])/g, ' $1 $2'],
  [/[:,]$/, ' $& '],
  [/\.\.\./g, ' ... '],
  [/[;@#$%&]/g, ' $& '],
  [new RegExp(`([^.])\\.([\\])}>"']*)[${SPACE}]*$`), '$1 .$2 '],
  [/[?!]/g, ' $& '],
  [/([^'])' /g, "$1 ' "],
  [/[\][(){}<>]/g, ' $& '],
  [/--/g, ' -- '],
]

const CLOSING_QUOTES: readonly Rule[] = [
  [/"/g, " '' "],
  [new RegExp(`([^${SPACE}])''`, 'g'), "$1 '' "],
  [/([^' ])('[sSmMdD]|') /g, '$1 $2 '],
  [/([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) /g, '$1 $2 '],
]

const CONTRACTIONS: readonly Rule[] = [
  /\b(can)(not)\b/gi,
  /\b(d)('ye)\b/gi,
  /\b(gim)(me)\b/gi,
  /\b(gon)(na)\b/gi,
  /\b(got)(ta)\b/gi,
  /\b(lem)(me)\b/gi,
  /\b(mor)('n)\b/gi,
  /\b(wan)(na) /gi,
  / ('t)(is)\b/gi,
  / ('t)(was)\b/gi,
].map(pattern => [pattern, ' $1 $2 '])

const rewrite = (text: string, rules: readonly Rule[]): string =>
  rules.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text)

/** The words of one sentence. No word is empty or holds white space. */
export function treebankWords(sentence: string): string[] {
  const apart = rewrite(rewrite(sentence, OPENING_QUOTES), PUNCTUATION)
  return splitAtSpace(rewrite(rewrite(` ${apart} `, CLOSING_QUOTES), CONTRACTIONS))
}
