// What a training tells while it runs: a bar (or lines) with cost, words a second and the time left; samples beside the truth,
// evaluations and saves as they come; with --json one object each.

import { duration } from '../lib/train/curve-page.ts'
import type { TrainingEvent } from '../lib/train/loop.ts'
import type { Recall } from '../lib/train/recall.ts'
import type { Trained } from '../lib/train/session.node.ts'
import type { Output } from './output.ts'

export const reporter =
  (output: Output) =>
  (event: TrainingEvent): void => {
    // What is written to stdout ends the bar: with --json the lines themselves are the progress.
    if (output.json) output.object(event)
    else if (event.type === 'update') update(output, event)
    else if (event.type === 'samples') samples(output, event)
    else if (event.type === 'evaluation') evaluation(output, event)
    else if (event.type === 'saved') output.debugNote(1, () => `saved after update ${event.update}`)
    else output.note(`epoch ${event.epoch + 1} is done, after update ${event.update}`)
  }

type Of<T extends TrainingEvent['type']> = Extract<TrainingEvent, { type: T }>

function update(
  output: Output,
  { epoch, batch, batches, costPerWord, wordsPerSecond, secondsLeft }: Of<'update'>,
): void {
  const detail = `cost ${costPerWord.toFixed(3)} · ${Math.round(wordsPerSecond)} words/s · done in ${duration(secondsLeft)}`
  output.progress({ stage: `epoch ${epoch + 1}`, done: batch, total: batches, detail })
}

function samples(output: Output, { update, samples: shown }: Of<'samples'>): void {
  output.line(`\nafter update ${update}`)
  for (const { truth, sample } of shown) output.line(`  truth   ${truth}\n  sample  ${sample}`)
}

function evaluation(output: Output, { update, best, figures }: Of<'evaluation'>): void {
  const { cost, recallSum, imageToText, textToImage } = figures
  const told = [
    ...(cost === undefined ? [] : [`held-out cost ${cost.toFixed(4)} a word`]),
    ...(recallSum === undefined ? [] : [`recalls ${recallSum.toFixed(1)}${best ? ', the best so far' : ''}`]),
    ...Object.entries({ 'image to text': imageToText, 'text to image': textToImage }).flatMap(([way, found]) =>
      found === undefined ? [] : [`${way} ${recallText(found as Recall)}`],
    ),
  ]
  output.line(`update ${update}: ${told.join(' · ')}`)
}

const recallText = ({ at1, at5, at10, medianRank }: Recall): string =>
  `@1 ${at1.toFixed(1)} @5 ${at5.toFixed(1)} @10 ${at10.toFixed(1)} median ${medianRank}`

/** The end of a training. */
export function report(output: Output, { progress, files }: Trained): void {
  const { step, words, seconds, cost } = progress
  const [, last] = cost.at(-1) ?? []
  output.object({ type: 'done', updates: step, words, seconds, costPerWord: last, files })
  output.line(`${step} updates, ${words} words in ${duration(seconds)}`)
  for (const file of files) output.line(file)
}
