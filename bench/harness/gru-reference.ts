// A GRU and a matrix-vector product as plain f64 loops over typed arrays: the references of encode and beam. Layouts as in the bundle.

/** W · x + b; W [outputs, inputs] in C order. */
export function affine(weight: Float32Array, x: ArrayLike<number>, bias?: Float32Array): Float64Array {
  const inputs = x.length
  const out = new Float64Array(weight.length / inputs)
  for (let row = 0; row < out.length; row++) {
    let sum = bias?.[row] ?? 0
    for (let i = 0, at = row * inputs; i < inputs; i++) sum += (weight[at + i] as number) * (x[i] as number)
    out[row] = sum
  }
  return out
}

export interface Gru {
  /** [3·units, width], [3·units], [3·units, units]: reset, update, candidate. */
  readonly W: Float32Array
  readonly b: Float32Array
  readonly U: Float32Array
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** The next state. */
export function gruStep({ W, b, U }: Gru, state: Float64Array, x: ArrayLike<number>): Float64Array {
  const units = state.length
  const [input, product] = [affine(W, x, b), affine(U, state)]
  const at = (values: Float64Array, gate: number, i: number): number => values[gate * units + i] as number
  return state.map((h, i) => {
    const reset = sigmoid(at(input, 0, i) + at(product, 0, i))
    const update = sigmoid(at(input, 1, i) + at(product, 1, i))
    const candidate = Math.tanh(at(input, 2, i) + reset * at(product, 2, i))
    return update * h + (1 - update) * candidate
  })
}

/** The last state over word vectors. */
export function gruOver(gru: Gru, units: number, words: readonly ArrayLike<number>[]): Float64Array {
  return words.reduce<Float64Array>((state, x) => gruStep(gru, state, x), new Float64Array(units))
}

export const norm = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((n, value) => n + value * value, 0))
