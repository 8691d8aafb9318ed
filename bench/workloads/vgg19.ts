// vgg19: one picture from its pixels on the host to fc7's feature on the host, held to what the original program gave for it.

import { join } from 'node:path'
import { loadPicture } from '../../lib/image/load.node.ts'
import { vgg19 as vgg19Graph } from '../../lib/nets/index.ts'
import { Recorded } from '../../scripts/conformance/recorded.ts'
import { timed } from '../harness/clock.ts'
import { golden, VGG19, vgg19Weights } from '../harness/full-size.ts'
import { norm } from '../harness/gru-reference.ts'
import type { Case, Workload } from '../harness/measure.ts'
import type { Session } from '../harness/session.ts'
import { vgg19Job } from '../harness/vgg-files.ts'

/** 16 convolutions and two fully connected layers. */
const FLOPS = 39.28e9
/** From the picture on, every stage stays within this share of its largest value (as in `npm run conformance`). */
const TOLERANCE = 1e-4

/** `pictures`: how many, one after the other; the last one's feature is compared. */
export async function pictureCase(session: Session, pictures: number): Promise<Case> {
  const image = await loadPicture(join(golden, 'images', 'quay.png'), { compat: true })
  const { plan, dispose } = await session.plan(vgg19Graph(VGG19), vgg19Weights())
  let feature: ArrayLike<number> = []
  const run = { inputs: { image: image.data } }
  const fc7 = (await new Recorded(join(golden, 'expected')).rows('vgg_fc7'))?.rows[0] ?? new Float32Array()
  const expected = unit(Array.from(fc7))
  const tolerance = TOLERANCE * Math.max(...expected)
  return {
    label: `${pictures === 1 ? 'one picture' : `${pictures} pictures`} to fc7`,
    flops: pictures * FLOPS,
    limit: 'multiply-add',
    ...(session.options.peers.some(({ ops }) => ops.includes('vgg19')) && { peer: await vgg19Job(image.data) }),
    fromPeer: unit,
    reference: {
      positions: Array.from(expected, (_, i) => i),
      values: expected,
      tolerances: expected.map(() => tolerance),
    },
    run: () =>
      timed(async () => {
        for (let i = 0; i < pictures; i++) feature = (await plan.run(run)).feature?.data ?? []
      }),
    outputs: async positions => positions.map(position => feature[position] ?? Number.NaN),
    dispose,
  }
}

/** Divided by its L2 norm: peers give fc7 as it is. */
const unit = (values: readonly number[]): number[] => values.map(value => value / norm(values))

export const vgg19: Workload = {
  name: 'vgg19',
  title: 'one picture to fc7',
  unit: 'ms',
  cases: [async session => ({ ...(await pictureCase(session, 1)), original: 'vgg19' })],
}
