// Whole stories, word for word: what the original printed about each picture.

import type { Storyteller } from '../../lib/index.ts'
import { picture } from './pictures.ts'
import type { Recorded } from './recorded.ts'
import type { Report } from './report.ts'

interface RecordedStory {
  image: string
  k: number
  bw: number
  lyric: boolean
  style: string
  stdout: string
  error: string | null
  min_cut_gap?: number
}

const CLEAR_CUT = 1e-3

export async function compareStories(
  dir: string,
  recorded: Recorded,
  teller: Storyteller,
  report: Report,
): Promise<void> {
  const differing: string[] = []
  let total = 0
  let raised = 0
  for (const expected of recorded.json<RecordedStory[]>('stories.json', [])) {
    const { image, k, bw, lyric, style, error, stdout } = expected
    if ((expected.min_cut_gap ?? 1) <= CLEAR_CUT) continue
    const { captions, story, lines } = await teller.tell(picture(dir, image), { k, bw, lyric, style })
    const printed = [
      'NEAREST-CAPTIONS: ',
      ...captions.slice(0, 5).map(({ text }) => text),
      '',
      'OUTPUT: ',
      ...(lyric ? (lines ?? []) : [story]),
      '',
    ].join('\n')
    total++
    if (error !== null) raised++
    // Where the original raised an error, it had printed a part of it.
    if (error === null ? printed !== stdout : !printed.startsWith(stdout))
      differing.push(`${image}, k ${k}, width ${bw}, ${style}${lyric ? ', lyric' : ''}`)
  }
  if (total > 0)
    report.texts('stories', differing, total, raised === 0 ? '' : `${raised} up to where the original raised an error`)
}
