// Random orthogonal matrices, each as likely as any other (Haar's measure): the Q of a QR of a Gaussian matrix whose R has a positive
// diagonal. What is left of a Gaussian matrix after a reflection is Gaussian again, so that each reflection can be drawn by itself
// (Stewart 1980, "The efficient generation of random orthogonal matrices").

import type { Random } from '../core/random.ts'
import { type Matrix, reflect, reflector } from './householder.ts'

/** An orthogonal matrix [size, size]. */
export function orthogonal(size: number, random: Random): Float32Array {
  const reflectors: Float64Array[] = []
  const q: Matrix = { rows: size, columns: size, data: new Float64Array(size * size) }
  for (let k = 0; k < size; k++) {
    const column = Float64Array.from({ length: size - k }, () => gaussian(random))
    // Of a single number there is nothing to reflect.
    const diagonal = column.length === 1 ? (column[0] ?? 1) : reflector(column)
    if (column.length > 1) reflectors.push(column)
    q.data[k * size + k] = diagonal < 0 ? -1 : 1
  }
  for (const [k, v] of [...reflectors.entries()].reverse()) reflect(q, v, k, k)
  return Float32Array.from(q.data)
}

/** A draw from the normal distribution (Box and Muller). */
function gaussian(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()))
  return radius * Math.cos(2 * Math.PI * random.uniform())
}
