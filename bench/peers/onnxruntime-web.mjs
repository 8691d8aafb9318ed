// ONNX Runtime for the web, run in Node: `wasm` (SIMD, threads), or `webgpu` on npm's webgpu (Dawn).

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { benchAdapter, serve } from './protocol.mjs'

const [provider = 'wasm'] = process.argv.slice(2)
const threads = availableParallelism()

if (provider === 'webgpu') {
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  globalThis.navigator ??= {}
  Object.defineProperty(globalThis.navigator, 'gpu', { value: create([]), configurable: true })
  globalThis.self ??= globalThis
}
const ort = provider === 'webgpu' ? await import('onnxruntime-web/webgpu') : await import('onnxruntime-web')
ort.env.wasm.numThreads = provider === 'webgpu' ? 1 : threads
ort.env.logLevel = 'error'

async function vgg19({ model, weights, image }) {
  const floats = file => {
    const bytes = readFileSync(file)
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  }
  const externalData = [{ path: 'vgg19.weights', data: new Uint8Array(readFileSync(weights)) }]
  const options = { executionProviders: [provider], externalData }
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(model)), options)
  const input = new ort.Tensor('float32', floats(image), [1, 3, 224, 224])
  return async () => {
    const { fc7 } = await session.run({ image: input })
    return fc7.getData ? await fc7.getData() : fc7.data
  }
}

const { version } = JSON.parse(
  readFileSync(new URL('node_modules/onnxruntime-web/package.json', import.meta.url), 'utf8'),
)
await serve({ version, adapter: provider === 'wasm' ? `WASM, ${threads} threads` : benchAdapter }, { vgg19 })
