// What the verbs that run a model share: open the model, report progress, close everything, whatever happens.

import { Storyteller } from '../lib/index.ts'
import type { CommonOptions } from './options.ts'
import { Output } from './output.ts'

/** Runs `work` with the model of the options open, and closes it afterwards. */
export async function withTeller(
  options: CommonOptions,
  signal: AbortSignal,
  work: (teller: Storyteller, output: Output) => Promise<void>,
): Promise<void> {
  const output = new Output(options)
  const { model, adapter, compat = false } = options
  const teller = await Storyteller.load(model, { adapter, compat, signal, onProgress: output.progress })
  try {
    output.debugNote(1, () => `model: ${teller.model}`)
    for (const note of teller.notes) output.note(note)
    await work(teller, output)
  } finally {
    output.close()
    await teller.dispose()
  }
}
