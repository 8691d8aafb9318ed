// Files that are whole but of another kind: what people have in their folders under the names of weights. Each is told from its
// first bytes (archives by the names in them), with what to do about it.

import type { ByteSource } from '../lib/core/bytes.ts'
import { FileError } from '../lib/core/errors.ts'

interface Kind {
  readonly what: string
  readonly cure: string
}

const FETCH = 'fetch the file itself, from where it was published'
const UNPACK = 'unpack it, and give what is in it'
const OTHER_PROGRAM =
  'weights come as .npy, .npz, pickle or .caffemodel here: take the original’s files, or convert these with the program that made them'
const NO_WEIGHTS = 'give a file of weights or words'

/** First bytes, one character each; a dot stands for any byte. */
const STARTS: readonly (readonly [start: string, what: string, cure: string])[] = [
  ['\x1f\x8b', 'a gzip archive', UNPACK],
  ['\x1f\x9d', 'a compress (.Z) archive', UNPACK],
  ['BZh', 'a bzip2 archive', UNPACK],
  ['\xfd7zXZ\0', 'an xz archive', UNPACK],
  ['\x28\xb5\x2f\xfd', 'a Zstandard archive', UNPACK],
  ['\x04\x22\x4d\x18', 'an LZ4 archive', UNPACK],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive', UNPACK],
  ['Rar!\x1a\x07', 'a RAR archive', UNPACK],
  ['\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19', 'a PyTorch file', OTHER_PROGRAM],
  ['GGUF', 'a GGUF model', OTHER_PROGRAM],
  ['....TFL3', 'a TensorFlow Lite model', OTHER_PROGRAM],
  ['\x08.\x12', 'an ONNX model', OTHER_PROGRAM],
  ['MATLAB 5.0 MAT-file', 'a MATLAB file', OTHER_PROGRAM],
  ['MATLAB 7.3 MAT-file', 'a MATLAB file', OTHER_PROGRAM],
  ['PAR1', 'a Parquet file', NO_WEIGHTS],
  ['SQLite format 3\0', 'an SQLite database', NO_WEIGHTS],
  ['%PDF-', 'a PDF document', NO_WEIGHTS],
  ['\x7fELF', 'a program', NO_WEIGHTS],
  ['\xff\xfe\0\0', 'a text in UTF-32', 'save it as UTF-8'],
  ['\0\0\xfe\xff', 'a text in UTF-32', 'save it as UTF-8'],
  ['\xff\xfe', 'a text in UTF-16', 'save it as UTF-8'],
  ['\xfe\xff', 'a text in UTF-16', 'save it as UTF-8'],
]

/** What texts begin with, after white space, in lower case. */
const TEXTS: readonly (readonly [start: RegExp, what: string, cure: string])[] = [
  [/^<!doctype html|^<html/, 'a web page', `a server sent it in place of the file: ${FETCH}`],
  [/^<\?xml/, 'an XML document', `a server sent it in place of the file: ${FETCH}`],
  [
    /^version https:\/\/git-lfs/,
    'a Git LFS pointer',
    'the file itself is elsewhere: get it with "git lfs pull", or fetch it',
  ],
  [
    /^(\.\.\/)*\.?\/?(\.git\/)?annex\/objects\//,
    'a git-annex pointer',
    'the file itself is elsewhere: get it with "git annex get", or fetch it',
  ],
]

const TAR = { at: 257, text: 'ustar' }

function foreignKind(head: Uint8Array, size: number): Kind | undefined {
  const has = (text: string, at = 0) => [...text].every((c, i) => c === '.' || head[at + i] === c.charCodeAt(0))
  const found = STARTS.find(([start]) => head.length >= start.length && has(start))
  if (found !== undefined) return { what: found[1], cure: found[2] }
  const text = new TextDecoder('latin1')
    .decode(head.subarray(0, 256))
    .replace('\xef\xbb\xbf', '')
    .trimStart()
    .toLowerCase()
  const told = TEXTS.find(([start]) => start.test(text))
  if (told !== undefined) return { what: told[1], cure: told[2] }
  if (has(TAR.text, TAR.at)) return { what: 'a tar archive', cure: UNPACK }
  if (isSafetensors(head, size)) return { what: 'a safetensors file', cure: OTHER_PROGRAM }
  if (head.length >= 64 && head.every(byte => byte === 0))
    return { what: 'nothing but zeros', cure: `a download that was not finished looks like this: ${FETCH}` }
  return undefined
}

/** The length of a JSON text, in eight bytes, and that text. */
function isSafetensors(head: Uint8Array, size: number): boolean {
  if (head.length < 10 || head[8] !== 0x7b || head[9] !== 0x22) return false
  return new DataView(head.buffer, head.byteOffset).getBigUint64(0, true) <= BigInt(size - 8)
}

/** @throws FileError where the file is known to be of a kind that is not read here. */
export function refuseForeign({ name, size }: ByteSource, head: Uint8Array): void {
  const kind = foreignKind(head, size)
  if (kind !== undefined) throw refusal(name, kind)
}

/** @throws FileError for zip archives that hold other things than arrays. */
export function refuseForeignArchive({ name }: ByteSource, members: readonly string[]): void {
  const has = (form: RegExp) => members.some(member => form.test(member))
  if (has(/(^|\/)data\.pkl$/) && has(/(^|\/)(version|data\/\d+)$/))
    throw refusal(name, { what: 'a PyTorch file', cure: OTHER_PROGRAM })
  if (has(/^model\.weights\.h5$/)) throw refusal(name, { what: 'a Keras model (.keras)', cure: OTHER_PROGRAM })
  const others = members.filter(member => /\.(npz|pkl|pickle|txt|caffemodel|h5)$/.test(member))
  if (has(/\.npy$/) && others.length === 0) return
  if (has(/\.[a-z0-9]{1,10}$/i) && (others.length > 0 || !has(/\.npy$/)))
    throw refusal(name, {
      what: `a zip archive of other files (${(others.length > 0 ? others : members).slice(0, 5).join(', ')})`,
      cure: 'give the folder that it lies in: an archive of originals is read as it is; for one file of it, unpack it',
    })
}

const refusal = (file: string, { what, cure }: Kind): FileError =>
  new FileError(`is ${what}`, { file, offset: 0, cure })
