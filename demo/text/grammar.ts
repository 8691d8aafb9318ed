// Grammars without recursion: written as lines of words, `<names>` of other rules and `(this/that)` choices; they say texts at random,
// count them and recognise them. Knows nothing of scenes.

import type { Random } from '../../lib/core/random.ts'

/** A word, a rule by its name, or a choice between sequences. */
type Part = string | { readonly rule: string } | { readonly choice: readonly Sequence[] }
type Sequence = readonly Part[]

/** Rules by name; each a list of alternatives. */
export type Rules = Readonly<Record<string, readonly Sequence[]>>

/** Alternatives, one a line. Words and marks are parted by blanks, as the Treebank has them. */
export function lines(text: string): Sequence[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .map(line => parseLine(line))
}

function parseLine(line: string): Sequence {
  const marks = line.match(/<\w+>|[()/]|[^\s()/<>]+/g) ?? []
  let at = 0
  const sequence = (): Part[] => {
    const parts: Part[] = []
    for (let mark = marks[at]; mark !== undefined && mark !== '/' && mark !== ')'; mark = marks[at]) {
      at++
      if (mark === '(') parts.push(choice())
      else parts.push(mark.startsWith('<') ? { rule: mark.slice(1, -1) } : mark)
    }
    return parts
  }
  const choice = (): Part => {
    const options: Sequence[] = [sequence()]
    while (marks[at++] === '/') options.push(sequence())
    return { choice: options }
  }
  const parts = sequence()
  if (at !== marks.length) throw new SyntaxError(`unbalanced choice in "${line}"`)
  return parts
}

const alternatives = (rules: Rules, part: Exclude<Part, string>): readonly Sequence[] => {
  if ('choice' in part) return part.choice
  const found = rules[part.rule]
  if (found === undefined) throw new ReferenceError(`the grammar has no rule <${part.rule}>`)
  return found
}

/** A text of the rule `start`, every choice equally likely. */
export function say(rules: Rules, start: string, random: Random): string {
  const expand = (part: Part): string[] =>
    typeof part === 'string' ? [part] : random.pick(alternatives(rules, part)).flatMap(expand)
  return expand({ rule: start }).join(' ')
}

/** In how many ways a rule can be said. */
export function count(rules: Rules, start: string): number {
  const ways = (part: Part): number =>
    typeof part === 'string'
      ? 1
      : alternatives(rules, part).reduce((sum, sequence) => sum + sequence.reduce((n, p) => n * ways(p), 1), 0)
  return ways({ rule: start })
}

/** Whether words are a text of the rule `start`, wholly. */
export function recognises(rules: Rules, start: string, words: readonly string[]): boolean {
  const known = new Map<string, ReadonlySet<number>>()
  const ends = (part: Part, from: number): ReadonlySet<number> => {
    if (typeof part === 'string') return new Set(words[from] === part ? [from + 1] : [])
    const key = 'rule' in part ? `${part.rule} ${from}` : undefined
    const before = key === undefined ? undefined : known.get(key)
    if (before !== undefined) return before
    const found = new Set<number>()
    for (const sequence of alternatives(rules, part)) {
      let reached: ReadonlySet<number> = new Set([from])
      for (const next of sequence) reached = new Set([...reached].flatMap(at => [...ends(next, at)]))
      for (const end of reached) found.add(end)
    }
    if (key !== undefined) known.set(key, found)
    return found
  }
  return ends({ rule: start }, 0).has(words.length)
}

/** All words that a rule can say. */
export function vocabulary(rules: Rules, start: string): Set<string> {
  const found = new Set<string>()
  const seen = new Set<string>()
  const visit = (part: Part): void => {
    if (typeof part === 'string') return void found.add(part)
    if ('rule' in part && seen.has(part.rule)) return
    if ('rule' in part) seen.add(part.rule)
    for (const sequence of alternatives(rules, part)) for (const next of sequence) visit(next)
  }
  visit({ rule: start })
  return found
}
