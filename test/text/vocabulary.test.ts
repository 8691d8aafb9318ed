// Ids and rows of words: the reference's, and the edges of both tables.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../lib/core/errors.ts'
import { captionIds, skipThoughtRow } from '../../lib/text/vocabulary.ts'

const TINY = new URL('../golden/tiny/', import.meta.url)
const json = (path: string) => JSON.parse(readFileSync(new URL(path, TINY), 'utf8'))

/** Words and ids of a pickle of protocol 0, whose texts hold bytes as \x escapes. */
function pickledWordIds(path: string): Map<string, number> {
  const pickle = readFileSync(new URL(path, TINY), 'latin1')
  const bytes = (text: string) => text.replace(/\\x(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  const pairs = pickle.matchAll(/S(['"])(.*)\1\n(?:p\d+\n)?a?I(\d+)\n/g)
  return new Map(
    [...pairs].map(([, , text = '', id]) => [Buffer.from(bytes(text), 'latin1').toString('utf8'), Number(id)]),
  )
}

test('captions of the reference have its ids', () => {
  const words = pickledWordIds('weights/coco_embedding.npz.dictionary.pkl')
  const options = readFileSync(new URL('weights/coco_embedding.npz.pkl', TINY), 'latin1')
  const nWords = Number(/S'n_words'\n(?:p\d+\n)?I(\d+)/.exec(options)?.[1])
  assert.is(words.size, 96)
  assert.is(nWords, 93)
  const captions: { text: string; ids: number[] }[] = json('expected/vse_sentences.json')
  assert.is(captions.length, 30)
  for (const { text, ids } of captions) assert.equal(captionIds(text, words, nWords), ids, text)
})

test('a caption is split at ASCII white space alone, its case kept, the end token added', () => {
  const words = new Map([
    ['a', 2],
    ['dog', 3],
    ['Dog', 4],
    ['two\u00a0dogs', 5],
    ['cat', 6],
  ])
  assert.equal(captionIds('', words, 7), [0])
  assert.equal(captionIds(' \t\n\v\f\r ', words, 7), [0])
  assert.equal(captionIds('\ta  dog\n', words, 7), [2, 3, 0])
  assert.equal(captionIds('Dog DOG dog.', words, 7), [4, 1, 1, 0])
  assert.equal(captionIds('two\u00a0dogs\u2003cat', words, 7), [1, 0])
  assert.equal(captionIds('two\u00a0dogs', words, 7), [5, 0])
  assert.equal(captionIds('dog cat', words, 6), [3, 1, 0])
  assert.equal(captionIds('constructor __proto__', words, 7), [1, 1, 0])
})

test('words of the reference have rows where it says so, and the row of UNK elsewhere', () => {
  const { tokens, in_table }: { tokens: string[][]; in_table: number[][] } = json('expected/skip_sentences.json')
  const lines = readFileSync(new URL('weights/dictionary.txt', TINY), 'utf8').split('\n')
  const words = new Map(lines.slice(0, -1).map((word, row) => [word.trim(), row]))
  const unknown = words.get('UNK')
  tokens.flat().forEach((word, i) => {
    const row = skipThoughtRow(word, words, true)
    assert.is(row, in_table.flat()[i] === 1 ? words.get(word) : unknown, word)
  })
})

test('a word outside ASCII has its row, unless read as the original did', () => {
  const words = new Map([
    ['UNK', 0],
    ['café', 1],
    ['cafe', 2],
  ])
  assert.is(skipThoughtRow('café', words, false), 1)
  assert.is(skipThoughtRow('café', words, true), 0)
  assert.is(skipThoughtRow('cafe', words, true), 2)
  assert.is(skipThoughtRow('naïve', words, false), 0)
  assert.is(skipThoughtRow('toString', words, false), 0)
})

test('an unknown word in tables without UNK is refused by name', () => {
  const words = new Map([['dog', 0]])
  assert.is(skipThoughtRow('dog', words, true), 0)
  assert.throws(
    () => skipThoughtRow('cat', words, true),
    (error: unknown) => error instanceof InputError && /neither "cat" nor "UNK"/.test(error.message),
  )
})

test.run()
