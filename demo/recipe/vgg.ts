// The narrow VGG-19: its weights from a seed, pictures for it, and the features that it makes of them.

import ndarray, { type NdArray } from 'ndarray'
import { Random } from '../../lib/core/random.ts'
import { openDevice } from '../../lib/gpu/open.node.ts'
import { inMemory } from '../../lib/gpu/weights.ts'
import { preprocess } from '../../lib/image/preprocess.ts'
import { SIDE, vgg19 } from '../../lib/nets/vgg19.ts'
import { Engine } from '../../lib/story/engine.ts'
import { values } from '../../lib/story/picture-encoder.ts'
import { epochBatches } from '../../lib/train/homogeneous.ts'
import { Trainer } from '../../lib/train/index.ts'
import type { NamedArrays } from '../../lib/train/types.ts'
import { drawScene, PICTURE_SIDE } from '../world/picture.ts'
import { evenScene, PLACES, type Scene, SUBJECTS } from '../world/scene.ts'
import { CONVS, COUNTS, FCS, rateAt, SCHEDULES, type Schedule } from './settings.ts'
import { Progress } from './training.ts'
import type { Log } from './work.ts'

/** Side of the picture after the last pool. */
const POOLED = 7
/** Numbers of a preprocessed picture are about 64; the first six layers halve them, so that all others work with numbers about 1. */
const HALVING = 6
/** The largest norm of all gradients together. */
const GRADIENT_CLIP = 5
/** Of fc8, so that no label is favoured before the first update. */
const LABEL_SCALE = 0.01

export const VGG_OPTIONS = { convs: CONVS, fcs: FCS }

/** Weights by their names in a bundle: He's scale for nets of ReLUs, biases zero. */
export function seededVgg(seed: number): NamedArrays {
  const random = new Random(seed)
  const weights: Record<string, NdArray<Float32Array>> = {}
  const layer = (name: string, shape: number[], scale: number) => {
    const size = shape.reduce((n, d) => n * d, 1)
    weights[`vgg19/${name}.W`] = ndarray(normals(random, size, scale), shape)
    weights[`vgg19/${name}.b`] = ndarray(new Float32Array(shape[0] ?? 0), [shape[0] ?? 0])
  }
  let inputs = 3
  let depth = 0
  for (const [block, widths] of CONVS.entries())
    for (const [i, width] of widths.entries()) {
      layer(
        `conv${block + 1}_${i + 1}`,
        [width, inputs, 3, 3],
        (depth++ < HALVING ? 0.5 : 1) * Math.sqrt(2 / (9 * inputs)),
      )
      inputs = width
    }
  inputs *= POOLED * POOLED
  for (const [i, width] of FCS.entries()) {
    layer(`fc${i + 6}`, [width, inputs], i === FCS.length - 1 ? LABEL_SCALE : Math.sqrt(2 / inputs))
    inputs = width
  }
  return weights
}

/** Normally distributed numbers (Box and Muller). */
function normals(random: Random, length: number, scale: number): Float32Array {
  return Float32Array.from({ length }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()))
    return scale * radius * Math.cos(2 * Math.PI * random.uniform())
  })
}

const preprocessed = (data: Uint8Array): NdArray<Float32Array> =>
  preprocess({ data, width: PICTURE_SIDE, height: PICTURE_SIDE, channels: 3 })

/** A scene's picture as VGG-19 takes it, [1, 3, 224, 224]. */
export const pictureOf = (scene: Scene): NdArray<Float32Array> => preprocessed(drawScene(scene))

/** Features [scenes, fc7], each of length 1. */
export async function features(
  weights: NamedArrays,
  scenes: readonly Scene[],
  onProgress: (done: number) => void,
): Promise<NdArray<Float32Array>> {
  const [, width] = FCS
  const out = new Float32Array(scenes.length * width)
  const engine = new Engine(
    () => openDevice(),
    name => {
      const weight = weights[name]
      if (weight === undefined) throw new TypeError(`there is no weight ${name}`)
      return inMemory(weight.shape, weight.data)
    },
  )
  try {
    for (const [i, scene] of scenes.entries()) {
      const run = { inputs: { image: pictureOf(scene).data } }
      out.set(values(await engine.run('vgg19', () => vgg19(VGG_OPTIONS), run), 'feature'), i * width)
      onProgress(i + 1)
    }
  } finally {
    await engine.dispose()
  }
  return ndarray(out, [scenes.length, width])
}

/** Trained to tell a scene's place and subject. */
export async function trainedVgg(seed: number, log: Log): Promise<NamedArrays> {
  let weights = seededVgg(seed)
  for (const [round, schedule] of SCHEDULES.vgg.entries())
    weights = await trainRound(weights, round, schedule, seed, log)
  return weights
}

async function trainRound(
  weights: NamedArrays,
  round: number,
  schedule: Schedule,
  seed: number,
  log: Log,
): Promise<NamedArrays> {
  const first = round * COUNTS.labels
  const scenes = Array.from({ length: COUNTS.labels }, (_, i) => evenScene('labels', seed, first + i))
  const pictures = new Pictures(scenes)
  const { batch: batchSize, updates } = schedule
  const trainer = await Trainer.create('vgg19', { grad_clip: GRADIENT_CLIP }, weights)
  const progress = new Progress(`vgg19, round ${round + 1},`, schedule, log)
  const lengths = new Array<number>(COUNTS.labels).fill(1)
  try {
    let update = 0
    for (let epoch = 0; update < updates; epoch++)
      for (const rows of epochBatches(lengths, { batchSize, maxlen: 2, seed: seed + round }, epoch)) {
        if (update === updates) break
        update++
        const isTold = progress.isDue(update)
        const rate = rateAt(schedule, update)
        const cost = await trainer.update(pictures.labelled(rows), { cost: isTold, lrate: rate })
        if (isTold) progress.tell(update, cost / rows.length)
      }
    return await trainer.parameters()
  } finally {
    await trainer.dispose()
  }
}

/** Scenes as pictures, drawn when they are first asked for. */
class Pictures {
  readonly #scenes: readonly Scene[]
  readonly #drawn = new Map<number, Uint8Array>()

  constructor(scenes: readonly Scene[]) {
    this.#scenes = scenes
  }

  /** Pictures [rows, 3, 224, 224] with one label for each pair of place and subject. */
  labelled(rows: readonly number[]) {
    const size = 3 * SIDE * SIDE
    const im = new Float32Array(rows.length * size)
    const labels = new Int32Array(rows.length)
    for (const [i, row] of rows.entries()) {
      const scene = this.#scenes[row]
      if (scene === undefined) continue
      const drawn = this.#drawn.get(row) ?? drawScene(scene)
      this.#drawn.set(row, drawn)
      im.set(preprocessed(drawn).data, i * size)
      labels[i] = PLACES.indexOf(scene.place) * SUBJECTS.length + SUBJECTS.indexOf(scene.subject)
    }
    return { image: ndarray(im, [rows.length, 3, SIDE, SIDE]), labels: ndarray(labels, [rows.length]) }
  }
}
