// sample: one word for each row of logits, drawn at a temperature, or the likeliest. Rows end by word 0, each on its own.

import { InputError } from '../core/errors.ts'
import type { Count } from '../core/shape.ts'
import { expectShape, fixed, type Op, operand, simpleOp, type Tensor } from './op.ts'

export interface SampleOptions {
  /** Stories drawn at once. */
  readonly rows: number
  readonly maxlen: number
  readonly useUnknown: boolean
}

interface Attributes extends SampleOptions {
  readonly live: Count
}

/** Length of the control tensor; its fields are listed in kernels/sample.wgsl. */
export const sampleControlLength = (rows: number): number => 8 + rows

/** What control holds before the first step. Temperature 1 draws by the model's probabilities, 0 takes the likeliest word. */
export function sampleControl(rows: number, seed: number, temperature: number): Uint32Array {
  if (!(temperature >= 0 && Number.isFinite(temperature)))
    throw new InputError(`sampling: temperature ${temperature}; it must be 0 or more`)
  const control = new Uint32Array(sampleControlLength(rows))
  control.set([rows, rows])
  control[5] = seed
  new Float32Array(control.buffer)[6] = temperature
  return control
}

export const sample: Op<Attributes> = simpleOp<Attributes>({
  name: 'sample',
  infer(inputs, { live, rows, maxlen }, updates) {
    expectShape('sample', 'logits', operand(inputs, 'logits'), 'f32', [live, null])
    expectShape('sample', 'tokens', operand(updates, 'tokens'), 'i32', [live])
    expectShape('sample', 'totals', operand(updates, 'totals'), 'f32', [live, 2])
    expectShape('sample', 'history', operand(updates, 'history'), 'u32', [maxlen, rows])
    expectShape('sample', 'control', operand(updates, 'control'), 'u32', [sampleControlLength(rows)])
    return {}
  },
  size({ inputs, attributes }, resolve) {
    const { rows, maxlen } = attributes
    const words = fixed(operand(inputs, 'logits'), 1)
    const params = { rows, words, maxlen, use_unknown: attributes.useUnknown ? 1 : 0 }
    return { params, groups: [resolve(attributes.live), 1, 1] }
  },
})

export interface SampleState {
  readonly tokens: Tensor<'i32', 1>
  /** Cost and sum of chosen probabilities of each row. */
  readonly totals: Tensor<'f32', 2>
  readonly history: Tensor<'u32', 2>
  readonly control: Tensor<'u32', 1>
}

/** Draws a word for each row of logits [rows, words]; the state is changed in place. */
export function sampleStep(logits: Tensor<'f32', 2>, state: SampleState, live: Count, options: SampleOptions): void {
  logits.emit.node(sample, { logits }, { ...options, live }, { ...state })
}
