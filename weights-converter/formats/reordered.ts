// A weight whose inputs are to be read in another order: a view of the file, nothing is moved before it is read.

import { elementsOf } from '../../lib/io/manifest.ts'
import { rowsSource } from './byte-sources.ts'
import { elementWidth, type SourceArray } from './source-array.ts'

/**
 * A weight [position…, channel, out] or [position·channel, out], C order, as the matrix [channel·position, out]: the inputs of one
 * channel stand together, as in Theano and Caffe.
 */
export function channelsFirst(array: SourceArray, positions: number): SourceArray {
  const outputs = array.shape.at(-1) ?? 0
  const rows = elementsOf(array.shape.slice(0, -1))
  const channels = rows / positions
  const rowBytes = outputs * (elementWidth(array.dtype) ?? 0)
  const offsets = Float64Array.from({ length: rows }, (_, row) => {
    const [channel, position] = [Math.floor(row / positions), row % positions]
    return (position * channels + channel) * rowBytes
  })
  return { ...array, shape: [rows, outputs], bytes: rowsSource(array.bytes, offsets, rowBytes) }
}
