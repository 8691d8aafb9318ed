// ONNX Runtime for Node: `cpu`, or `webgpu` (its own Dawn, on the Vulkan driver that the bench runs on).

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import * as ort from 'onnxruntime-node'
import { benchAdapter, serve } from './protocol.mjs'

const [provider = 'cpu'] = process.argv.slice(2)
const threads = availableParallelism()

async function vgg19({ model, image }) {
  const options = {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  }
  const session = await ort.InferenceSession.create(model, options)
  const bytes = readFileSync(image)
  const pixels = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
  const input = new ort.Tensor('float32', Float32Array.from(pixels), [1, 3, 224, 224])
  return async () => (await session.run({ image: input })).fc7.data
}

const { version } = JSON.parse(
  readFileSync(new URL('node_modules/onnxruntime-node/package.json', import.meta.url), 'utf8'),
)
await serve({ version, adapter: provider === 'cpu' ? `CPU, ${threads} threads` : benchAdapter }, { vgg19 })
