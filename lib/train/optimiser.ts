// Adam's two numbers of a step, which its kernel takes: the step size, and what the mean square is multiplied by.

/** The textbook's: m and v are divided by 1 − 0.9^t and 1 − 0.999^t (Kingma & Ba 2015, algorithm 1). */
const textbook = (step: number, lr: number): readonly [number, number] => [
  lr / (1 - 0.9 ** step),
  1 / (1 - 0.999 ** step),
]

/** The original's: its corrections take the small numbers to the power t, so they are near 1 from the start, and the first step is about 3.5 lr. */
const original = (step: number, lr: number): readonly [number, number] => [
  (lr * Math.sqrt(1 - 0.001 ** step)) / (1 - 0.1 ** step),
  1,
]

/** For update number `step`, counted from 1. */
export const adamRates = (step: number, lr: number, compat: boolean): Float32Array =>
  Float32Array.from((compat ? original : textbook)(step, lr))
