// What an encoder needs to be used after its training: the table of word vectors and the list of their words, as the original program
// reads them (utable.npy or btable.npy, dictionary.txt). With outside vectors the table has their words too.

import { open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FileError } from '../core/errors.ts'
import { npyHeader } from '../io/npy.ts'
import { writeSynced } from './checkpoint-files.node.ts'
import { expandedTable, fitExpansion, type OutsideVectors, type OwnWords, ownTable } from './expansion.ts'

/** A number of rows with as many digits as there may be. */
const MOST_ROWS = 99_999_999

export interface TableFiles {
  readonly table: string
  readonly words: string
}

/** Beside the weights. */
export const tableFiles = (npz: string, encoder: 'uni' | 'bi'): TableFiles => ({
  table: join(dirname(npz), encoder === 'uni' ? 'utable.npy' : 'btable.npy'),
  words: join(dirname(npz), 'dictionary.txt'),
})

/**
 * Writes table and words, both whole or neither. `onRow` is told of each row.
 * @throws FileError where another encoder's words are there: two encoders of one model share them.
 */
export async function writeWordTable(
  { table, words }: TableFiles,
  own: OwnWords,
  outside: OutsideVectors | undefined,
  onRow: (done: number) => void = () => undefined,
): Promise<number> {
  const list: string[] = []
  const rows = async function* () {
    if (outside === undefined) yield* ownTable(own)
    else yield* expandedTable(outside, await fitExpansion(outside, own), own)
  }
  const handle = await open(`${table}.next`, 'w')
  try {
    // How many rows there are is known at the end only; the head is as long for any number of them.
    await handle.appendFile(npyHeader('f32', [MOST_ROWS, own.dim]))
    for await (const { word, row } of rows()) {
      // A line's end would end the word.
      list.push(word.replaceAll('\n', ' '))
      await handle.appendFile(new Uint8Array(row.buffer, row.byteOffset, row.byteLength))
      onRow(list.length)
    }
    await handle.write(npyHeader('f32', [list.length, own.dim]), 0, undefined, 0)
    await handle.sync()
  } finally {
    await handle.close()
  }
  const text = `${list.join('\n')}\n`
  await checkWords(words, text)
  await writeSynced(`${words}.next`, write => write(new TextEncoder().encode(text)))
  await rename(`${table}.next`, table)
  await rename(`${words}.next`, words)
  return list.length
}

/** @throws FileError where the list of words is there with other words. */
export async function checkWords(file: string, text: string): Promise<void> {
  const there = await readFile(file, 'utf8').catch(() => undefined)
  if (there === undefined || there === text) return
  throw new FileError('has the words of another encoder', {
    file,
    cure: 'train both encoders with one dictionary (--dictionary), or give each a folder of its own',
  })
}
