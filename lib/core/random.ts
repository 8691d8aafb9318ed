// Seeded random numbers: the same on every machine. One integer hash serves tests, initial weights and sampling
// (kernels/sample.wgsl carries the same function).

/** A 32-bit hash of (index, seed); equal to the one in kernels/sample.wgsl. */
export function hash(index: number, seed: number): number {
  let x = (Math.imul(index, 747796405) + Math.imul(seed, 2891336453)) >>> 0
  x ^= x >>> 16
  x = Math.imul(x, 0x7feb352d)
  x ^= x >>> 15
  x = Math.imul(x, 0x846ca68b)
  x ^= x >>> 16
  return x >>> 0
}

/** A stream of seeded numbers. */
export class Random {
  #index = 0
  readonly seed: number
  constructor(seed: number) {
    this.seed = seed >>> 0
  }
  /** Uniform 32-bit integer. */
  bits(): number {
    return hash(this.#index++, this.seed)
  }
  /** Uniform in [0, 1), a multiple of 2^-24. */
  uniform(): number {
    return (this.bits() >>> 8) * 2 ** -24
  }
  /** Uniform integer in [low, high], both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1))
  }
  /** `length` float32 values, uniform in [-scale, scale). */
  floats(length: number, scale = 1): Float32Array {
    return Float32Array.from({ length }, () => (this.uniform() * 2 - 1) * scale)
  }
  /** One of the given values. */
  pick<T>(values: readonly T[]): T {
    const value = values[this.integer(0, values.length - 1)]
    if (value === undefined) throw new RangeError('pick from an empty list')
    return value
  }
}
