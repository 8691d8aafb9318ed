// What the kernels of the subgroup family (gemm.subgroup, gru-cell.subgroup) share: the heights of their tiles, and the choice among
// them. Only for adapters in software whose subgroups have one size; a GPU has better ways.

import type { AdapterFacts } from '../gpu/facts.ts'
import type { Tuning } from '../gpu/tuning.ts'
import { runsOn, type Variant } from './op.ts'

/** Rows of a tile. 1 for a sentence or a story alone; 25 because whole tiles of it make 50, 100 and, all but, the 49, 196 and 784 that VGG-19's Winograd tiles come in. */
export const SUBGROUP_ROWS: readonly number[] = [1, 8, 16, 25, 32]

/** What a tile costs beside its rows: the loads of its columns, in rows. */
const LOADS = 12

/** The smallest subgroups that these kernels run on. */
export const SMALLEST = 8

/** Whether an adapter has this family. */
export const runsSubgroups = (facts: AdapterFacts): boolean => runsOn({ subgroup: SMALLEST }, facts)

/** The height, of some in ascending order, that wastes the fewest rows; of equal ones the larger, whose loads serve more. */
export function leastWaste(heights: readonly number[], rows: number): number {
  const cost = (height: number) => Math.ceil(rows / height) * (height + LOADS)
  return heights.reduce((best, height) => (cost(height) <= cost(best) ? height : best))
}

/** The height for this many rows, up to `tallest`. */
export const tileRows = (rows: number, { tallest }: Tuning): number =>
  leastWaste(
    SUBGROUP_ROWS.filter(height => height <= tallest),
    rows,
  )

/** The variant of `variants`, one for each of SUBGROUP_ROWS, for this many rows; none where the adapter does not run them. */
export function bySubgroups(variants: readonly Variant[], rows: number, facts: AdapterFacts): Variant | undefined {
  const variant = variants[SUBGROUP_ROWS.indexOf(tileRows(rows, facts.tuning))]
  return variant !== undefined && runsOn(variant, facts) ? variant : undefined
}
