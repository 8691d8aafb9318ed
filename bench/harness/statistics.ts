// What is made of measured times: median, tenth and ninetieth percentile, and how a time grows with its input. Pure.

export interface Spread {
  readonly median: number
  readonly p10: number
  readonly p90: number
  /** Samples. */
  readonly n: number
}

/** The value below which `share` of the samples lie, between two samples linearly. @throws RangeError without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]]
  if (low === undefined || high === undefined) throw new RangeError('no samples')
  return low + (high - low) * (at - Math.floor(at))
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5)

export const spread = (samples: readonly number[]): Spread => ({
  median: median(samples),
  p10: percentile(samples, 0.1),
  p90: percentile(samples, 0.9),
  n: samples.length,
})

/** The sum of independent parts, part by part: an upper bound of the spread of their sum. */
export function total(parts: readonly { readonly spread: Spread; readonly times: number }[]): Spread {
  const sum = (value: (s: Spread) => number) => parts.reduce((n, { spread: s, times }) => n + times * value(s), 0)
  return {
    median: sum(s => s.median),
    p10: sum(s => s.p10),
    p90: sum(s => s.p90),
    n: Math.min(...parts.map(({ spread: s }) => s.n)),
  }
}

/** The exponent b of time ≈ a · sizeᵇ by least squares over logarithms: 1 is linear, less is better. */
export function exponent(points: readonly { readonly size: number; readonly ms: number }[]): number {
  const logs = points.map(({ size, ms }) => ({ x: Math.log(size), y: Math.log(ms) }))
  const mean = (value: (point: { x: number; y: number }) => number) =>
    logs.reduce((n, point) => n + value(point), 0) / logs.length
  const [x, y] = [mean(p => p.x), mean(p => p.y)]
  const spreadOfSizes = mean(p => (p.x - x) ** 2)
  if (!(spreadOfSizes > 0)) throw new RangeError('growth needs two different sizes or more')
  return mean(p => (p.x - x) * (p.y - y)) / spreadOfSizes
}
