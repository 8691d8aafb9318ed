// The decoder: a GRU language model started from a thought vector, and the graphs that make text of it. From the captions'
// vectors to the hypotheses everything is one graph: style shift, initial state, beam search.

import { Count } from '../core/shape.ts'
import { Graph } from '../graph/graph.ts'
import { type BeamOptions, type BeamState, beamHypotheses, beamStep, controlLength } from '../ops/beam-search.ts'
import { add, addBias, subtract, tanh } from '../ops/elementwise.ts'
import { embed } from '../ops/embedding-rows.ts'
import { linear } from '../ops/gemm.ts'
import { gruStep } from '../ops/gru-cell.ts'
import { mean } from '../ops/mean-rows.ts'
import type { Tensor } from '../ops/op.ts'
import { type SampleOptions, type SampleState, sampleControl, sampleStep } from '../ops/sample.ts'
import { softmax } from '../ops/softmax.ts'

export interface DecoderOptions {
  readonly dim: number
  readonly dimWord: number
  readonly dimContext: number
  readonly nWords: number
  /** A tanh layer back to the words' width before the logits. */
  readonly doutput: boolean
}

const affine = (graph: Graph, name: string, input: Tensor<'f32', 2>, outputs: number): Tensor<'f32', 2> => {
  const weight = graph.parameter(`decoder/${name}.W`, [outputs, input.shape[1] as number])
  return addBias(linear(input, weight), graph.parameter(`decoder/${name}.b`, [outputs]))
}

/**
 * One step: the words before (−1: none, a zero vector) → next states and logits [rows, words]. `parents`: the row of `state` that each
 * row continues; the GRU reads its states through it, so no state is ever moved.
 */
export function decoderStep(
  graph: Graph,
  options: DecoderOptions,
  tokens: Tensor<'i32', 1>,
  state: Tensor<'f32', 2>,
  parents?: Tensor<'u32', 1>,
): { next: Tensor<'f32', 2>; logits: Tensor<'f32', 2> } {
  const { dim, dimWord, nWords, doutput } = options
  const vectors = embed(tokens, graph.parameter('decoder/words', [nWords, dimWord]))
  const recurrent = graph.parameter('decoder/gru.U', [3 * dim, dim])
  const rows = tokens.shape[0]
  const next = gruStep(state, affine(graph, 'gru', vectors, 3 * dim), recurrent, {
    rows,
    offset: 0,
    ...(parents && { parents }),
  })
  const output = doutput ? tanh(affine(graph, 'hidden', next, dimWord)) : next
  return { next, logits: affine(graph, 'logits', output, nWords) }
}

/** How many vectors at most are averaged into one thought. */
export const MAX_VECTORS = 1000

/**
 * The style shift: `vectors` [vectors, dimContext] → their mean − `negative` + `positive` [1, dimContext]. An output as `shifted`.
 */
function thought(graph: Graph, { dimContext }: DecoderOptions): Tensor<'f32', 2> {
  const vectors = graph.input('vectors', 'f32', [new Count('vectors', MAX_VECTORS), dimContext])
  const negative = graph.input('negative', 'f32', [1, dimContext])
  const positive = graph.input('positive', 'f32', [1, dimContext])
  const shifted = add(subtract(mean(vectors), negative), positive)
  graph.output('shifted', shifted)
  return shifted
}

function initialState(graph: Graph, options: DecoderOptions): Tensor<'f32', 2> {
  const state = tanh(affine(graph, 'state', thought(graph, options), options.dim))
  graph.output('state', state)
  return state
}

/** Beam search: outputs `words` [width, maxlen], `lengths` and `totals` [width]; also `shifted` and `state`. */
export function beamSearchGraph(options: DecoderOptions, beam: BeamOptions): Graph {
  const graph = new Graph()
  const initial = initialState(graph, options)
  const { width, maxlen } = beam
  const live = new Count('live', width)
  const state: BeamState = {
    tokens: graph.keep('tokens', 'i32', [live], new Int32Array(width).fill(-1)),
    parents: graph.keep('parents', 'u32', [live]),
    costs: graph.keep('costs', 'f32', [live]),
    history: graph.keep('history', 'u32', [maxlen, width]),
    control: graph.keep('control', 'u32', [controlLength(width)], startWithOne(controlLength(width))),
  }
  graph.repeat(
    'beam search',
    new Count('steps', maxlen),
    loop => {
      const current = loop.carry<2>('decoder state', [live, options.dim], initial)
      const { next, logits } = decoderStep(graph, options, state.tokens, current, state.parents)
      beamStep(logits, state, live, beam)
      loop.next(current, next)
    },
    { count: live, control: state.control },
  )
  for (const [name, tensor] of Object.entries(beamHypotheses(state, beam))) graph.output(name, tensor)
  return graph
}

/** Control words before the first step: one live hypothesis, the empty one. */
function startWithOne(length: number): Uint32Array {
  const control = new Uint32Array(length)
  control[0] = 1
  return control
}

/** Sampling, or with temperature 0 the likeliest words: outputs `history` [maxlen, rows], `totals` [rows, 2], `control`. */
export function sampleGraph(options: DecoderOptions, draw: SampleOptions): Graph {
  const graph = new Graph()
  const live = new Count('live', draw.rows)
  const initial = embed(graph.keep('first row', 'i32', [live]), initialState(graph, options))
  const start = sampleControl(draw.rows, 0, 0)
  const state: SampleState = {
    tokens: graph.keep('tokens', 'i32', [live], new Int32Array(draw.rows).fill(-1)),
    totals: graph.keep('totals', 'f32', [live, 2]),
    history: graph.keep('history', 'u32', [draw.maxlen, draw.rows]),
    control: graph.keep('control', 'u32', [start.length], start),
  }
  const build: Parameters<Graph['repeat']>[2] = loop => {
    const current = loop.carry<2>('decoder state', [live, options.dim], initial)
    const { next, logits } = decoderStep(graph, options, state.tokens, current)
    sampleStep(logits, state, live, draw)
    loop.next(current, next)
  }
  graph.repeat('sampling', new Count('steps', draw.maxlen), build, { count: live, control: state.control })
  for (const name of ['history', 'totals', 'control'] as const) graph.output(name, state[name])
  return graph
}

/** One step fed by hand, for whoever compares: `tokens` [rows], `state` [rows, dim] → `states`, `logits`, `probs`. */
export function feedGraph(options: DecoderOptions, rows: number): Graph {
  const graph = new Graph()
  const tokens = graph.input('tokens', 'i32', [rows])
  const state = graph.input('state', 'f32', [rows, options.dim])
  const { next, logits } = decoderStep(graph, options, tokens, state)
  graph.output('states', next)
  graph.output('logits', logits)
  graph.output('probs', softmax(logits))
  return graph
}

/** Only the way from vectors to the decoder's first state: outputs `shifted` [1, dimContext] and `state` [1, dim]. */
export function stateGraph(options: DecoderOptions): Graph {
  const graph = new Graph()
  initialState(graph, options)
  return graph
}
