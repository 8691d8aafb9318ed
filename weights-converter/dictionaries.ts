// The small pickles beside the weights: options, dictionaries (word → id), and a trained Punkt sentence splitter.

import { FileError } from '../lib/core/errors.ts'
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

export function readOptions(value: PyValue | undefined, file: string): OptionValues {
  if (value instanceof PyDict) return { file, values: textEntries(value) }
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

export interface TrainedPunkt {
  abbreviations: string[]
  collocations: [string, string][]
  sentenceStarters: string[]
  orthographicContext: Record<string, number>
}

/** The parameters of NLTK's trained PunktSentenceTokenizer. @throws FileError */
export function readPunkt(value: PyValue | undefined, file: string): TrainedPunkt {
  const refuse = (): FileError =>
    new FileError('is not a trained Punkt sentence splitter', { file, cure: 'give the english.pickle of NLTK’s punkt' })
  const params = value instanceof PyRecord ? (value.attributes.get('_params') ?? value) : undefined
  if (!(params instanceof PyRecord)) throw refuse()
  const texts = (name: string): string[] => itemsOf(params.attributes.get(name)).flatMap(item => textOf(item) ?? [])
  const context = params.attributes.get('ortho_context')
  if (!(context instanceof PyDict)) throw refuse()
  const collocations = itemsOf(params.attributes.get('collocations')).flatMap(pair => {
    const [first, second] = itemsOf(pair).map(item => textOf(item))
    return first === undefined || second === undefined ? [] : [[first, second] as [string, string]]
  })
  return {
    abbreviations: texts('abbrev_types'),
    collocations,
    sentenceStarters: texts('sent_starters'),
    orthographicContext: Object.fromEntries(
      [...textEntries(context)].flatMap(([word, flags]) => (typeof flags === 'number' ? [[word, flags]] : [])),
    ),
  }
}

const itemsOf = (value: PyValue | undefined): readonly PyValue[] =>
  value instanceof PySet || value instanceof PyTuple ? value.items : []
