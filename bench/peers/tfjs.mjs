// TensorFlow.js on WebGPU, on npm's webgpu (Dawn). Its fc6 exceeds one binding of some adapters, so that it is cut in four here.

import { readFileSync } from 'node:fs'
import { benchAdapter, serve } from './protocol.mjs'

const { create, globals } = await import('webgpu')
Object.assign(globalThis, globals)
globalThis.navigator ??= {}
Object.defineProperty(globalThis.navigator, 'gpu', { value: create([]), configurable: true })
globalThis.window ??= globalThis
globalThis.self ??= globalThis
const tf = await import('@tensorflow/tfjs-core')
await import('@tensorflow/tfjs-backend-webgpu')
const PARTS = 4

function reader({ weights, tensors }) {
  const bytes = readFileSync(weights)
  return name => {
    const { shape, offset } = tensors[name]
    const count = shape.reduce((n, d) => n * d, 1)
    return {
      shape,
      data: new Float32Array(bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + offset + 4 * count)),
    }
  }
}

/** Filters [out, in, 3, 3] as tfjs wants them, [3, 3, in, out]. */
function filters({ shape: [outputs, inputs], data }) {
  const out = new Float32Array(data.length)
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++)
      for (let k = 0; k < 9; k++) out[(k * inputs + i) * outputs + o] = data[(o * inputs + i) * 9 + k]
  return tf.tensor4d(out, [3, 3, inputs, outputs])
}

/** fc6 reads channels, rows, columns; tfjs has rows, columns, channels. Columns of W [out, in] in that order. */
function reordered({ shape: [outputs, inputs], data }, channels) {
  const places = inputs / channels
  const out = new Float32Array(data.length)
  for (let o = 0; o < outputs; o++)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < places; p++) out[o * inputs + p * channels + c] = data[o * inputs + c * places + p]
  return out
}

/** Columns of W [out, in], a part at a time, as tensors. */
function cut(data, [outputs, inputs]) {
  const width = inputs / PARTS
  return Array.from({ length: PARTS }, (_, part) => {
    const out = new Float32Array(outputs * width)
    for (let o = 0; o < outputs; o++)
      out.set(data.subarray(o * inputs + part * width, o * inputs + (part + 1) * width), o * width)
    return tf.tensor2d(out, [outputs, width])
  })
}

async function vgg19(job) {
  await tf.setBackend('webgpu')
  await tf.ready()
  const read = reader(job)
  const convs = job.convs.map(([name, pooled]) => ({
    filter: filters(read(`${name}.W`)),
    bias: tf.tensor1d(read(`${name}.b`).data),
    pooled,
  }))
  const fc6 = read('fc6.W')
  const parts = cut(reordered(fc6, 512), fc6.shape)
  const fc7 = cut(read('fc7.W').data, read('fc7.W').shape)
  const [bias6, bias7] = ['fc6.b', 'fc7.b'].map(name => tf.tensor1d(read(name).data))
  const bytes = readFileSync(job.image)
  const pixels = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  const image = tf.transpose(tf.tensor4d(pixels, [1, 3, 224, 224]), [0, 2, 3, 1])
  const full = (x, weights, bias) => {
    const width = x.shape[1] / PARTS
    const products = weights.map((w, i) => tf.matMul(tf.slice(x, [0, i * width], [1, width]), w, false, true))
    return tf.relu(tf.add(tf.addN(products), bias))
  }
  return async () => {
    const y = tf.tidy(() => {
      let h = image
      for (const { filter, bias, pooled } of convs) {
        h = tf.fused.conv2d({ x: h, filter, strides: 1, pad: 'same', bias, activation: 'relu' })
        if (pooled) h = tf.maxPool(h, 2, 2, 'valid')
      }
      return full(full(tf.reshape(h, [1, -1]), parts, bias6), fc7, bias7)
    })
    const data = await y.data()
    y.dispose()
    return data
  }
}

await serve({ version: tf.version_core, adapter: benchAdapter }, { vgg19 })
