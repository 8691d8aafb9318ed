// The small pickles beside the weights: options, dictionaries (word → id), and a trained Punkt sentence splitter.

import { FileError } from '../lib/core/errors.ts'
import type { TrainedPunkt } from '../lib/io/vocabularies.ts'
import {
  PyDict,
  PyRecord,
  PyScalar,
  PySet,
  PyTuple,
  type PyValue,
  textEntries,
  textOf,
} from './formats/pickle/values.ts'

export interface OptionValues {
  readonly file: string
  readonly values: ReadonlyMap<string, PyValue>
}

/** What some net's options always state. */
const OPTIONS = ['dim', 'dim_word', 'n_words', 'encoder', 'decoder', 'doutput', 'dimctx'] as const

export function readOptions(value: PyValue | undefined, file: string): OptionValues {
  const values = value instanceof PyDict ? textEntries(value) : undefined
  if (values !== undefined && OPTIONS.some(name => values.has(name))) return { file, values }
  if (values !== undefined)
    throw new FileError(`is a dict of ${values.size} entries without ${OPTIONS.join(', ')}: no options of a net`, {
      file,
      cure: 'a dictionary of words has another name; take the options file that was saved with the weights',
    })
  throw new FileError('is not an options file (a pickled dict)', {
    file,
    cure: 'fetch it again; it lies beside the .npz',
  })
}

/** A size that the options and the arrays both state. @throws FileError where they differ. */
export function checkSizes(
  { file, values }: OptionValues,
  sizes: Readonly<Record<string, number>>,
  weights: string,
): void {
  for (const [name, size] of Object.entries(sizes)) {
    const stated = plainNumber(values.get(name))
    if (stated !== undefined && stated !== null && stated !== size)
      throw new FileError(`${name} is ${String(stated)}, but the arrays of ${weights} make it ${size}`, {
        file,
        cure: 'take the options file that was saved with these weights',
      })
  }
}

/** A number of numpy's is a number. */
const plainNumber = (value: PyValue | undefined): PyValue | undefined =>
  value instanceof PyScalar ? value.value : value

/** Word → id, in the dictionary's order; a word that is there twice has its last id. @throws FileError */
export function readDictionary(value: PyValue | undefined, file: string): [string, number][] {
  const cure = 'fetch the dictionary again; a damaged one is the usual reason for unknown words'
  if (!(value instanceof PyDict)) throw new FileError('is not a dictionary of words', { file, cure })
  const ids = new Map<string, number>()
  for (const [word, stated] of value.entries) {
    const text = textOf(word)
    const id = plainNumber(stated)
    if (text === undefined || typeof id !== 'number' || !Number.isSafeInteger(id))
      throw new FileError(`is not a dictionary of words: ${text ?? 'a key that is no text'} stands for no number`, {
        file,
        cure,
      })
    ids.set(text, id)
  }
  return [...ids]
}

/** The parameters of NLTK's trained PunktSentenceTokenizer. @throws FileError */
export function readPunkt(value: PyValue | undefined, file: string): TrainedPunkt {
  const cure = 'give the english.pickle of NLTK’s punkt'
  const refuse = (what: string): never => {
    throw new FileError(`is not a trained Punkt sentence splitter: ${what}`, { file, cure })
  }
  const params = value instanceof PyRecord ? (value.attributes.get('_params') ?? value) : undefined
  if (!(params instanceof PyRecord)) return refuse('there are no _params')
  const set = (name: string): readonly PyValue[] => {
    const items = params.attributes.get(name)
    return items instanceof PySet ? items.items : refuse(`${name} is no set`)
  }
  const text = (item: PyValue | undefined): string => textOf(item ?? null) ?? refuse('a word that is no text')
  const pair = (item: PyValue): [string, string] =>
    item instanceof PyTuple && item.items.length === 2 ? [text(item.items[0]), text(item.items[1])] : refuse('no pair')
  const context = params.attributes.get('ortho_context')
  if (!(context instanceof PyDict)) return refuse('ortho_context is no dict')
  const flags = [...textEntries(context)].map(([word, found]): [string, number] =>
    typeof found === 'number' ? [word, found] : refuse(`${word} in ortho_context`),
  )
  return {
    abbreviations: set('abbrev_types').map(text),
    collocations: set('collocations').map(pair),
    sentenceStarters: set('sent_starters').map(text),
    orthographicContext: Object.fromEntries(flags),
  }
}
