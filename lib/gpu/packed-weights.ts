// Weights in their packed form (packing.ts): textures made under the device's budget, and numbers written into them.

import { DeviceError, InputError } from '../core/errors.ts'
import type { Device } from './device.ts'
import { packedRows, packedStride, packing } from './packing.ts'

export interface PackedPiece {
  readonly texture: GPUTexture
  readonly view: GPUTextureView
  /** First row and number of rows in this texture. */
  readonly first: number
  readonly rows: number
}

/** Textures for rows `from`, `from` + 1, … of a weight. @throws DeviceError over budget, or where no row fits. */
export function packedPieces(device: Device, name: string, rows: number, columns: number, from = 0): PackedPiece[] {
  const { maxTextureDimension2D } = device.gpu.limits
  const most = packedRows(columns, maxTextureDimension2D)
  if (most < 1) throw new DeviceError(`weight ${name}: rows of ${columns} exceed a texture of this adapter`)
  const pieces: PackedPiece[] = []
  try {
    for (let first = 0; first < rows; first += most) {
      const count = Math.min(most, rows - first)
      const { width, height } = packing(count, columns, maxTextureDimension2D)
      const texture = device.memory.allocateTexture(name, width, height)
      pieces.push({ texture, view: texture.createView(), first: from + first, rows: count })
    }
  } catch (error) {
    for (const { texture } of pieces) device.memory.free(texture)
    throw error
  }
  return pieces
}

/** Writes `data`, elements from `offset` on in C order, where they belong. */
export function upload(
  device: Device,
  pieces: readonly PackedPiece[],
  columns: number,
  offset: number,
  data: Float32Array,
): void {
  if (offset % 4 !== 0 || data.length % 4 !== 0)
    throw new InputError(`a packed weight comes in multiples of 4 numbers, not ${data.length} from ${offset} on`)
  for (const { texture, first, rows } of pieces) {
    const end = Math.min(offset + data.length, (first + rows) * columns)
    let at = Math.max(offset, first * columns)
    while (at < end) {
      const row = Math.floor(at / columns)
      const column = at % columns
      const upTo = Math.floor((row - first) / texture.height) * texture.height + texture.height + first
      // Whole rows of one column of rows at once; else what there is of one row.
      const whole = column === 0 ? Math.min(Math.floor((end - at) / columns), upTo - row) : 0
      const size =
        whole > 0
          ? { width: columns / 4, height: whole }
          : { width: Math.min(columns - column, end - at) / 4, height: 1 }
      const x = Math.floor((row - first) / texture.height) * packedStride(columns) + column / 4
      device.gpu.queue.writeTexture(
        { texture, origin: [x, (row - first) % texture.height] },
        data as Float32Array<ArrayBuffer>,
        { offset: 4 * (at - offset), bytesPerRow: 4 * columns },
        size,
      )
      at += whole > 0 ? whole * columns : 4 * size.width
    }
  }
}
