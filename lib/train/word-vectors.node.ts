// Outside word vectors, as people have them: a text with "word 0.1 0.2 …" on each line (GloVe; word2vec with its line of two counts
// first), a .npy matrix with its words in a .txt of the same name, or a pickled dict of arrays. Read one vector at a time.

import { existsSync } from 'node:fs'
import { isNpy, readNpyArray } from '../../weights-converter/formats/npy.ts'
import { readPickle, toSourceArray } from '../../weights-converter/formats/pickle/index.ts'
import { isPickle, isPickleText } from '../../weights-converter/formats/pickle/recognition.ts'
import { PyArray, PyDict, textEntries } from '../../weights-converter/formats/pickle/values.ts'
import { floats } from '../../weights-converter/formats/source-array.ts'
import type { ByteSource } from '../core/bytes.ts'
import { FileError, InputError } from '../core/errors.ts'
import { openFile } from '../io/bytes.node.ts'
import { chunks } from '../io/text-lines.ts'
import type { WordVector } from './expansion.ts'

const CURE =
  'give lines of "word 0.1 0.2 …", a .npy with its words in a .txt of the same name, or a pickled dict of arrays'
const HEAD = 65536

/** All word vectors of a file, of one width. @throws FileError for anything else, InputError where a number is not finite. */
export async function* readWordVectors(file: string): AsyncGenerator<WordVector> {
  const source = await openFile(file)
  try {
    const head = await source.read(0, Math.min(HEAD, source.size))
    const read = isNpy(head) ? fromNpy : isPickled(head) ? fromPickle : fromText
    let width: number | undefined
    for await (const { word, vector } of read(source)) {
      width ??= vector.length
      check(word, vector, width, file)
      yield { word, vector }
    }
  } finally {
    await source.close()
  }
}

/** A text of words may begin with any letter, one that begins pickles too. */
const isPickled = (head: Uint8Array): boolean =>
  head.some(byte => byte < 9) || head[0] === 0x80 ? isPickle(head) : isPickleText(head)

function check(word: string, vector: ArrayLike<number>, width: number, file: string): void {
  if (width === 0) throw new FileError(`"${word}" has no numbers`, { file, cure: CURE })
  if (vector.length !== width)
    throw new FileError(`"${word}" has ${vector.length} numbers, the words before have ${width}`, { file, cure: CURE })
  for (let i = 0; i < width; i++)
    if (!Number.isFinite(vector[i])) throw new FileError(`"${word}" has a number that is none`, { file, cure: CURE })
}

/** Words may hold spaces: the numbers are the last ones of a line. */
async function* fromText(source: ByteSource): AsyncGenerator<WordVector> {
  let width: number | undefined
  let first = true
  for await (const line of textLines(source)) {
    const parts = line.trimEnd().split(' ')
    const isHeader = first && parts.length === 2 && parts.every(part => /^\d+$/.test(part))
    first = false
    if (isHeader) width = Number(parts[1])
    if (isHeader || line === '') continue
    width ??= parts.length - 1
    const wordParts = Math.max(1, parts.length - width)
    const numbers = parts.slice(wordParts)
    yield {
      word: parts.slice(0, wordParts).join(' '),
      vector: Float32Array.from(numbers, part => (part === '' ? Number.NaN : Number(part))),
    }
  }
}

async function* textLines(source: ByteSource): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of chunks(source)) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  yield rest + decoder.decode()
}

async function* fromNpy(source: ByteSource): AsyncGenerator<WordVector> {
  const words = source.name.replace(/(\.npy)?$/, '.txt')
  if (!existsSync(words)) throw new FileError(`its words (${words}) are missing`, { file: source.name, cure: CURE })
  const array = await readNpyArray(source)
  const [rows = 0, width = 0] = array.shape
  const list = await openFile(words)
  try {
    const names = (await whole(list)).split('\n')
    if (names.at(-1) === '') names.pop()
    if (array.shape.length !== 2 || names.length !== rows)
      throw new InputError(`${source.name} is [${array.shape.join(', ')}], but ${words} has ${names.length} words`)
    let row = 0
    let rest = new Float32Array()
    for await (const part of floats(array)) {
      const all = joined(rest, part)
      const complete = Math.floor(all.length / width)
      for (let i = 0; i < complete; i++)
        yield { word: names[row++] ?? '', vector: all.subarray(i * width, (i + 1) * width) }
      rest = all.slice(complete * width)
    }
  } finally {
    await list.close()
  }
}

const whole = async (source: ByteSource): Promise<string> => new TextDecoder().decode(await source.read(0, source.size))

function joined(a: Float32Array<ArrayBufferLike>, b: Float32Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}

async function* fromPickle(source: ByteSource): AsyncGenerator<WordVector> {
  const { value, close } = await readPickle(source)
  try {
    if (!(value instanceof PyDict))
      throw new FileError('is not a pickled dict of arrays', { file: source.name, cure: CURE })
    for (const [word, array] of textEntries(value)) {
      if (!(array instanceof PyArray))
        throw new FileError(`"${word}" stands for no array`, { file: source.name, cure: CURE })
      const parts: number[] = []
      for await (const part of floats(toSourceArray(array, word, source))) parts.push(...part)
      yield { word, vector: parts }
    }
  } finally {
    await close()
  }
}

/** Puts outside vectors into the rows of `Wemb` [nWords, width] whose words have one; gives how many. @throws InputError */
export async function fillWordRows(
  file: string,
  { ids, nWords, rows }: { ids: ReadonlyMap<string, number>; nWords: number; rows: Float32Array },
): Promise<number> {
  const width = rows.length / nWords
  let filled = 0
  for await (const { word, vector } of readWordVectors(file)) {
    if (vector.length !== width)
      throw new InputError(
        `${file} has vectors of ${vector.length} numbers, dim_word is ${width}; leave --dim-word out`,
      )
    const id = ids.get(word)
    if (id === undefined || id < 2 || id >= nWords) continue
    rows.set(Array.from(vector), id * width)
    filled++
  }
  return filled
}
