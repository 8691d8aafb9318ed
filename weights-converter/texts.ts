// The two text files: dictionary.txt (the words of the skip-thought tables, row by row) and the captions. Both come as UTF-8
// lines that end in "\n".

import type { ByteSource } from '../lib/core/bytes.ts'
import { FileError } from '../lib/core/errors.ts'
import { decodeText } from './formats/pickle/values.ts'

const CHUNK = 2 ** 20
const LONGEST_LINE = 2 ** 20
const NEWLINE = 10

/** White space of Python 2's unicode strings, which `strip` takes off a word. */
const UNICODE_SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u180e\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+'
const AROUND_WORD = new RegExp(`^${UNICODE_SPACE}|${UNICODE_SPACE}$`, 'g')
/** And of its byte strings, which captions are. */
const AROUND_CAPTION = /^[\t-\r ]+|[\t-\r ]+$/g

/** The first `rows` words of dictionary.txt, stripped; it may have more lines than the tables have rows. @throws FileError */
export async function readWords(source: ByteSource, rows: number): Promise<string[]> {
  const words: string[] = []
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for await (const line of lines(source)) {
    if (words.length === rows) break
    words.push(decode(utf8, line, source, words.length).replace(AROUND_WORD, ''))
  }
  return words
}

function decode(utf8: TextDecoder, line: Uint8Array, source: ByteSource, index: number): string {
  try {
    return utf8.decode(line)
  } catch (error) {
    const cure = 'fetch the dictionary again, or save it as UTF-8'
    throw new FileError(`line ${index + 1} is not UTF-8`, { file: source.name, cure }, { cause: error })
  }
}

/** Captions, stripped; bytes that are no UTF-8 are read one character a byte. */
export async function* readCaptions(source: ByteSource): AsyncGenerator<string> {
  for await (const line of lines(source)) yield decodeText(line).replace(AROUND_CAPTION, '')
}

/** Lines without their "\n"; a last line needs none. */
async function* lines(source: ByteSource): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array()
  for (let at = 0; at < source.size; at += CHUNK) {
    const chunk = await source.read(at, Math.min(CHUNK, source.size - at))
    const bytes = rest.length === 0 ? chunk : joined(rest, chunk)
    let from = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      yield bytes.subarray(from, end)
      from = end + 1
    }
    rest = bytes.slice(from)
    if (rest.length > LONGEST_LINE)
      throw new FileError(`a line of more than ${LONGEST_LINE} bytes`, {
        file: source.name,
        offset: at + CHUNK - rest.length,
        cure: 'give a text file with one word or caption a line',
      })
  }
  if (rest.length > 0) yield rest
}

/** Lines as the bytes of a file. */
export async function* textBytes(all: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  let text = ''
  for await (const line of all) {
    // A caption may hold what ends a line elsewhere; "\n" alone ends one here, and no line holds it.
    text += `${line}\n`
    if (text.length < CHUNK) continue
    yield encoder.encode(text)
    text = ''
  }
  if (text !== '') yield encoder.encode(text)
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
