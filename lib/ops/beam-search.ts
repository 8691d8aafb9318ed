// beam-search: one step of the search (candidates of all live hypotheses, the cheapest kept, finished ones set aside) and,
// after the last step, the hypotheses in full. Everything stays on the device. test/reference/beam-search.ts is the whole search in
// plain loops: read it first.

import { ShapeError } from '../core/errors.ts'
import type { Count } from '../core/shape.ts'
import { expectShape, fixed, type Op, operand, type Step, simpleOp, type Tensor, type Variant } from './op.ts'

/** A choice: the history's 8 bits for a row and the select kernel's workgroup memory would allow 256. */
export const MAX_BEAM_WIDTH = 200
/** Words are kept in 24 bits of the history. */
const MAX_WORDS = 2 ** 24

export interface BeamOptions {
  readonly width: number
  /** Words a hypothesis may have, the final 0 included. */
  readonly maxlen: number
  /** Whether word 1 may be chosen like any other. */
  readonly useUnknown: boolean
}

interface Attributes extends BeamOptions {
  readonly live: Count
}

/** Length of the control tensor; its fields are listed in kernels/beam-search.select.wgsl. */
export const controlLength = (width: number): number => 8 + 3 * width

/** What the first four control words say after a step; best cost: of the finished ones. */
export function beamProgress([live = 0, finished = 0, bits = 0, steps = 0]: Uint32Array) {
  const bestCost = finished > 0 ? new Float32Array(Uint32Array.of(bits).buffer)[0] : undefined
  return { steps, live, finished, bestCost }
}

/** In full workgroups of either size; a continuation that is taken costs a look at a row's chunks and at one chunk's words. */
const chunkCount = (words: number): number =>
  words < 4096 ? Math.min(words, 64) : 256 * Math.ceil(Math.sqrt(words) / 256)

/** Threads a workgroup of both kernels: GPUs hide in them what loads cost. */
const workgroup = (threads: number): Variant => ({
  name: `workgroup-${threads}`,
  kernel: 'beam-search.rows',
  knobs: { constants: { WORKGROUP: threads } },
})
const [FEW, MANY] = [workgroup(64), workgroup(256)]

export const beamSearch: Op<Attributes> = {
  name: 'beam-search',
  variants: [FEW, MANY],
  infer(inputs, { live, width, maxlen }, updates) {
    const logits = operand(inputs, 'logits')
    if (!Number.isInteger(width) || width < 1 || width > MAX_BEAM_WIDTH)
      throw new ShapeError(`beam search: width ${width}; it must be from 1 to ${MAX_BEAM_WIDTH}`)
    expectShape('beam-search', 'logits', logits, 'f32', [live, null])
    const words = fixed(logits, 1)
    if (words < 2 || words > MAX_WORDS) throw new ShapeError(`beam search: ${words} words; it takes 2 to ${MAX_WORDS}`)
    expectShape('beam-search', 'tokens', operand(updates, 'tokens'), 'i32', [live])
    expectShape('beam-search', 'parents', operand(updates, 'parents'), 'u32', [live])
    expectShape('beam-search', 'costs', operand(updates, 'costs'), 'f32', [live])
    expectShape('beam-search', 'history', operand(updates, 'history'), 'u32', [maxlen, width])
    expectShape('beam-search', 'control', operand(updates, 'control'), 'u32', [controlLength(width)])
    return { rows: { dtype: 'f32', shape: [live, 4] }, best: { dtype: 'u32', shape: [live, chunkCount(words), 2] } }
  },
  choose: ({ isHardware }) => (isHardware ? MANY : FEW),
  lower({ inputs, updates, outputs, attributes }, { knobs }): Step[] {
    const [logits, rows, best] = [operand(inputs, 'logits'), operand(outputs, 'rows'), operand(outputs, 'best')]
    const { live, width, maxlen } = attributes
    const search = { words: fixed(logits, 1), chunks: fixed(best, 1), use_unknown: attributes.useUnknown ? 1 : 0 }
    return [
      {
        kernel: 'beam-search.rows',
        knobs,
        bindings: { logits, rows, best },
        // `live` changes on the device: sizes for each of its values are tabled before a run, and repeat-next picks the row.
        size: resolve => ({ params: search, groups: [resolve(live), 1, 1] }),
      },
      {
        kernel: 'beam-search.select',
        knobs,
        bindings: { logits, rows, best, ...updates },
        size: resolve => ({ params: { ...search, live: resolve(live), width, maxlen }, groups: [1, 1, 1] }),
      },
    ]
  },
}

export interface BeamState {
  /** The word that each live hypothesis ends with; -1 before the first. */
  readonly tokens: Tensor<'i32', 1>
  /** The row of the step before that each live hypothesis continues. */
  readonly parents: Tensor<'u32', 1>
  readonly costs: Tensor<'f32', 1>
  readonly history: Tensor<'u32', 2>
  readonly control: Tensor<'u32', 1>
}

/** One step: logits [live, words] of the live hypotheses; the state is changed in place. */
export function beamStep(logits: Tensor<'f32', 2>, state: BeamState, live: Count, options: BeamOptions): void {
  logits.emit.node(beamSearch, { logits }, { ...options, live }, { ...state })
}

export const beamTrace = simpleOp<BeamOptions>({
  name: 'beam-search.trace',
  infer(inputs, { width, maxlen }) {
    expectShape('beam-search.trace', 'history', operand(inputs, 'history'), 'u32', [maxlen, width])
    return {
      words: { dtype: 'u32', shape: [width, maxlen] },
      lengths: { dtype: 'u32', shape: [width] },
      totals: { dtype: 'f32', shape: [width] },
    }
  },
  size: ({ attributes: { width, maxlen } }) => ({ params: { width, maxlen }, groups: [Math.ceil(width / 64), 1, 1] }),
})

/** Hypotheses in full: words [width, maxlen], lengths [width] (0: none), total costs [width]. */
export function beamHypotheses(
  { control, costs, history }: BeamState,
  options: BeamOptions,
): { words: Tensor; lengths: Tensor; totals: Tensor } {
  const { words, lengths, totals } = control.emit.node(beamTrace, { control, costs, history }, options)
  if (words === undefined || lengths === undefined || totals === undefined)
    throw new ShapeError('beam-search.trace: no outputs')
  return { words, lengths, totals }
}
