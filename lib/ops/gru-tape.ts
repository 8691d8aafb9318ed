// gru-tape: one GRU step for training. All states of a batch of sentences stay in one kept matrix, the tape, a block of rows a step;
// so do the gates. Its gradient is a step of the loop backwards; the weights' gradients are one product over all steps.

import { ShapeError } from '../core/errors.ts'
import { type Dim, showShape } from '../core/shape.ts'
import {
  dim,
  expectShape,
  fixed,
  fold,
  type Node,
  type Op,
  operand,
  type Size,
  scratch,
  simpleOp,
  type Tensor,
} from './op.ts'
import { addTimesWeight, comesInFours, overRows, product, productStep, productVariant } from './product.ts'

export interface TapeStep {
  /** Rows of this step. */
  readonly rows: Dim
  /** Where the states begin that these rows continue, and where the step's own begin (in projections and gates too). */
  readonly from: Dim
  readonly to: Dim
}

const size = (tape: Tensor, { rows, from, to }: TapeStep, resolve: (dim: Dim) => number): Size => {
  const params = { rows: resolve(rows), units: fixed(tape, 1), from_row: resolve(from), to_row: resolve(to) }
  return { params, groups: fold(Math.ceil((params.rows * params.units) / 64)) }
}

export const gruTape: Op<TapeStep> = {
  name: 'gru-tape',
  // Of the product that it begins with.
  variants: product.variants,
  infer(inputs, _step, updates) {
    const states = operand(updates, 'states')
    if (states.storage !== 'kept')
      throw new ShapeError(`gru-tape: ${states.label} ${showShape(states.shape)} is not kept`)
    const units = fixed(states, 1)
    expectShape('gru-tape', 'input', operand(inputs, 'input'), 'f32', [null, 3 * units])
    expectShape('gru-tape', 'weight', operand(inputs, 'weight'), 'f32', [3 * units, units])
    expectShape('gru-tape', 'gates', operand(updates, 'gates'), 'f32', [null, 4 * units])
    return {}
  },
  choose(facts, { inputs, updates, attributes: { rows } }) {
    const inFours = comesInFours('nt', operand(updates, 'states'), operand(inputs, 'weight'))
    return productVariant(facts, rows, inFours)
  },
  lower(node, variant, facts) {
    const { inputs, updates, attributes } = node
    const [states, input, weight] = [operand(updates, 'states'), operand(inputs, 'input'), operand(inputs, 'weight')]
    const products = scratch(node, `${node.label} products`, [attributes.rows, 3 * fixed(states, 1)])
    const { rows, from } = attributes
    return [
      productStep(
        {
          inputs: { input: states, weight },
          updates: {},
          outputs: { output: products },
          attributes: { form: 'nt', rows, first: from },
        },
        variant,
        facts,
      ),
      {
        kernel: 'gru-tape',
        knobs: {},
        bindings: { input, products, ...updates },
        size: resolve => size(states, attributes, resolve),
      },
    ]
  },
  gradient(node, backward) {
    const { inputs, updates, attributes } = node
    const [states, input, weight] = [operand(updates, 'states'), operand(inputs, 'input'), operand(inputs, 'weight')]
    if (backward.of(states) === undefined) return
    const { rows, from, to } = attributes
    const units = fixed(states, 1)
    const tape = (what: string, width: number) => backward.tape(`${node.label} ${what}`, [dim(input, 0), width])
    const [ofInput, recurrent, before] = [tape('input', 3 * units), tape('products', 3 * units), tape('before', units)]
    const gradient = backward.kept(states)
    states.emit.node(gruTapeBackward, { states, gates: operand(updates, 'gates') }, attributes, {
      gradient,
      inputs: ofInput,
      recurrent,
      before,
    })
    addTimesWeight(recurrent, weight, gradient, { rows, first: to, into: from })
    backward.afterLoop(() => {
      backward.add(input, ofInput)
      if (backward.wants(weight)) backward.add(weight, overRows(recurrent, before))
    })
  },
}

export const gruTapeBackward = simpleOp<TapeStep>({
  name: 'gru-tape.backward',
  infer(inputs, _step, updates) {
    const units = fixed(operand(inputs, 'states'), 1)
    for (const [name, width] of [
      ['gradient', 1],
      ['inputs', 3],
      ['recurrent', 3],
      ['before', 1],
    ] as const)
      expectShape('gru-tape.backward', name, operand(updates, name), 'f32', [null, width * units])
    return {}
  },
  size: ({ inputs, attributes }: Node<TapeStep>, resolve) => size(operand(inputs, 'states'), attributes, resolve),
})

/**
 * One step: `tape.states` [*, units] from rows `from` on → rows `to`; projections x·W + b [words, 3·units], recurrent U [3·units, units]
 * (reset | update | candidate); `tape.gates` [words, 4·units] is for the backward pass.
 */
export function gruTapeStep(
  projections: Tensor,
  recurrent: Tensor,
  tape: { readonly states: Tensor; readonly gates: Tensor },
  step: TapeStep,
): void {
  projections.emit.node(gruTape, { input: projections, weight: recurrent }, step, { ...tape })
}
