// Element types of tensors. Pure facts: no GPU, no files. `f16` is a storage type only: every kernel accumulates in f32.

export type DType = 'f32' | 'u32' | 'i32'

export type TypedArrayOf<D extends DType> = D extends 'f32' ? Float32Array : D extends 'u32' ? Uint32Array : Int32Array

/** Bytes of one element; all device types are one 32-bit word. */
export const BYTES_PER_ELEMENT = 4

const CONSTRUCTORS = { f32: Float32Array, u32: Uint32Array, i32: Int32Array } as const

/** A view of `buffer` as elements of `dtype`. */
export function viewAs<D extends DType>(dtype: D, buffer: ArrayBuffer): TypedArrayOf<D> {
  return new CONSTRUCTORS[dtype](buffer) as TypedArrayOf<D>
}
