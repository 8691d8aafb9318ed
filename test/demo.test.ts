// The embedded model is what the converter makes of the reference weights, and it is whole.

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openBundle } from '../lib/io/bundle.ts'
import { folderFiles } from '../lib/io/bundle-files.node.ts'
import { convert, verify } from '../weights-converter/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const model = join(root, 'demo', 'model')

test('the embedded model passes every check of verify', async () => {
  const failed = (await verify(model)).filter(({ ok }) => !ok)
  assert.equal(failed, [])
})

test('the embedded model is the converted reference model with its captions embedded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'demo-'))
  try {
    const fresh = await convert({ source: join(root, 'test/golden/tiny/weights'), out: join(folder, 'model') })
    const { manifest } = await openBundle(folderFiles(model))
    const { 'captions/embeddings': embeddings, ...tensors } = manifest.tensors
    assert.equal(tensors, fresh.tensors)
    assert.equal(embeddings?.shape, [fresh.captions?.count, fresh.nets.embedding?.dim])
    assert.equal(manifest.vocabularies, fresh.vocabularies)
    assert.equal(manifest.nets, fresh.nets)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('there are sample pictures', async () => {
  const pictures = (await readdir(join(root, 'demo', 'pictures'))).filter(name => name.endsWith('.jpg'))
  assert.ok(pictures.length >= 4)
})

test.run()
