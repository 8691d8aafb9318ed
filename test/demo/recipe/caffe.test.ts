// The narrow VGG-19 survives the way to a Caffe model and through the converter, value by value.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { caffeModel } from '../../../demo/recipe/caffe.ts'
import { CONVS, FCS } from '../../../demo/recipe/settings.ts'
import { seededVgg } from '../../../demo/recipe/vgg.ts'
import { openBundle } from '../../../lib/io/bundle.ts'
import { folderFiles } from '../../../lib/io/bundle-files.node.ts'
import { readVectors } from '../../../lib/io/npy.node.ts'
import { convert } from '../../../weights-converter/index.ts'

test('weights come back from the bundle as they were', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'demo-caffe-'))
  try {
    const weights = seededVgg(3)
    await writeFile(join(folder, 'vgg19.caffemodel'), caffeModel(weights))
    const out = join(folder, 'bundle')
    const { nets } = await convert({ source: folder, out })
    assert.equal(nets.vgg19, { convs: CONVS, fcs: [...FCS] })
    const bundle = await openBundle(folderFiles(out))
    assert.equal(Object.keys(bundle.manifest.tensors).sort(), Object.keys(weights).sort())
    const file = bundle.manifest.tensors['vgg19/fc7.W']?.file ?? ''
    assert.equal((await readVectors(join(out, file))).data, weights['vgg19/fc7.W']?.data)
    await bundle.close()
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the same seed gives the same weights, another gives others', () => {
  const first = (seed: number) => seededVgg(seed)['vgg19/conv1_1.W']?.data[0]
  assert.is(first(1), first(1))
  assert.is.not(first(1), first(2))
})

test.run()
