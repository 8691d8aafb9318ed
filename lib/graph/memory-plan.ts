// Colours temporaries into a few slabs: tensors that live at the same time never overlap, and no dispatch reads and writes
// one slab (WebGPU forbids read-only and writable use of one buffer in one dispatch). Pure: sizes in, offsets out.

import { DeviceError } from '../core/errors.ts'

/** A temporary: the first and the last moment at which it is used, both included. */
export interface Life<T> {
  readonly tensor: T
  readonly bytes: number
  readonly from: number
  readonly to: number
}

export interface Place {
  readonly slab: number
  readonly offset: number
}

export interface MemoryPlan<T> {
  readonly places: ReadonlyMap<T, Place>
  /** Bytes of each slab. */
  readonly slabs: readonly number[]
}

interface Placed<T> extends Life<T>, Place {}

const ALIGNMENT = 256

/**
 * Places every life. `apart` lists pairs that must not share a slab. Largest first, each at the lowest offset of the first
 * slab that takes it.
 */
export function planMemory<T>(
  lives: readonly Life<T>[],
  apart: ReadonlyMap<T, ReadonlySet<T>>,
  maxSlab: number,
): MemoryPlan<T> {
  const slabs: Placed<T>[][] = []
  for (const life of [...lives].sort((a, b) => b.bytes - a.bytes || a.from - b.from)) {
    if (life.bytes > maxSlab)
      throw new DeviceError(
        `a tensor of ${life.bytes} bytes does not fit this adapter's ${maxSlab}; use smaller batches`,
      )
    const placed = slabs.some((slab, index) => {
      if (slab.some(other => apart.get(life.tensor)?.has(other.tensor))) return false
      const offset = lowestGap(slab, life)
      if (offset + life.bytes > maxSlab) return false
      slab.push({ ...life, slab: index, offset })
      return true
    })
    if (!placed) slabs.push([{ ...life, slab: slabs.length, offset: 0 }])
  }
  return {
    places: new Map(slabs.flat().map(({ tensor, slab, offset }) => [tensor, { slab, offset }])),
    slabs: slabs.map(slab => Math.max(...slab.map(p => p.offset + p.bytes))),
  }
}

/** The lowest aligned offset at which `life` overlaps no tensor that lives at the same time. */
function lowestGap<T>(slab: readonly Placed<T>[], life: Life<T>): number {
  const contemporaries = slab.filter(p => p.from <= life.to && life.from <= p.to).sort((a, b) => a.offset - b.offset)
  let offset = 0
  for (const p of contemporaries) {
    if (offset + life.bytes <= p.offset) break
    offset = Math.max(offset, Math.ceil((p.offset + p.bytes) / ALIGNMENT) * ALIGNMENT)
  }
  return offset
}
