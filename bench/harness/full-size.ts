// The published sizes, and weights for them from the hash that the recorded references were made with (test/golden/full).

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WeightSource } from '../../lib/gpu/weights.ts'
import type { DecoderOptions, Vgg19Options } from '../../lib/nets/index.ts'
import type { Manifest } from '../../test/full/originals.ts'
import { type Seeded, source, transposed } from './seeded.ts'

export const golden = fileURLToPath(new URL('../../test/golden/full', import.meta.url))

export const VGG19: Vgg19Options = {
  convs: [
    [64, 64],
    [128, 128],
    [256, 256, 256, 256],
    [512, 512, 512, 512],
    [512, 512, 512, 512],
  ],
  fcs: [4096, 4096, 1000],
}

export const DECODER: DecoderOptions = { dim: 1600, dimWord: 620, dimContext: 4800, nWords: 20_000, doutput: false }
export const SKIP_THOUGHTS = { uni: { dim: 2400, dimWord: 620 }, bi: { dim: 1200, dimWord: 620 } }

/** What the recorded weights of VGG-19 are made from, by the bundle's names. Fully connected ones are [in, out] here. */
export function recordedVgg19(): ReadonlyMap<string, Seeded> {
  const { tensors } = JSON.parse(readFileSync(join(golden, 'expected', 'manifest.json'), 'utf8')) as Manifest
  const mine = tensors.filter(({ file }) => file === 'vgg19.pkl')
  return new Map(mine.map(({ name, ...tensor }) => [`vgg19/${name}`, tensor]))
}

/** Finds a weight of VGG-19 in the bundle's layout. */
export function vgg19Weights(): (name: string) => WeightSource {
  const tensors = recordedVgg19()
  return name => {
    const tensor = tensors.get(name)
    if (tensor === undefined) throw new TypeError(`no weight ${name} is recorded`)
    return /fc\d\.W$/.test(name) ? transposed(tensor) : source(tensor)
  }
}
