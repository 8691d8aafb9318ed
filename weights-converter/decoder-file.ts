// One original decoder by itself: NAME.npz with NAME.npz.pkl and its dictionary beside it, read into memory.

import { basename, dirname, resolve } from 'node:path'
import { FileError } from '../lib/core/errors.ts'
import { elementsOf } from '../lib/io/manifest.ts'
import { wordsById } from '../lib/io/vocabularies.ts'
import type { Net, NetTensor } from './nets/net.ts'
import { Originals } from './originals.ts'
import { netPart } from './parts.ts'

export interface DecoderFile {
  readonly options: Net<'decoder'>['options']
  /** By their names in a bundle, C order. */
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
  readonly words: ReadonlyMap<number, string>
}

/** Reads a decoder. @throws FileError where it is none, or its options or dictionary are absent. */
export async function convertDecoder(file: string): Promise<DecoderFile> {
  const accept = (name: string) => mayBelongTo(basename(file), name)
  const originals = await Originals.open(dirname(resolve(file)), { accept, below: 0 })
  try {
    const original = originals.named(basename(file))
    if (original === undefined) throw new FileError('there is no such file', { file, cure: 'check the path' })
    if (original.role !== 'decoder')
      throw new FileError('is not a decoder', { file, cure: 'give an original decoder like romance.npz' })
    const { nets, tensors, dictionary } = await netPart('decoder', original, originals)
    if (nets?.decoder === undefined || dictionary === undefined) throw new TypeError('a decoder without its parts')
    const read = new Map<string, { shape: readonly number[]; data: Float32Array }>()
    for (const tensor of tensors) read.set(tensor.name, { shape: tensor.shape, data: await whole(tensor) })
    return { options: nets.decoder, tensors: read, words: wordsById(new Map(dictionary.words)) }
  } finally {
    await originals.close()
  }
}

/** The weights, their options, and whatever can be a dictionary. */
function mayBelongTo(npz: string, name: string): boolean {
  if (name === npz || name === `${npz}.pkl`) return true
  return /\.pkl$/.test(name) && !/\.npz\.(dictionary\.)?pkl$/.test(name) && !name.startsWith('vgg')
}

async function whole({ shape, parts }: NetTensor): Promise<Float32Array> {
  const data = new Float32Array(elementsOf(shape))
  let at = 0
  for await (const part of parts()) {
    data.set(part, at)
    at += part.length
  }
  return data
}
