// The packed form of a weight: the rows of a matrix [rows, columns] in a texture of rgba32float, four columns a texel. Row r stands at
// x = floor(r / height) · stride, y = r mod height. Kernels compute the same: see gemm.subgroup.wgsl. Pure.

export interface Packing {
  /** Texels from one column of rows to the next. */
  readonly stride: number
  readonly width: number
  readonly height: number
}

/** Rows of 64-byte lines begin an odd number of lines apart: rows that are read together then never meet in one set of a cache. */
export const packedStride = (columns: number): number => 4 * (Math.ceil(columns / 16) | 1)

export function packing(rows: number, columns: number, maxSide: number): Packing {
  const stride = packedStride(columns)
  const height = Math.min(rows, maxSide)
  return { stride, height, width: stride * Math.ceil(rows / height) }
}

/** Software drivers compute places in a texture in 32 bits. */
const MOST_BYTES = 2 ** 29

/** Rows that one texture takes; 0 where not even one fits. */
export function packedRows(columns: number, maxSide: number): number {
  const stride = packedStride(columns)
  if (stride > maxSide) return 0
  return Math.max(1, Math.min(Math.floor(maxSide / stride) * maxSide, Math.floor(MOST_BYTES / (16 * stride))))
}
