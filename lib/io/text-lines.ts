// Lines of UTF-8 files of any length, and the small JSON files of a bundle. A line ends at "\n" alone, so that words and
// captions may hold any other character. Knows nothing of what the lines mean.

import type { ByteSource } from '../core/bytes.ts'
import { FileError } from '../core/errors.ts'

const CHUNK = 2 ** 20
/** Longer than any passage of a book. */
const LONGEST_LINE = 2 ** 24
const CURE = 'convert the original files again, or fetch the bundle anew'

/** The whole file, in pieces of up to `most` bytes. */
export async function* chunks(source: ByteSource, most = CHUNK): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < source.size; offset += most)
    yield await source.read(offset, Math.min(most, source.size - offset))
}

/** Calls `take` for every line in order and gives their number. A last line needs no "\n". @throws FileError for bytes that are no UTF-8. */
export async function eachLine(source: ByteSource, take: (line: string, index: number) => void): Promise<number> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let count = 0
  let rest = ''
  for await (const bytes of chunks(source)) {
    const lines = (rest + decode(decoder, bytes, source)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line, count++)
    if (rest.length > LONGEST_LINE)
      throw new FileError(`line ${count + 1} has more than ${LONGEST_LINE} characters`, {
        file: source.name,
        cure: CURE,
      })
  }
  rest += decode(decoder, undefined, source)
  if (rest !== '') take(rest, count++)
  return count
}

/** A JSON file of up to `limit` bytes, unchecked. @throws FileError where it is longer or no JSON. */
export async function readJson(source: ByteSource, limit = 64 * 2 ** 20): Promise<unknown> {
  return parse(await readText(source, limit), source)
}

/** A text file of up to `limit` bytes. @throws FileError where it is longer or no UTF-8. */
export async function readText(source: ByteSource, limit: number): Promise<string> {
  if (source.size > limit)
    throw new FileError(`${source.size} bytes are too many for such a file`, { file: source.name, cure: CURE })
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return decode(decoder, await source.read(0, source.size), source) + decode(decoder, undefined, source)
}

function decode(decoder: TextDecoder, bytes: Uint8Array | undefined, source: ByteSource): string {
  try {
    return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
  } catch (error) {
    throw new FileError('not UTF-8 text', { file: source.name, cure: CURE }, { cause: error })
  }
}

function parse(text: string, source: ByteSource): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new FileError('not JSON', { file: source.name, cure: CURE }, { cause: error })
  }
}
