// What the verbs that run a model share: open the model, report progress, close everything, whatever happens.

import { type LoadOptions, Storyteller } from '../lib/index.ts'
import type { CommonOptions } from './options.ts'
import { Output } from './output.ts'

/** How the common options open a model. */
export const loading = ({ adapter, compat }: CommonOptions, signal: AbortSignal, output: Output): LoadOptions => ({
  adapter,
  compat,
  signal,
  onProgress: output.progress,
  onPlan: (key, print) => {
    output.debugNote(1, () => `plan: ${key}`)
    output.debugNote(2, print)
  },
})

/**
 * Runs `work` with the model of the options open, and closes it afterwards. `needsStory`: a folder of originals that lacks something
 * for a story is refused before it is converted.
 */
export async function withTeller(
  options: CommonOptions,
  signal: AbortSignal,
  work: (teller: Storyteller, output: Output) => Promise<void>,
  { needsStory = false } = {},
): Promise<void> {
  const output = new Output(options)
  const teller = await Storyteller.load(options.model, { ...loading(options, signal, output), needsStory })
  try {
    output.debugNote(1, () => `model: ${teller.model}`)
    const { notes } = teller
    for (const note of notes) output.note(note)
    await work(teller, output)
    for (const note of teller.notes.slice(notes.length)) output.note(note)
  } finally {
    output.close()
    await teller.dispose()
  }
}
