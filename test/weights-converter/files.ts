// What the converter's tests share: files in memory and in temporary folders, arrays read whole, refusals looked at closely.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import type { ByteSource } from '../../lib/core/bytes.ts'
import { FileError } from '../../lib/core/errors.ts'
import { bytesSource } from '../../weights-converter/formats/byte-sources.ts'
import { floats, type SourceArray } from '../../weights-converter/formats/source-array.ts'
import { TINY } from './originals.ts'

/** A file of the golden data. */
export const golden = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, TINY)))
export const goldenJson = (path: string) => JSON.parse(readFileSync(new URL(path, TINY), 'utf8'))
export const goldenNames = (folder: string): string[] => readdirSync(new URL(folder, TINY)).sort()
export const goldenSource = (path: string): ByteSource => memory(golden(path), path)
export const WEIGHTS = fileURLToPath(new URL('weights', TINY))

export const memory = (bytes: Uint8Array, name = 'file'): ByteSource => bytesSource(name, bytes)

/** Bytes written as a string of one character each. */
export const raw = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0))
export const joined = (...parts: (Uint8Array | string)[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map(part => (typeof part === 'string' ? raw(part) : part))))

/** A whole array as f32, C order. */
export async function wholeArray(array: SourceArray): Promise<Float32Array> {
  const parts: Float32Array[] = []
  for await (const part of floats(array)) parts.push(part)
  return joinedFloats(parts)
}

export function joinedFloats(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Equal to the bit: -0 and NaN too. */
export function sameFloats(actual: Float32Array, expected: ArrayLike<number>, label = ''): void {
  const bits = (values: Float32Array) => new Uint32Array(Float32Array.from(values).buffer)
  assert.is(actual.length, expected.length, `${label}: length`)
  const [is, should] = [bits(actual), bits(Float32Array.from(expected))]
  const at = is.findIndex((word, i) => word !== should[i])
  if (at >= 0) assert.unreachable(`${label}: element ${at} is ${actual[at]}, ${expected[at]} was expected`)
}

/** The promise must fail as a FileError that names its file and a cure, and say what the patterns ask for. */
export async function refused(promise: Promise<unknown>, ...patterns: RegExp[]): Promise<FileError> {
  const error = await promise.then(
    value => new Error(`nothing was refused, the result is ${String(value)}`),
    reason => reason,
  )
  if (!(error instanceof FileError)) throw error
  assert.ok(error.file.length > 0 && error.cure.length > 10, error.message)
  for (const pattern of patterns) assert.match(error.message, pattern)
  return error
}

const folders: string[] = []
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A folder that goes when the tests end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'converter-test-'))
  folders.push(folder)
  return folder
}

/** The tiny model's original files in a folder of their own, with some replaced, added, or (undefined) taken away. */
export async function originalsWith(changes: Readonly<Record<string, Uint8Array | undefined>> = {}): Promise<string> {
  const folder = join(temporaryFolder(), 'originals')
  await cp(WEIGHTS, folder, { recursive: true })
  for (const [name, bytes] of Object.entries(changes)) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    if (bytes === undefined) await rm(path)
    else await writeFile(path, bytes)
  }
  return folder
}
