// A small text in which every passage says what its vector says: quickly learnt.

import { Random } from '../../lib/core/random.ts'

const WHO = ['the captain', 'a gull', 'my aunt', 'the old diver', 'Nils']
const DOES = ['paints', 'loses', 'hides']
const WHAT = ['the bell', 'two lanterns', 'a barrel of tar']
const WHERE = ['in the fog', 'near the pier', 'again', '']

/** Passages of 5 to 11 words, the signs apart. */
export function smallText(count: number, seed = 1): string[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () =>
    [WHO, DOES, WHAT, WHERE]
      .map(words => random.pick(words))
      .concat('.')
      .filter(word => word !== '')
      .join(' '),
  )
}

/** A vector [dim] for each text, the same for the same words. */
export function smallContexts(texts: readonly string[], dim: number): Float32Array {
  const of = (text: string): Float32Array => {
    const sum = new Float32Array(dim)
    for (const word of text.split(' ')) {
      const seed = [...word].reduce((n, letter) => 31 * n + (letter.codePointAt(0) ?? 0), 7)
      for (const [i, value] of new Random(seed).floats(dim, 0.5).entries()) sum[i] = (sum[i] ?? 0) + value
    }
    return sum
  }
  return Float32Array.from(texts.flatMap(text => [...of(text)]))
}
