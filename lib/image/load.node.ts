// Pictures in Node: a path or bytes → what VGG-19 takes. The only part of this folder that opens files.

import { readFile, stat } from 'node:fs/promises'
import type { NdArray } from 'ndarray'
import { FileError } from '../core/errors.ts'
import { type DecodeOptions, decodePicture } from './decode.node.ts'
import { preprocess } from './preprocess.ts'

/** More than any picture within the limit of pixels needs. */
const LARGEST_FILE = 2 ** 30

/**
 * Reads a picture, by path or from its bytes, as float32 [1, 3, 224, 224], channels B, G, R minus their means.
 * @throws FileError where it cannot be opened, is no picture, is damaged or too large.
 */
export async function loadPicture(source: string | Uint8Array, options: DecodeOptions): Promise<NdArray<Float32Array>> {
  const [bytes, name] = typeof source === 'string' ? [await readPicture(source), source] : [source, 'the picture']
  return preprocess(await decodePicture(bytes, name, options))
}

async function readPicture(file: string): Promise<Uint8Array> {
  const cannotOpen = (cause: unknown): never => {
    throw new FileError('cannot be opened', { file, cure: 'check the path' }, { cause })
  }
  const facts = await stat(file).catch(cannotOpen)
  if (!facts.isFile())
    throw new FileError(`is ${facts.isDirectory() ? 'a folder' : 'no file'}`, {
      file,
      cure: 'give the path of one picture',
    })
  if (facts.size > LARGEST_FILE)
    throw new FileError(`has ${facts.size} bytes`, {
      file,
      cure: 'make the picture smaller: 256 × 256 pixels is enough',
    })
  return readFile(file).catch(cannotOpen)
}
