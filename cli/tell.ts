// tell IMAGE…: the story of each picture, with its captions; --html writes a page with the picture beside it.

import type { Command } from 'commander'
import { EMBEDDED } from '../lib/gpu/adapter.ts'
import { fasterDriverHint } from '../lib/gpu/driver/remedies.node.ts'
import { CAPTION_STYLE, type Storyteller } from '../lib/index.ts'
import { refuseBoth } from './options.ts'
import type { Output } from './output.ts'
import { type Told, writePage } from './page.ts'
import { withTeller } from './session.ts'
import { type TellFlags, tellOptions, withTelling } from './tell-options.ts'

const SHOWN_CAPTIONS = 5

interface Flags extends TellFlags {
  html?: string
  styles?: string
}

export function registerTell(root: Command, signal: AbortSignal): void {
  const verb = root
    .command('tell')
    .description('tell the story of a picture, or of several one after the other')
    .argument('<image...>', 'JPEG, PNG, GIF, WebP, TIFF or AVIF')
    .option('--html <file>', 'write a page with the picture beside its story')
    .option('--styles <styles>', 'a story in each of these, joined by commas; "all" for those of the model')
  withTelling(verb)
    .hook('preAction', (_, tell) => refuseBoth(tell, 'styles', 'style'))
    .action((images: string[], flags: Flags) =>
      withTeller(flags, signal, (teller, output) => tellAll(teller, output, images, flags, signal), {
        needsStory: true,
      }),
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
  const styles = stylesOf(flags, teller)
  const told: Told[] = []
  for (const [i, picture] of pictures.entries()) {
    const image = images[i] ?? ''
    const found = await teller.tellInStyles(picture, styles, tellOptions(flags, signal, output.progress))
    const stories = found.map((story, j) => ({ style: styles[j] ?? '', story }))
    told.push({ image, stories })
    for (const { style, story } of stories) {
      const named = flags.styles === undefined ? {} : { style }
      output.object({ image, ...named, ...story, model: teller.model, adapter: await teller.adapter() })
    }
    if (i > 0) output.line()
    show(output, { image, stories })
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

/** What is told in; of the model's own, the style of captions is none. */
function stylesOf({ style, styles }: Flags, teller: Storyteller): readonly string[] {
  if (styles === undefined) return [style]
  if (styles === 'all') return teller.styles.filter(name => name !== CAPTION_STYLE)
  return styles.split(',').map(name => name.trim())
}

function show(output: Output, { image, stories }: Told): void {
  const [first] = stories
  output.line(image)
  output.line('\nNearest captions:')
  for (const { text } of first?.story.captions.slice(0, SHOWN_CAPTIONS) ?? []) output.line(`  ${text}`)
  for (const { style, story } of stories) {
    output.line(stories.length > 1 ? `\nStory (${style}):` : '\nStory:')
    for (const line of story.lines ?? [story.story]) output.line(`  ${line}`)
    const { hypotheses } = story
    if (hypotheses.length > 1) output.line('\nHypotheses:')
    if (hypotheses.length > 1) for (const { text, cost } of hypotheses) output.line(`  ${cost.toFixed(3)}  ${text}`)
  }
  const times = Object.entries(stories.at(-1)?.story.timings ?? {})
  output.note(`\n${times.map(([stage, ms]) => `${stage} ${(ms / 1000).toFixed(2)} s`).join(' · ')}`)
}
