// npm run demo:model: makes demo/model anew from the reference weights under test/golden, captions embedded.

import { cp, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheCaptions } from '../lib/index.ts'
import { convert } from '../weights-converter/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = join(root, 'demo', 'model')

// The model is called what its folder of originals is called; beside the target, so that one rename completes it.
const folder = await mkdtemp(join(dirname(target), '.making-'))
try {
  const source = join(folder, 'tiny-reference')
  await cp(join(root, 'test', 'golden', 'tiny', 'weights'), source, { recursive: true, preserveTimestamps: true })
  const out = join(folder, 'model')
  await convert({ source, out })
  await cacheCaptions(out)
  await rm(target, { recursive: true, force: true })
  await rename(out, target)
} finally {
  await rm(folder, { recursive: true, force: true })
}
