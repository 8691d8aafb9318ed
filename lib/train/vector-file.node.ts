// Vectors that take long to compute, kept in a .npy file: [rows, dim], f32. They are written as they come, and an interrupted run goes
// on where it stopped; rows are read when a batch needs them.

import { mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FileError } from '../core/errors.ts'
import { openFile } from '../io/bytes.node.ts'
import { npyHeader, parseNpyHeader } from '../io/npy.ts'
import { WordRows } from '../io/word-rows.ts'
import type { VectorTable } from './examples.ts'

export interface OpenVectors extends VectorTable {
  readonly rows: number
  close(): Promise<void>
}

/** Rows that are computed and written together. */
const TOGETHER = 256

/**
 * Fills `file` with [rows, dim], unless it is there: `compute` gives rows `from` to `to` − 1. Until it is whole it has another name.
 */
export async function cacheVectors(
  file: string,
  [rows, dim]: readonly [number, number],
  compute: (from: number, to: number) => Promise<Float32Array>,
): Promise<void> {
  if ((await stat(file).catch(() => undefined)) !== undefined) return
  const part = `${file}.part`
  const header = npyHeader('f32', [rows, dim])
  await mkdir(dirname(file), { recursive: true })
  const handle = await open(part, 'a+')
  try {
    const { size } = await handle.stat()
    const done = Math.max(0, Math.floor((size - header.length) / (4 * dim)))
    // Half a row at the end is computed again.
    await handle.truncate(size < header.length ? 0 : header.length + 4 * dim * done)
    if (size < header.length) await handle.appendFile(header)
    for (let from = done; from < rows; from += TOGETHER)
      await handle.appendFile(bytesOf(await compute(from, Math.min(rows, from + TOGETHER))))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(part, file)
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** A file of vectors as this project and numpy write them: f32, C order. @throws FileError for anything else. */
export async function openVectors(file: string): Promise<OpenVectors> {
  const source = await openFile(file)
  try {
    const { descr, fortranOrder, shape, dataOffset } = parseNpyHeader(
      await source.read(0, Math.min(source.size, 65536)),
      file,
    )
    const [rows = 0, dim = 0] = shape
    if (descr !== '<f4' || fortranOrder || shape.length !== 2 || source.size !== dataOffset + 4 * rows * dim)
      throw new FileError(`is ${descr} (${shape.join(', ')}), where rows of f32 are needed`, {
        file,
        cure: 'save it again with numpy.save, as a C-ordered float32 array [rows, numbers]',
      })
    const table = new WordRows({
      ...{ name: file, shape: [rows, dim] },
      readRange: async (start, count) =>
        new Float32Array((await source.read(dataOffset + 4 * start, 4 * count)).slice().buffer),
    })
    return { rows, dim, read: wanted => table.read(wanted), close: () => source.close() }
  } catch (error) {
    await source.close()
    throw error
  }
}
