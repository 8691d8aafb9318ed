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

// A token ends before one of these, and before a comma that one of these, white space or the end follows.
const NON_WORD = '?!)";}]*:@\'({['
const NON_WORD_CLASS = `[${NON_WORD.replace(']', '\\]')}]`
const DASHES_OR_DOTS = '(?:-{2,}|\\.{2,})'
const BOUNDARY = `[${SPACE}]|$|${NON_WORD_CLASS}|${DASHES_OR_DOTS}`
const TOKEN = new RegExp(
  `${DASHES_OR_DOTS}|[^("\`{[:;&#*@)}\\]\\-,${SPACE}][^${SPACE}]*?(?=${BOUNDARY}|,(?=${BOUNDARY}))|[^${SPACE}]`,
  'g',
)
const RUN = new RegExp(`[^${SPACE}]+`, 'g')
const CLOSERS = new RegExp(`^["')\\]}]+?(?:[${SPACE}]+|(?=--)|$)`)
const NUMERIC = /^-?[.,]?[0-9][0-9,.-]*\.?$/
const ELLIPSIS = /^\.\.+$/
const INITIAL = /^[A-Za-z_]\.$/

interface Span {
  readonly start: number
  readonly end: number
}

interface Token {
  readonly text: string
  /** In lower case, numbers all alike. */
  readonly type: string
  /** The type without a final period. */
  readonly stem: string
  /** What the token is, going by itself. */
  readonly kind: 'end' | 'abbreviation' | 'ellipsis' | 'word'
}

const isSentenceEnd = (char: string | undefined): boolean => char === '.' || char === '?' || char === '!'
const isInternalMark = (char: string): boolean => char === ';' || char === ':' || char === ','
const isUpper = (char = ''): boolean => char >= 'A' && char <= 'Z'
const isLower = (char = ''): boolean => char >= 'a' && char <= 'z'

export class PunktSplitter {
  readonly #abbreviations: ReadonlySet<string>
  readonly #collocations: ReadonlySet<string>
  readonly #starters: ReadonlySet<string>
  readonly #seen: ReadonlyMap<string, number>

  constructor(trained: TrainedPunkt) {
    this.#abbreviations = new Set(trained.abbreviations)
    this.#collocations = new Set(trained.collocations.map(([first, second]) => pair(first, second)))
    this.#starters = new Set(trained.sentenceStarters)
    this.#seen = new Map(Object.entries(trained.orthographicContext))
  }

  /** The sentences of a text, in order. White space after one belongs to none; none is empty. */
  sentences(text: string): string[] {
    return withClosers(text, this.#spans(text))
  }

  /** The text between the ends found; each run of characters without white space has one candidate at most, its last. */
  #spans(text: string): Span[] {
    const spans: Span[] = []
    const runs = [...text.matchAll(RUN)]
    let start = 0
    runs.forEach((run, i) => {
      const next = runs[i + 1]
      const length = candidateLength(run[0], next !== undefined)
      if (length === 0) return
      const end = run.index + length
      const after = length < run[0].length || next === undefined ? { start: end, end: end + 1 } : runSpan(next)
      if (!this.#endsWithin(text.slice(run.index, after.end))) return
      spans.push({ start, end })
      start = after.start
    })
    return [...spans, { start, end: text.length }]
  }

  /** Whether a sentence ends at a token of this context other than its last. */
  #endsWithin(context: string): boolean {
    const tokens = [...context.matchAll(TOKEN)].map(([token]) => this.#token(token))
    return tokens.some((token, i) => {
      const next = tokens[i + 1]
      return next !== undefined && this.#isEnd(token, next)
    })
  }

  #token(text: string): Token {
    const lower = lowerAscii(text)
    const type = NUMERIC.test(lower) ? NUMBER : lower
    const stem = type.length > 1 && type.endsWith('.') ? type.slice(0, -1) : type
    return { text, type, stem, kind: this.#kind(lower) }
  }

  #kind(lower: string): Token['kind'] {
    if (isSentenceEnd(lower)) return 'end'
    if (ELLIPSIS.test(lower)) return 'ellipsis'
    if (!lower.endsWith('.')) return 'word'
    const stem = lower.slice(0, -1)
    const lastPart = stem.slice(stem.lastIndexOf('-') + 1)
    return this.#abbreviations.has(stem) || this.#abbreviations.has(lastPart) ? 'abbreviation' : 'end'
  }

  /** Whether a sentence ends at a token, now that the next one is known. */
  #isEnd(token: Token, next: Token): boolean {
    const end = token.kind === 'end'
    if (!token.text.endsWith('.')) return end
    const nextType = next.kind === 'end' ? next.stem : next.type
    if (this.#collocations.has(pair(token.stem, nextType))) return false
    const opens = this.#opensSentence(next.text, nextType)
    const initial = INITIAL.test(token.text)
    if (!initial && (token.kind === 'abbreviation' || token.kind === 'ellipsis'))
      return opens === true || (isUpper(next.text[0]) && this.#starters.has(nextType))
    if (!initial && token.stem !== NUMBER) return end
    if (opens === false) return false
    return end && !(initial && this.#isName(next.text, nextType))
  }

  /** What the case of a word says of its place: it opens a sentence, it does not, or nothing. */
  #opensSentence(text: string, type: string): boolean | undefined {
    if (isSentenceEnd(text) || isInternalMark(text)) return false
    const seen = this.#seen.get(type) ?? 0
    if (isUpper(text[0]) && (seen & LOWER) !== 0 && (seen & Seen.midUpper) === 0) return true
    if (isLower(text[0]) && ((seen & UPPER) !== 0 || (seen & Seen.beginLower) === 0)) return false
    return undefined
  }

  /** Capitalised, and never seen otherwise. */
  #isName(text: string, type: string): boolean {
    return isUpper(text[0]) && ((this.#seen.get(type) ?? 0) & LOWER) === 0
  }
}

/** A key of two words; no word holds a line feed. */
const pair = (first: string, second: string): string => `${first}\n${second}`

const runSpan = (run: RegExpExecArray): Span => ({ start: run.index, end: run.index + run[0].length })

/** Length up to the last character of a run at which a sentence may end, 0 if there is none. */
function candidateLength(run: string, hasNext: boolean): number {
  for (let i = run.length - 1; i >= 0; i--) {
    if (!isSentenceEnd(run[i])) continue
    const after = run[i + 1]
    if (after === undefined ? hasNext : NON_WORD.includes(after)) return i + 1
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
