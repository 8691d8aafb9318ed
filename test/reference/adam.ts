// adam: one step of Adam (Kingma & Ba 2015, algorithm 1, β₁ = 0.9, β₂ = 0.999, ε = 1e-8 outside the root) on one number.

export interface Moments {
  readonly weight: number
  readonly mean: number
  readonly square: number
}

/** `rate` has the correction of the mean in it, `spread` is that of the square. */
export function adam(gradient: number, { weight, mean, square }: Moments, rate: number, spread: number): Moments {
  const m = 0.1 * gradient + 0.9 * mean
  const v = 0.001 * gradient ** 2 + 0.999 * square
  return { weight: weight - (rate * m) / (Math.sqrt(spread * v) + 1e-8), mean: m, square: v }
}
