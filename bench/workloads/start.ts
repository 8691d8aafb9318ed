// start: from the start of the process to the nearest captions of a picture, with the full-size model and 414,000 captions, kernels in
// Mesa's cache; and with the 10,000 captions of the recorded references, which does not count. The original computed the embeddings of all
// captions at every start.
// cold: the first run ever with 10,000 captions, no kernel compiled yet; the same with kernels cached stands beside it.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheHome } from '../../lib/core/cache-home.node.ts'
import { Recorded } from '../../scripts/conformance/recorded.ts'
import { build, firstCaptions } from '../harness/first-captions.ts'
import { fullModel, modelWithCaptions, nearestInFile } from '../harness/full-model.ts'
import { golden } from '../harness/full-size.ts'
import type { Case, Workload } from '../harness/measure.ts'
import type { Session } from '../harness/session.ts'

const K = 5
const PUBLISHED = 414_000
const picture = join(golden, 'images', 'quay.png')

/** `cold`: with an empty shader cache every time. */
async function startCase(session: Session, captions: number, isCold: boolean): Promise<Case> {
  build()
  const { adapter } = session.options
  const small = await fullModel(adapter, session.note)
  const model = captions === PUBLISHED ? await modelWithCaptions(small, captions) : small
  const image = (await new Recorded(join(golden, 'expected')).rows('vse_image'))?.rows[0] ?? new Float32Array()
  const nearest = await nearestInFile(model, image, K)
  const warm = join(cacheHome(), 'bench', 'shader-cache')
  mkdirSync(warm, { recursive: true })
  const start = (shaderCache: string) => firstCaptions({ model, picture, adapter, shaderCache })
  let indices: readonly number[] = []
  const run = async (shaderCache: string): Promise<number> => {
    const found = await start(shaderCache)
    indices = found.indices
    return found.ms
  }
  return {
    label: `${captions.toLocaleString('en-US')} captions${isCold ? ', no kernel compiled' : ''}`,
    times: captions === PUBLISHED || isCold ? 1 : 0,
    original: captions === PUBLISHED ? 'start' : 'captions10k',
    reference: { positions: nearest.map((_, i) => i), values: nearest, tolerances: nearest.map(() => 0) },
    ...(isCold && { beside: [{ name: 'start', run: () => run(warm) }] }),
    run: () => (isCold ? withEmptyFolder(run) : run(warm)),
    outputs: async () => indices,
    dispose: () => undefined,
  }
}

async function withEmptyFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'storyteller-cold-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const start: Workload = {
  name: 'start',
  title: 'process start to captions',
  unit: 'ms',
  cases: [session => startCase(session, PUBLISHED, false), session => startCase(session, 10_000, false)],
}

export const cold: Workload = {
  name: 'cold',
  title: 'the first run ever, to captions',
  unit: 'ms',
  cases: [session => startCase(session, 10_000, true)],
}
