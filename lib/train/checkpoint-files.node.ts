// The files of checkpoints: arrays and options as the original programs keep them, read into memory; and writing that lasts.

import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import ndarray, { type NdArray } from 'ndarray'
import { openNpz } from '../../weights-converter/formats/npz.ts'
import { readPickle } from '../../weights-converter/formats/pickle/index.ts'
import { PyDict, type PyValue, textEntries } from '../../weights-converter/formats/pickle/values.ts'
import { floats } from '../../weights-converter/formats/source-array.ts'
import type { ByteSource } from '../core/bytes.ts'
import { FileError } from '../core/errors.ts'
import { openFile } from '../io/bytes.node.ts'
import { elementsOf } from '../io/manifest.ts'
import { chunks } from '../io/text-lines.ts'

/** The arrays of an .npz file by name, as f32 in C order. @throws FileError where it is damaged. */
export async function readArrays(source: ByteSource): Promise<Record<string, NdArray<Float32Array>>> {
  const file = await openNpz(source)
  try {
    const arrays: Record<string, NdArray<Float32Array>> = {}
    for (const name of file.names) {
      const array = await file.array(name)
      const data = new Float32Array(elementsOf(array.shape))
      let at = 0
      for await (const part of floats(array)) {
        data.set(part, at)
        at += part.length
      }
      arrays[name] = ndarray(data, [...array.shape])
    }
    return arrays
  } finally {
    await file.close()
  }
}

/** A pickled dict. @throws FileError for anything else. */
export async function readPickledDict(path: string): Promise<ReadonlyMap<string, PyValue>> {
  const source = await openFile(path)
  try {
    const { value, close } = await readPickle(source)
    try {
      if (value instanceof PyDict) return textEntries(value)
      throw new FileError('is not a pickled dict', {
        file: path,
        cure: 'give the file that was saved with the weights',
      })
    } finally {
      await close()
    }
  } finally {
    await source.close()
  }
}

/** The SHA-256 of a file's bytes, in hexadecimal; undefined where there is no file. */
export async function sha256Of(path: string): Promise<string | undefined> {
  const source = await openFile(path).catch(() => undefined)
  if (source === undefined) return undefined
  try {
    const hash = createHash('sha256')
    for await (const bytes of chunks(source, 2 ** 24)) hash.update(bytes)
    return hash.digest('hex')
  } finally {
    await source.close()
  }
}

/** Writes a file from the parts that `produce` gives and waits until it is on the disk; resolves to its SHA-256. */
export async function writeSynced(
  path: string,
  produce: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<string> {
  const handle = await open(path, 'w')
  try {
    const hash = createHash('sha256')
    await produce(async bytes => {
      hash.update(bytes)
      for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten
    })
    await handle.sync()
    return hash.digest('hex')
  } finally {
    await handle.close()
  }
}

/** Makes renames in a file's folder last, where the system can. */
export async function syncFolder(file: string): Promise<void> {
  const handle = await open(dirname(file), 'r').catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
