// Vectors → text: the style shift, the decoder's first state and the search for words, one graph a call.

import { InputError } from '../core/errors.ts'
import type { LoopRecord } from '../graph/loop.ts'
import type { Outputs } from '../graph/plan.ts'
import {
  beamSearchGraph,
  type DecoderOptions,
  feedGraph,
  MAX_VECTORS,
  sampleGraph,
  stateGraph,
} from '../nets/decoder.ts'
import { MAX_BEAM_WIDTH } from '../ops/beam-search.ts'
import { sampleControl } from '../ops/sample.ts'
import type { Engine, Task } from './engine.ts'
import { values } from './picture-encoder.ts'

export interface Hypothesis {
  readonly text: string
  /** Word ids, with the final 0 where the hypothesis ended. */
  readonly tokens: readonly number[]
  /** Sum of -log probabilities. */
  readonly cost: number
}

export interface Thought {
  /** [vectors, dimContext], C order: they are averaged. */
  readonly vectors: Float32Array
  /** Subtracted and added, [dimContext] each; zeros if absent. */
  readonly negative?: Float32Array | undefined
  readonly positive?: Float32Array | undefined
}

export interface BeamSettings {
  readonly width: number
  readonly maxlen: number
  readonly useUnknown?: boolean
}

export interface SampleSettings {
  /** Stories drawn. */
  readonly count: number
  readonly maxlen: number
  /** 0 takes the likeliest word at each step. */
  readonly temperature: number
  readonly seed: number
  readonly useUnknown?: boolean
}

export interface Written {
  /** In the order of the original's list: as they finished, then those cut off at maxlen. */
  readonly hypotheses: readonly Hypothesis[]
  readonly shifted: Float32Array
  readonly state: Float32Array
}

/** Costs from here on stand for infinity (kernels/beam-search.select.wgsl). */
const INFINITE = 3e38
export const MAX_LENGTH = 1000

export class Writer {
  readonly options: DecoderOptions
  #engine: Engine
  #words: ReadonlyMap<number, string>

  /** `words` maps ids to words; 0 and 1 are always shown as <eos> and UNK. */
  constructor(engine: Engine, options: DecoderOptions, words: ReadonlyMap<number, string>) {
    this.options = options
    this.#engine = engine
    this.#words = words
  }

  /** Beam search from a thought. */
  async search(
    thought: Thought,
    beam: BeamSettings,
    task: Task & { onRecord?: (record: LoopRecord) => void } = {},
  ): Promise<Written> {
    checkRange('beam width', beam.width, MAX_BEAM_WIDTH)
    checkRange('maxlen', beam.maxlen, MAX_LENGTH)
    const settings = { width: beam.width, maxlen: beam.maxlen, useUnknown: beam.useUnknown ?? false }
    const { inputs, vectors } = this.#inputs(thought)
    const outputs = await this.#engine.run(
      `beam ${JSON.stringify(settings)}`,
      () => beamSearchGraph(this.options, settings),
      { inputs, counts: { vectors, steps: beam.maxlen }, onRecord: task.onRecord },
      task,
    )
    const totals = values(outputs, 'totals')
    const [words, lengths] = [outputs.words?.data ?? [], outputs.lengths?.data ?? []]
    const hypotheses = Array.from(lengths, (length, i) =>
      this.#hypothesis([...words.slice(i * beam.maxlen, i * beam.maxlen + length)], totals[i] ?? 0),
    )
    return this.#written(
      outputs,
      hypotheses.filter(h => h.tokens.length > 0),
    )
  }

  /** Draws stories word by word. */
  async sample(thought: Thought, draw: SampleSettings, task: Task = {}): Promise<Written> {
    checkRange('number of stories', draw.count, MAX_BEAM_WIDTH)
    checkRange('maxlen', draw.maxlen, MAX_LENGTH)
    const settings = { rows: draw.count, maxlen: draw.maxlen, useUnknown: draw.useUnknown ?? false }
    const { inputs, vectors } = this.#inputs(thought)
    const outputs = await this.#engine.run(
      `sample ${JSON.stringify(settings)}`,
      () => sampleGraph(this.options, settings),
      {
        inputs,
        counts: { vectors, steps: draw.maxlen, live: draw.count },
        start: { control: sampleControl(draw.count, draw.seed, draw.temperature) },
      },
      task,
    )
    const totals = values(outputs, 'totals')
    const [history, control] = [outputs.history?.data ?? [], outputs.control?.data ?? []]
    const story = (row: number) =>
      Array.from({ length: control[8 + row] ?? 0 }, (_, step) => history[step * draw.count + row] ?? 0)
    return this.#written(
      outputs,
      Array.from({ length: draw.count }, (_, row) => this.#hypothesis(story(row), totals[2 * row] ?? 0)),
    )
  }

  /** The decoder's first state [dim] from a thought. */
  async initialState(thought: Thought): Promise<Float32Array> {
    const { inputs, vectors } = this.#inputs(thought)
    const run = { inputs, counts: { vectors } }
    return values(await this.#engine.run('state', () => stateGraph(this.options), run), 'state')
  }

  /** One decoder step for rows of words (−1: none) and states [rows, dim]: states, logits and probs. */
  async feed(tokens: Int32Array, state: Float32Array): Promise<Outputs> {
    const rows = tokens.length
    return this.#engine.run(`feed ${rows}`, () => feedGraph(this.options, rows), { inputs: { tokens, state } })
  }

  /** Words of ids; the last id is left out as the original does, whether or not it is the end token. */
  text(tokens: readonly number[]): string {
    return tokens
      .slice(0, -1)
      .map(id => (id === 0 ? '<eos>' : id === 1 ? 'UNK' : (this.#words.get(id) ?? 'UNK')))
      .join(' ')
  }

  #hypothesis(tokens: readonly number[], cost: number): Hypothesis {
    return { text: this.text(tokens), tokens, cost: cost >= INFINITE ? Number.POSITIVE_INFINITY : cost }
  }

  #written(outputs: Outputs, hypotheses: readonly Hypothesis[]): Written {
    // Some word always has a probability, so that the cheapest hypothesis has a cost.
    if (!hypotheses.some(({ cost }) => Number.isFinite(cost)) || hypotheses.some(({ cost }) => Number.isNaN(cost)))
      throw new InputError('the decoder gives no words: its outputs are not numbers; check the model with "verify"')
    return { hypotheses, shifted: values(outputs, 'shifted'), state: values(outputs, 'state') }
  }

  #inputs({ vectors, negative, positive }: Thought) {
    const dim = this.options.dimContext
    const count = vectors.length / dim
    if (!Number.isInteger(count) || count < 1 || count > MAX_VECTORS)
      throw new InputError(
        `the decoder takes vectors of ${dim} numbers, up to ${MAX_VECTORS} of them; ${vectors.length} numbers were given`,
      )
    this.checkStyle({ negative, positive })
    const zeros = new Float32Array(dim)
    return { inputs: { vectors, negative: negative ?? zeros, positive: positive ?? zeros }, vectors: count }
  }

  /** @throws InputError where a style is not of the length that the decoder takes. */
  checkStyle(style: Pick<Thought, 'negative' | 'positive'>): void {
    const dim = this.options.dimContext
    for (const [what, vector] of Object.entries(style))
      if (vector !== undefined && vector.length !== dim)
        throw new InputError(
          `the ${what} style has ${vector.length} numbers, the decoder takes ${dim}; use a style made for this model`,
        )
  }
}

/** Cheapest first; of equal ones the earlier. */
export const byCost = (hypotheses: readonly Hypothesis[]): Hypothesis[] =>
  [...hypotheses].sort((a, b) => (a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : 0))

/** Those that the original chooses from: an empty hypothesis that came first is set aside where there are others. */
export function eligible(hypotheses: readonly Hypothesis[]): readonly Hypothesis[] {
  const [first, ...others] = hypotheses
  return first !== undefined && first.tokens.length <= 1 && others.length > 0 ? others : hypotheses
}

/** The cheapest hypothesis, as the original chooses: by total cost. */
export function cheapest(hypotheses: readonly Hypothesis[]): Hypothesis {
  const [best] = byCost(eligible(hypotheses))
  if (best === undefined) throw new InputError('there are no hypotheses')
  return best
}

/** @throws InputError unless `value` is a whole number from 1 to `most`. */
export function checkRange(what: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new InputError(`${what} is ${value}; it must be a whole number from 1 to ${most}`)
}
