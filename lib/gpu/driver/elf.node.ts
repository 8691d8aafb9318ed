// What a shared library says of itself: its own name (SONAME) and the libraries that it needs (NEEDED), from the dynamic section of a
// 64-bit little-endian ELF file (System V ABI, chapters 4 and 5). Reads a few kilobytes of it; runs nothing.

import { closeSync, openSync, readSync } from 'node:fs'
import { FileError } from '../../core/errors.ts'

export interface LibraryNames {
  readonly soname: string | undefined
  readonly needed: readonly string[]
}

const [PT_LOAD, PT_DYNAMIC] = [1, 2]
const [DT_NULL, DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_SONAME] = [0, 1, 5, 10, 14]
const [HEADER_BYTES, SEGMENT_BYTES, ENTRY_BYTES] = [64, 56, 16]
/** More than any library has, so that a damaged file asks for no more. */
const LARGEST = 2 ** 24

interface Segment {
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly size: number
}

/** @throws FileError where the file is no such library. */
export function libraryNames(file: string): LibraryNames {
  const handle = openSync(file, 'r')
  try {
    return readNames((offset, length) => readPart(handle, file, offset, length), file)
  } finally {
    closeSync(handle)
  }
}

const damaged = (file: string): FileError =>
  new FileError('is no shared library for 64-bit Linux', { file, cure: 'get it again' })

function readPart(handle: number, file: string, offset: number, length: number): DataView {
  const bytes = new Uint8Array(length > LARGEST ? 0 : length)
  if (length > LARGEST || readSync(handle, bytes, 0, length, offset) !== length) throw damaged(file)
  return new DataView(bytes.buffer)
}

const word = (view: DataView, at: number): number => Number(view.getBigUint64(at, true))

function readNames(part: (offset: number, length: number) => DataView, file: string): LibraryNames {
  const header = part(0, HEADER_BYTES)
  // 0x7f E L F, 64 bits, little-endian.
  if (header.getUint32(0) !== 0x7f454c46 || header.getUint16(4) !== 0x0201) throw damaged(file)
  const table = part(word(header, 32), SEGMENT_BYTES * header.getUint16(56, true))
  const segments = Array.from({ length: header.getUint16(56, true) }, (_, i) => segment(table, i * SEGMENT_BYTES))
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC)
  if (dynamic === undefined) throw damaged(file)
  const entries = dynamicEntries(part(dynamic.offset, dynamic.size))
  const one = (tag: number): number => entries.find(entry => entry.tag === tag)?.value ?? 0
  const address = one(DT_STRTAB)
  const home = segments.find(s => s.type === PT_LOAD && address >= s.address && address < s.address + s.size)
  if (home === undefined) throw damaged(file)
  const strings = new Uint8Array(part(home.offset + address - home.address, one(DT_STRSZ)).buffer)
  const names = (tag: number) => entries.filter(entry => entry.tag === tag).map(({ value }) => textAt(strings, value))
  return { soname: names(DT_SONAME)[0], needed: names(DT_NEEDED) }
}

const segment = (view: DataView, at: number): Segment => ({
  type: view.getUint32(at, true),
  offset: word(view, at + 8),
  address: word(view, at + 16),
  size: word(view, at + 32),
})

function dynamicEntries(view: DataView): { tag: number; value: number }[] {
  const entries: { tag: number; value: number }[] = []
  for (let at = 0; at + ENTRY_BYTES <= view.byteLength; at += ENTRY_BYTES) {
    const tag = word(view, at)
    if (tag === DT_NULL) break
    entries.push({ tag, value: word(view, at + 8) })
  }
  return entries
}

function textAt(strings: Uint8Array, start: number): string {
  const end = strings.indexOf(0, start)
  return new TextDecoder().decode(strings.subarray(start, end === -1 ? strings.length : end))
}
