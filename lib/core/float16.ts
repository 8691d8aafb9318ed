// IEEE half precision in storage: bundles may keep weights as f16, everything else computes in f32.
// Both ways are exact where they can be and round to nearest even where not. Knows nothing of files.

const scratch = new Float32Array(1)
const bits = new Uint32Array(scratch.buffer)

let table: Float32Array | undefined

/** All 65,536 halves as f32, made once: a look-up is several times faster than the arithmetic. */
function halves(): Float32Array {
  if (table) return table
  table = Float32Array.from({ length: 65536 }, (_, h) => {
    const sign = h & 0x8000 ? -1 : 1
    const exponent = (h >> 10) & 31
    const fraction = h & 1023
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
  })
  return table
}

/** Halves (their bits) to f32. */
export function expandFloat16(source: Uint16Array): Float32Array {
  const values = halves()
  const out = new Float32Array(source.length)
  for (let i = 0; i < source.length; i++) out[i] = values[source[i] ?? 0] ?? 0
  return out
}

/** f32 to the bits of the nearest half, ties to even. Finite values from 65,520 on become infinite. */
export function narrowToFloat16(source: Float32Array): Uint16Array {
  const out = new Uint16Array(source.length)
  for (let i = 0; i < source.length; i++) out[i] = halfBits(source[i] ?? 0)
  return out
}

/** The largest magnitude that a half still holds once rounded: 65,504 and what rounds down to it. */
export const FLOAT16_LIMIT = 65520

function halfBits(value: number): number {
  scratch[0] = value
  const word = bits[0] ?? 0
  const sign = (word >>> 16) & 0x8000
  const magnitude = word & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  // Below the smallest normal half: a multiple of 2^-24, rounded by the f32 addition itself.
  if (magnitude < 0x38800000) {
    scratch[0] = Math.abs(value) + 0.5
    return sign | ((bits[0] ?? 0) - 0x3f000000)
  }
  const odd = (magnitude >>> 13) & 1
  return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13)
}
