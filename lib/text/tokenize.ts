// From a caption to the words that the sentence encoder sees, as the original prepared them: sentences by Punkt, then
// words by the Treebank rules. Case is kept.

import { PunktSplitter, type TrainedPunkt } from './punkt.ts'
import { ENGLISH } from './punkt-parameters.ts'
import { treebankWords } from './treebank.ts'

/** A tokenizer with the sentence splitter of a model, or with our own English one. Words are never empty. */
export function makeTokenizer(punkt: TrainedPunkt = ENGLISH): (text: string) => readonly string[] {
  const splitter = new PunktSplitter(punkt)
  // Each sentence is split once more, as the original's word tokenizer does of itself.
  return text =>
    splitter
      .sentences(text)
      .flatMap(sentence => splitter.sentences(sentence))
      .flatMap(treebankWords)
}
