// How protocols 0 and 1 write values as text: escaped strings, numbers in decimal.

/** The value of each hexadecimal digit, -1 of anything else: nearly every byte of an array is written as \xhh. */
const HEX = Int8Array.from({ length: 256 }, (_, byte) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase()),
)
const SIMPLE: ReadonlyMap<number, number> = new Map(
  Object.entries({ n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11, "'": 39, '"': 34, '\\': 92 }).map(([c, b]) => [
    c.charCodeAt(0),
    b,
  ]),
)
const BACKSLASH = 92
const NEWLINE = 10
const LOWER_X = 120

/** Undoes the escapes of a Python 2 string, piece by piece; an escape that a piece cuts in two is kept for the next. */
export class StringUnescaper {
  #kept = new Uint8Array()

  /** The bytes of this piece. @throws RangeError where an escape is broken. */
  push(piece: Uint8Array, isLast: boolean): Uint8Array {
    const bytes = this.#kept.length === 0 ? piece : joined(this.#kept, piece)
    const out = new Uint8Array(bytes.length)
    let length = 0
    let at = 0
    while (at < bytes.length) {
      const byte = bytes[at] ?? 0
      if (byte !== BACKSLASH) {
        out[length++] = byte
        at++
        continue
      }
      // The longest escapes, \xhh and \ooo, have four bytes.
      if (!isLast && at + 4 > bytes.length) break
      if (bytes[at + 1] === LOWER_X) {
        out[length++] = hexadecimal(bytes[at + 2], bytes[at + 3])
        at += 4
        continue
      }
      const { value, size } = unescaped(bytes, at)
      for (const b of value) out[length++] = b
      at += size
    }
    this.#kept = bytes.slice(at)
    return out.subarray(0, length)
  }
}

function hexadecimal(high: number | undefined, low: number | undefined): number {
  const value = ((HEX[high ?? 0] ?? -1) << 4) | (HEX[low ?? 0] ?? -1)
  if (value < 0) throw new RangeError('a string has a broken \\x escape')
  return value
}

/** Every escape but \xhh. */
function unescaped(bytes: Uint8Array, at: number): { value: readonly number[]; size: number } {
  const next = bytes[at + 1]
  if (next === undefined) throw new RangeError('a string ends in a backslash')
  const simple = SIMPLE.get(next)
  if (simple !== undefined) return { value: [simple], size: 2 }
  if (next === NEWLINE) return { value: [], size: 2 }
  const octal = /^[0-7]{1,3}/.exec(ascii(bytes.subarray(at + 1, at + 4)))?.[0]
  if (octal !== undefined) return { value: [Number.parseInt(octal, 8) & 255], size: 1 + octal.length }
  return { value: [BACKSLASH, next], size: 2 }
}

const ascii = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}

/** The inside of a quoted Python string. @throws RangeError where the quotes do not match. */
export function unquoted(line: Uint8Array): Uint8Array {
  const text = line[line.length - 1] === 13 ? line.subarray(0, -1) : line
  const quote = text[0]
  if (text.length < 2 || (quote !== 39 && quote !== 34) || text[text.length - 1] !== quote)
    throw new RangeError('a string without matching quotes')
  return text.subarray(1, -1)
}

/** Python's raw-unicode-escape: \uXXXX and \UXXXXXXXX after an odd number of backslashes, all else one character a byte. */
export function rawUnicode(line: Uint8Array): string {
  const text = Array.from(line, byte => String.fromCharCode(byte)).join('')
  return text.replace(/(\\+)(u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g, (all, slashes: string, _, short, long) => {
    if (slashes.length % 2 === 0) return all
    const code = Number.parseInt(short ?? long, 16)
    if (code > 0x10ffff) throw new RangeError(`a character of code ${code}`)
    return slashes.slice(1) + String.fromCodePoint(code)
  })
}

const LONGEST_NUMBER = 4096

/** A decimal integer, with or without Python's L. @throws RangeError */
export function decimal(text: string): number | bigint {
  const digits = text.trim().replace(/L$/, '')
  if (digits.length > LONGEST_NUMBER || !/^[+-]?\d+$/.test(digits)) throw new RangeError('an integer that is none')
  return smallest(BigInt(digits))
}

/** A float as Python prints it. @throws RangeError */
export function float(text: string): number {
  const word = text.trim().toLowerCase()
  if (/^[+-]?inf(inity)?$/.test(word)) return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (/^[+-]?nan$/.test(word)) return Number.NaN
  if (word.length > LONGEST_NUMBER || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(word))
    throw new RangeError('a float that is none')
  return Number(word)
}

/** A little-endian two's complement integer of any length. */
export function long(bytes: Uint8Array): number | bigint {
  if (bytes.length > LONGEST_NUMBER) throw new RangeError(`an integer of ${bytes.length} bytes`)
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0)
  return smallest(BigInt.asIntN(8 * bytes.length, value))
}

/** A number where it fits one exactly. */
export const smallest = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
