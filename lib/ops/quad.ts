// gemm.quad: its variants, and the choice among them. For adapters in software whose subgroups are too small for gemm.subgroup.

import type { AdapterFacts } from '../gpu/facts.ts'
import { runsOn, type Variant } from './op.ts'
import { leastWaste } from './subgroup.ts'

/** Rows of a tile. Whole tiles of 28 make the 196, 784 and 3,136 that VGG-19's Winograd tiles come in and, all but, 50 and 1,024. */
const HEIGHTS: readonly number[] = [4, 8, 16, 28]
/** Columns of a tile: eight for each lane. */
export const QUAD_COLUMNS = 32

export const QUADS: readonly Variant[] = HEIGHTS.map(rows => ({
  name: `quad-${rows}x8`,
  kernel: 'gemm.quad',
  knobs: { constants: { ROWS: rows } },
  subgroup: 4,
}))

/** The variant for this many rows; none where the adapter does not run them. */
export function quadFor(rows: number, facts: AdapterFacts): Variant | undefined {
  const variant = QUADS[HEIGHTS.indexOf(leastWaste(HEIGHTS, rows))]
  return variant !== undefined && runsOn(variant, facts) ? variant : undefined
}
