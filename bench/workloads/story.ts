// story: a whole story with the full-size model, weights on the device: picture, captions, 100 caption vectors, beam search. Held to
// what the original printed, word for word.

import { join } from 'node:path'
import { Storyteller } from '../../lib/index.ts'
import { Recorded } from '../../scripts/conformance/recorded.ts'
import { timed } from '../harness/clock.ts'
import { fullModel } from '../harness/full-model.ts'
import { golden } from '../harness/full-size.ts'
import type { Case, Workload } from '../harness/measure.ts'
import type { Session } from '../harness/session.ts'

interface RecordedStory {
  readonly image: string
  readonly k: number
  readonly bw: number
  readonly lyric: boolean
  readonly style: string
  readonly stdout: string
}

async function storyCase(session: Session): Promise<Case> {
  const { adapter } = session.options
  const teller = await Storyteller.load(await fullModel(adapter, session.note), { adapter, compat: true })
  const recorded = new Recorded(join(golden, 'expected')).json<RecordedStory[]>('stories.json')
  const expected = recorded.find(({ lyric }) => !lyric)
  if (expected === undefined) throw new TypeError('no story is recorded')
  const { image, k, bw, style, stdout } = expected
  const picture = await teller.prepare(join(golden, 'images', `${image}.png`))
  const words = stdout.trimEnd().split('\n').at(-1) ?? ''
  let story = ''
  return {
    label: `k ${k}, width ${bw}`,
    // One value: whether it is the same text.
    reference: { positions: [0], values: [1], tolerances: [0] },
    run: () =>
      timed(async () => {
        story = (await teller.tell(picture, { k, bw, style })).story
      }),
    outputs: async () => [story === words ? 1 : 0],
    dispose: () => teller.dispose(),
  }
}

export const story: Workload = {
  name: 'story',
  title: 'picture to story, 100 captions, width 5',
  unit: 'ms',
  cases: [storyCase],
}
