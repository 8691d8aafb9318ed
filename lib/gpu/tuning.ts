// What a measurement on an adapter may decide (lib/tune.ts): sizes of tiles and the form of operands, nothing that changes results
// beyond rounding. Pure.

export interface Tuning {
  /** Tiles of 128 × 128 from which on a GPU multiplies by them, and not by tiles of 64 × 64. */
  readonly manyTiles: number
  /** Rows of the tallest tile of the subgroup family, 1 to 32. */
  readonly tallest: number
  /** Whether products and GRU cells of the subgroup family read their weights packed in textures, and not from buffers. */
  readonly packed: boolean
}

/** 256 tiles keep a large GPU busy. */
export const DEFAULT_TUNING: Tuning = { manyTiles: 256, tallest: 32, packed: true }
