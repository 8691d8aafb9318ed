// Householder's reflections I − 2vvᵀ, in f64: what random orthogonal matrices and least squares are made of.

/** Rows one after the other. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly data: Float64Array
}

/**
 * Turns `x` into the unit vector v of the reflection that takes x to (alpha, 0, …, 0), and gives alpha, of the sign opposite to
 * that of x's first number. Zeros stay zeros: there is nothing to reflect.
 */
export function reflector(x: Float64Array): number {
  const norm = Math.sqrt(squares(x))
  if (norm === 0) return 0
  const first = x[0] ?? 0
  const alpha = first > 0 ? -norm : norm
  x[0] = first - alpha
  const scale = 1 / Math.sqrt(squares(x))
  for (let i = 0; i < x.length; i++) x[i] = (x[i] ?? 0) * scale
  return alpha
}

const squares = (x: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += (x[i] ?? 0) ** 2
  return sum
}

/** Reflects, in place, the rows from `row` on (as many as v has numbers) in their columns from `column` on. */
export function reflect({ columns, data }: Matrix, v: Float64Array, row: number, column: number): void {
  const sums = new Float64Array(columns)
  for (let i = 0; i < v.length; i++) {
    const [weight, at] = [v[i] ?? 0, (row + i) * columns]
    for (let j = column; j < columns; j++) sums[j] = (sums[j] ?? 0) + weight * (data[at + j] ?? 0)
  }
  for (let i = 0; i < v.length; i++) {
    const [weight, at] = [2 * (v[i] ?? 0), (row + i) * columns]
    for (let j = column; j < columns; j++) data[at + j] = (data[at + j] ?? 0) - weight * (sums[j] ?? 0)
  }
}
