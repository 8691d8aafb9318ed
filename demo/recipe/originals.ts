// Trained nets as the files that the original program keeps, for the converter: weights and options, dictionaries, word tables.

import { join } from 'node:path'
import ndarray from 'ndarray'
import { writeWhole } from '../../lib/io/folder.node.ts'
import { encodeNpy } from '../../lib/io/npy.ts'
import type { NamedArrays } from '../../lib/train/types.ts'
import { npzBytes } from '../../weights-converter/formats/npz-writer.ts'
import { type Picklable, writePickle } from '../../weights-converter/formats/pickle/writer.ts'

/** NAME.npz and NAME.npz.pkl. */
export async function writeNet(
  folder: string,
  name: string,
  parameters: NamedArrays,
  options: { readonly [name: string]: Picklable },
): Promise<void> {
  await writeWhole(join(folder, `${name}.npz`), await npzBytes(Object.entries(parameters)))
  await writeWhole(join(folder, `${name}.npz.pkl`), writePickle(options))
}

/** A dictionary, word → id. */
export const writeDictionary = (file: string, ids: ReadonlyMap<string, number>): Promise<void> =>
  writeWhole(file, writePickle(new Map([['<eos>', 0], ['UNK', 1], ...ids])))

/** The list of an encoder's words, and its word vectors row by row in that order: <eos>, UNK, then by id. */
export async function writeWordTable(
  folder: string,
  table: 'utable' | 'btable',
  parameters: NamedArrays,
): Promise<void> {
  const words = parameters.Wemb
  if (words === undefined) throw new TypeError('an encoder without word vectors')
  await writeWhole(join(folder, `${table}.npy`), encodeNpy(words))
}

export const writeWordList = (folder: string, words: readonly string[]): Promise<void> =>
  writeWhole(join(folder, 'dictionary.txt'), `${['<eos>', 'UNK', ...words].join('\n')}\n`)

export const writeStyle = (folder: string, name: string, vector: Float32Array): Promise<void> =>
  writeWhole(join(folder, `${name}_style.npy`), encodeNpy(ndarray(vector, [vector.length])))
