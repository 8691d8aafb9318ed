// Where sentences end: the decision part of Punkt (Kiss and Strunk, "Unsupervised Multilingual Sentence Boundary
// Detection", 2006), as NLTK 3.1 does it. Takes what a training found as data; does not train. Time is linear in the text.

import { lowerAscii, SPACE } from './ascii.ts'

/** What a training found. All words are in lower case. */
export interface TrainedPunkt {
  /** Without the final period, inner ones kept: "mr", "u.s". */
  abbreviations: readonly string[]
  /** Pairs of words that a period joins. */
  collocations: readonly (readonly [string, string])[]
  /** Words that often open a sentence. */
  sentenceStarters: readonly string[]
  /** Word → bits of `Seen`. */
  orthographicContext: Readonly<Record<string, number>>
}

/** How a word was seen in training: in upper or lower case, at the beginning of a sentence, inside one, or unknown. */
export const Seen = {
  beginUpper: 2,
  midUpper: 4,
  unknownUpper: 8,
  beginLower: 16,
  midLower: 32,
  unknownLower: 64,
} as const

const UPPER = Seen.beginUpper | Seen.midUpper | Seen.unknownUpper
const LOWER = Seen.beginLower | Seen.midLower | Seen.unknownLower
const NUMBER = '##number##'

// A token ends where one of these begins, or a comma before one of these, white space or the end.
const NON_WORD = '[?!)";}\\]*:@\'({[]'
const MULTI_CHAR = '(?:-{2,}|\\.{2,})'
const TOKEN = new RegExp(
  `${MULTI_CHAR}|[^("\`{[:;&#*@)}\\]\\-,${SPACE}][^${SPACE}]*?` +
    `(?=[${SPACE}]|$|${NON_WORD}|${MULTI_CHAR}|,(?=$|[${SPACE}]|${NON_WORD}|${MULTI_CHAR}))|[^${SPACE}]`,
  'g',
)
const RUN = new RegExp(`[^${SPACE}]+`, 'g')
const CLOSERS = new RegExp(`^["')\\]}]+?(?:[${SPACE}]+|(?=--)|$)`)
const NUMERIC = /^-?[.,]?[0-9][0-9,.-]*\.?$/

interface Span {
  readonly start: number
  readonly end: number
}

interface Token {
  readonly text: string
  /** In lower case, numbers all alike. */
  readonly type: string
  /** The type without a final period. */
  readonly bare: string
  readonly periodFinal: boolean
  readonly ellipsis: boolean
  readonly initial: boolean
  abbreviation: boolean
  ends: boolean
}

const sentenceEnd = (char: string | undefined): boolean => char === '.' || char === '?' || char === '!'
const isUpper = (char: string | undefined): boolean => char !== undefined && char >= 'A' && char <= 'Z'
const isLower = (char: string | undefined): boolean => char !== undefined && char >= 'a' && char <= 'z'

export class PunktSplitter {
  readonly #abbreviations: ReadonlySet<string>
  readonly #collocations: ReadonlySet<string>
  readonly #starters: ReadonlySet<string>
  readonly #seen: ReadonlyMap<string, number>

  constructor(trained: TrainedPunkt) {
    this.#abbreviations = new Set(trained.abbreviations)
    this.#collocations = new Set(trained.collocations.map(pair => pair.join(' ')))
    this.#starters = new Set(trained.sentenceStarters)
    this.#seen = new Map(Object.entries(trained.orthographicContext))
  }

  /** The sentences of a text, in order; white space between them belongs to none. */
  sentences(text: string): string[] {
    return withClosers(text, this.#spans(text))
  }

  #spans(text: string): Span[] {
    const spans: Span[] = []
    let start = 0
    const runs = [...text.matchAll(RUN)]
    runs.forEach((run, i) => {
      const next = runs[i + 1]
      const length = candidate(run[0], next !== undefined)
      if (length === 0) return
      const end = run.index + length
      const inside = length < run[0].length
      const contextEnd = inside ? end + 1 : next === undefined ? end : next.index + next[0].length
      if (!this.#endsInside(text.slice(run.index, contextEnd))) return
      spans.push({ start, end })
      start = inside || next === undefined ? end : next.index
    })
    spans.push({ start, end: text.length })
    return spans
  }

  /** Whether a sentence ends at a token of this context other than its last. */
  #endsInside(context: string): boolean {
    const tokens = [...context.matchAll(TOKEN)].map(([token]) => this.#token(token))
    return tokens.some((token, i) => {
      const next = tokens[i + 1]
      return next !== undefined && this.#isEnd(token, next)
    })
  }

  /** The verdict from the token alone: an abbreviation, the end of a sentence, or neither. */
  #token(text: string): Token {
    const lower = lowerAscii(text)
    const type = NUMERIC.test(lower) ? NUMBER : lower
    const ellipsis = /^\.\.+$/.test(text)
    const periodFinal = text.endsWith('.')
    const stem = lower.slice(0, -1)
    const single = text.length === 1 && sentenceEnd(text)
    const candidate = !single && periodFinal && !text.endsWith('..')
    const abbreviation =
      candidate && (this.#abbreviations.has(stem) || this.#abbreviations.has(stem.slice(stem.lastIndexOf('-') + 1)))
    return {
      text,
      type,
      bare: type.length > 1 && type.endsWith('.') ? type.slice(0, -1) : type,
      periodFinal,
      ellipsis,
      initial: /^[A-Za-z_]\.$/.test(text),
      abbreviation,
      ends: single || (candidate && !abbreviation),
    }
  }

  /** The verdict once the next token is known. */
  #isEnd(token: Token, next: Token): boolean {
    if (!token.periodFinal) return token.ends
    const nextType = next.ends ? next.bare : next.type
    if (this.#collocations.has(`${token.bare} ${nextType}`)) return false
    const nextUpper = isUpper(next.text[0])
    const opens = this.#opensSentence(next, nextType)
    if ((token.abbreviation || token.ellipsis) && !token.initial)
      return opens === true || (nextUpper && this.#starters.has(nextType))
    if (token.initial || token.bare === NUMBER) {
      if (opens === false) return false
      const name = nextUpper && ((this.#seen.get(nextType) ?? 0) & LOWER) === 0
      if (opens === undefined && token.initial && name) return false
    }
    return token.ends
  }

  /** What the case of a word says of its place: it opens a sentence, it does not, or nothing. */
  #opensSentence({ text }: Token, type: string): boolean | undefined {
    if (';:,.!?'.includes(text)) return false
    const seen = this.#seen.get(type) ?? 0
    if (isUpper(text[0]) && (seen & LOWER) !== 0 && (seen & Seen.midUpper) === 0) return true
    if (isLower(text[0]) && ((seen & UPPER) !== 0 || (seen & Seen.beginLower) === 0)) return false
    return undefined
  }
}

/** Length up to the last character of a run where a sentence may end, 0 if there is none. */
function candidate(run: string, hasNext: boolean): number {
  for (let i = run.length - 1; i >= 0; i--) {
    if (!sentenceEnd(run[i])) continue
    const after = run[i + 1]
    if (after === undefined ? hasNext : '?!)";}]*:@\'({['.includes(after)) return i + 1
  }
  return 0
}

/** Quotes and brackets that open a span close the sentence before it. */
function withClosers(text: string, spans: readonly Span[]): string[] {
  const sentences: string[] = []
  let moved = 0
  spans.forEach((span, i) => {
    const start = span.start + moved
    const next = spans[i + 1]
    const closers = next && CLOSERS.exec(text.slice(next.start, next.end))?.[0]
    moved = closers?.length ?? 0
    const end = next && closers ? next.start + closers.trimEnd().length : span.end
    if (start < end) sentences.push(text.slice(start, end))
  })
  return sentences
}
