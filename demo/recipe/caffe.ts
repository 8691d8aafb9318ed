// Writes VGG-19's weights as a Caffe model, which is one of the forms that the converter takes them in: a NetParameter of layers, each
// with its name and its blobs (BlobProto: packed floats and a shape).

import type { NdArray } from 'ndarray'
import type { NamedArrays } from '../../lib/train/types.ts'

const NAME = 1
const LAYER = 100
const BLOBS = 7
const DATA = 5
const SHAPE = 7
const DIM = 1

function varint(value: number): number[] {
  const bytes: number[] = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128)
  return [...bytes, value]
}

/** A field of bytes: wire type 2. */
const field = (number: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes])

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

function blob({ data, shape }: NdArray<Float32Array>): Uint8Array {
  const floats = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const dims = field(DIM, Uint8Array.from(shape.flatMap(varint)))
  return field(BLOBS, Buffer.concat([field(SHAPE, dims), field(DATA, floats)]))
}

/** Weights by their names in a bundle: `vgg19/LAYER.W` [out, in, …] and `vgg19/LAYER.b` [out], C order. */
export function caffeModel(weights: NamedArrays): Uint8Array {
  const parts = [field(NAME, text('narrow VGG-19'))]
  for (const [name, weight] of Object.entries(weights)) {
    const layer = /^vgg19\/(.*)\.W$/.exec(name)?.[1]
    const bias = weights[`vgg19/${layer}.b`]
    if (layer === undefined || bias === undefined) continue
    parts.push(field(LAYER, Buffer.concat([field(NAME, text(layer)), blob(weight), blob(bias)])))
  }
  return Buffer.concat(parts)
}
