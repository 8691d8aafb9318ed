// VGG-19 as a graph: the original's parameters at its original size, and every stage of the tiny one as recorded, from the
// preprocessed pictures on.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadPicture } from '../../lib/image/load.node.ts'
import { vgg19 } from '../../lib/nets/vgg19.ts'
import { assertRecorded, rowsOf, withPlan } from '../support/held-plan.ts'
import { type BundleArrays, bundleArrays, picture, recorded, recordedRows, tinyBundle } from '../support/tiny-model.ts'

const test = suite<{ folder: string; weights: BundleArrays }>('vgg19')

const TINY = {
  convs: [
    [3, 3],
    [5, 5],
    [6, 6, 6, 6],
    [10, 10, 10, 10],
    [11, 11, 11, 11],
  ],
  fcs: [37, 37, 10],
} as const
const STAGES = ['pool1', 'pool2', 'pool3', 'pool4', 'pool5', 'fc6', 'fc7', 'fc8', 'prob']

test.before(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-vgg19-'))
  context.weights = await bundleArrays(await tinyBundle(join(context.folder, 'tiny'), false))
})
test.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

test('the original’s sizes: 38 parameters, 143,667,240 numbers, the stages with their shapes', () => {
  const convs = [
    [64, 64],
    [128, 128],
    [256, 256, 256, 256],
    [512, 512, 512, 512],
    [512, 512, 512, 512],
  ]
  const graph = vgg19({ convs, fcs: [4096, 4096, 1000] }, true)
  const shapes = [...graph.parameters.values()].map(({ shape }) => shape as readonly number[])
  assert.is(shapes.length, 38)
  assert.is(
    shapes.reduce((sum, shape) => sum + shape.reduce((n, d) => n * d, 1), 0),
    143_667_240,
  )
  assert.equal(graph.parameters.get('vgg19/conv5_4.W')?.shape, [512, 512, 3, 3])
  assert.equal(graph.parameters.get('vgg19/fc6.W')?.shape, [4096, 25088])
  const outputs = Object.fromEntries([...graph.outputs].map(([name, { shape }]) => [name, shape]))
  assert.equal(outputs, {
    pool1: [1, 64, 112, 112],
    pool2: [1, 128, 56, 56],
    pool3: [1, 256, 28, 28],
    pool4: [1, 512, 14, 14],
    pool5: [1, 512, 7, 7],
    fc6: [1, 4096],
    fc7: [1, 4096],
    feature: [1, 4096],
    fc8: [1, 1000],
    prob: [1, 1000],
  })
})

test('without `every` only the feature comes out, and fc8 is not asked for', () => {
  const graph = vgg19(TINY)
  assert.equal([...graph.outputs.keys()], ['feature'])
  assert.is(graph.parameters.has('vgg19/fc8.W'), false)
})

test('every stage of every picture is as recorded', async ({ weights }) => {
  await withPlan(vgg19(TINY, true), weights, async run => {
    for (const [i, name] of recorded.json<string[]>('images.json').entries()) {
      const image = await loadPicture(picture(name), { compat: true })
      const outputs = await run({ inputs: { image: image.data } })
      for (const stage of STAGES) {
        const rows = rowsOf(outputs, stage, outputs[stage]?.size ?? 0)
        assertRecorded(rows, await recordedRows(`vgg_${stage}`), `${name}, ${stage}`, { first: i })
      }
      const [feature = new Float32Array(), fc7 = new Float32Array()] = ['feature', 'fc7'].flatMap(stage =>
        rowsOf(outputs, stage, 37),
      )
      const length = Math.hypot(...fc7)
      for (const [unit, value] of feature.entries()) {
        const expected = (fc7[unit] ?? Number.NaN) / length
        assert.ok(Math.abs(value - expected) < 1e-6, `${name}, feature ${unit}: ${value}, not ${expected}`)
      }
    }
  })
})

test.run()
