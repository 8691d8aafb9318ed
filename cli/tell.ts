// tell IMAGE…: the story of each picture, with its captions; --html writes a page with the picture beside it.

import type { Command } from 'commander'
import { EMBEDDED } from '../lib/gpu/adapter.ts'
import { fasterDriverHint } from '../lib/gpu/driver/remedies.node.ts'
import type { Story, Storyteller } from '../lib/index.ts'
import type { Output } from './output.ts'
import { writePage } from './page.ts'
import { withTeller } from './session.ts'
import { type TellFlags, tellOptions, withTelling } from './tell-options.ts'

const SHOWN_CAPTIONS = 5

interface Flags extends TellFlags {
  html?: string
}

export function registerTell(root: Command, signal: AbortSignal): void {
  const verb = root
    .command('tell')
    .description('tell the story of a picture, or of several one after the other')
    .argument('<image...>', 'JPEG, PNG, GIF, WebP, TIFF or AVIF')
    .option('--html <file>', 'write a page with the picture beside its story')
  withTelling(verb).action((images: string[], flags: Flags) =>
    withTeller(flags, signal, (teller, output) => tellAll(teller, output, images, flags, signal), { needsStory: true }),
  )
}

async function tellAll(
  teller: Storyteller,
  output: Output,
  images: readonly string[],
  flags: Flags,
  signal: AbortSignal,
): Promise<void> {
  // All pictures are read before the first story: one that is damaged stops everything while nothing is told yet.
  const pictures: Awaited<ReturnType<Storyteller['prepare']>>[] = []
  for (const image of images) pictures.push(await teller.prepare(image))
  const told: { image: string; story: Story }[] = []
  for (const [i, picture] of pictures.entries()) {
    const image = images[i] ?? ''
    const story = await teller.tell(picture, tellOptions(flags, signal, output.progress))
    told.push({ image, story })
    output.object({ image, ...story, model: teller.model, adapter: await teller.adapter() })
    if (i > 0) output.line()
    show(output, image, story)
  }
  const adapter = await teller.adapter()
  output.note(`told by ${teller.model} on ${adapter}`)
  const hint = adapter === EMBEDDED ? fasterDriverHint() : undefined
  if (hint !== undefined) output.note(hint)
  if (flags.html === undefined) return
  const page = `page: ${await writePage(flags.html, told, teller)}`
  if (output.json) output.note(page)
  else output.line(page)
}

function show(output: Output, image: string, { captions, story, lines, timings, hypotheses }: Story): void {
  output.line(image)
  output.line('\nNearest captions:')
  for (const { text } of captions.slice(0, SHOWN_CAPTIONS)) output.line(`  ${text}`)
  output.line('\nStory:')
  for (const line of lines ?? [story]) output.line(`  ${line}`)
  if (hypotheses.length > 1) output.line('\nHypotheses:')
  if (hypotheses.length > 1) for (const { text, cost } of hypotheses) output.line(`  ${cost.toFixed(3)}  ${text}`)
  const times = Object.entries(timings).map(([stage, ms]) => `${stage} ${(ms / 1000).toFixed(2)} s`)
  output.note(`\n${times.join(' · ')}`)
}
