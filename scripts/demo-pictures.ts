// npm run demo:pictures: draws the sample pictures of `npm start` anew.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { SAMPLES } from '../demo/samples.ts'
import { drawScene } from '../demo/world/picture.ts'
import { packageRoot } from '../lib/io/package-root.node.ts'

/** Larger than the pictures of the training: they are looked at. */
const SIDE = 512

const folder = join(packageRoot(), 'demo', 'pictures')
await mkdir(folder, { recursive: true })
for (const [name, scene] of Object.entries(SAMPLES)) {
  const raw = { width: SIDE, height: SIDE, channels: 3 } as const
  await sharp(drawScene(scene, SIDE), { raw })
    .png({ compressionLevel: 9 })
    .toFile(join(folder, `${name}.png`))
}
