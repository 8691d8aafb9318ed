// The self-test: real kernels on the device against plain loops in f64 (plain-loops.ts). Small, seeded, a few seconds on the
// slowest adapter. Each limit is what f32 arithmetic may cost at that length, so that a driver that computes wrongly, or less
// exactly than stories need, fails. Knows nothing of models or files.

import { InputError } from '../core/errors.ts'
import { Random } from '../core/random.ts'
import type { Device } from '../gpu/device.ts'
import { KernelError } from '../gpu/kernel.ts'
import { inMemory, Weights } from '../gpu/weights.ts'
import { compile } from '../graph/compile.ts'
import { Graph } from '../graph/graph.ts'
import type { Outputs, Run } from '../graph/plan.ts'
import { addBias, sigmoid, tanh } from '../ops/elementwise.ts'
import { linear } from '../ops/gemm.ts'
import { gruStep } from '../ops/gru-cell.ts'
import { softmax } from '../ops/softmax.ts'
import { beamSearchGraph } from './decoder.ts'
import * as plain from './plain-loops.ts'

export interface Check {
  readonly name: string
  /** Largest difference from the plain loops; infinite where words differ. */
  readonly error: number
  readonly limit: number
  readonly ok: boolean
  /** Why it could not run, where it could not: a kernel that does not compile here. */
  readonly problem?: string
}

interface Case {
  readonly name: string
  readonly graph: Graph
  readonly run: Run
  readonly weights: Readonly<Record<string, Float32Array>>
  readonly limit: number
  error(outputs: Outputs): number
}

/** Half the distance from 1 to the next f32: what one rounding may cost. */
const ROUNDING = 2 ** -24
/** Of exp, tanh and sigmoid, beside their value: the share that every recorded reference leaves (see test/golden). */
const FUNCTION = 4e-6

/** Runs every check, one after the other. @throws DeviceError where the device fails altogether. */
export async function selfTest(device: Device, signal?: AbortSignal): Promise<Check[]> {
  const checks: Check[] = []
  for (const test of [gemmCase(), softmaxCase(), ...curveCases(), gruCase(), beamCase()])
    checks.push(await check(device, test, signal))
  return checks
}

async function check(device: Device, test: Case, signal: AbortSignal | undefined): Promise<Check> {
  const { name, limit } = test
  try {
    const error = test.error(await runOnce(device, test.graph, { ...test.run, signal }, test.weights))
    return { name, error, limit, ok: error <= limit }
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    return { name, error: Number.POSITIVE_INFINITY, limit, ok: false, problem: error.message }
  }
}

async function runOnce(device: Device, graph: Graph, run: Run, given: Case['weights']): Promise<Outputs> {
  const weights = new Weights(device)
  try {
    for (const [name, { shape }] of graph.parameters) {
      const data = given[name]
      if (data === undefined) throw new InputError(`self-test: no weight ${name}`)
      await weights.load(name, inMemory(shape as readonly number[], data))
    }
    const plan = await compile(graph, device, weights)
    try {
      return await plan.run(run)
    } finally {
      plan.dispose()
    }
  } finally {
    weights.free()
  }
}

/** The largest difference; a value that is no number counts as infinitely wrong. */
function largestError(outputs: Outputs, name: string, wanted: readonly number[]): number {
  const got = outputs[name]?.data ?? []
  if (got.length !== wanted.length) return Number.POSITIVE_INFINITY
  return wanted.reduce((worst, value, i) => {
    const error = Math.abs((got[i] ?? Number.NaN) - value)
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error)
  }, 0)
}

function gemmCase(): Case {
  // As in real nets a multiple of 4: the family of kernels that the adapter will use is the one that is tested.
  const [rows, inner, columns] = [17, 68, 33]
  const random = new Random(1)
  const [x, weight, bias] = [random.floats(rows * inner), random.floats(columns * inner), random.floats(columns)]
  const graph = new Graph()
  const product = linear(graph.input('x', 'f32', [rows, inner]), graph.parameter('W', [columns, inner]))
  graph.output('y', addBias(product, graph.parameter('b', [columns])))
  const wanted = plain.matrix(x, inner).flatMap(row => plain.affine(row, plain.matrix(weight, inner), [...bias]))
  // Every term is at most 1, a sum at most `inner`; each addition rounds once.
  const limit = inner * ROUNDING * inner
  return {
    name: 'gemm',
    graph,
    run: { inputs: { x } },
    weights: { W: weight, b: bias },
    limit,
    error: outputs => largestError(outputs, 'y', wanted),
  }
}

function softmaxCase(): Case {
  const [rows, columns] = [3, 101]
  const x = new Random(2).floats(rows * columns, 20)
  const graph = new Graph()
  graph.output('y', softmax(graph.input('x', 'f32', [rows, columns])))
  const wanted = plain.matrix(x, columns).flatMap(plain.softmax)
  return {
    name: 'softmax',
    graph,
    run: { inputs: { x } },
    weights: {},
    limit: FUNCTION + columns * ROUNDING,
    error: outputs => largestError(outputs, 'y', wanted),
  }
}

/** tanh and sigmoid from one saturated end to the other. */
function curveCases(): Case[] {
  const x = Float32Array.from({ length: 1001 }, (_, i) => ((i - 500) / 500) ** 3 * 90)
  const curves = [
    { name: 'tanh', op: tanh, formula: Math.tanh },
    { name: 'sigmoid', op: sigmoid, formula: plain.sigmoid },
  ]
  return curves.map(({ name, op, formula }) => {
    const graph = new Graph()
    graph.output('y', op(graph.input('x', 'f32', [x.length])))
    const wanted = Array.from(x, formula)
    return {
      name,
      graph,
      run: { inputs: { x } },
      weights: {},
      limit: FUNCTION,
      error: outputs => largestError(outputs, 'y', wanted),
    }
  })
}

function gruCase(): Case {
  const [rows, units] = [17, 36]
  const random = new Random(3)
  const [state, input] = [random.floats(rows * units), random.floats(rows * 3 * units, 2)]
  const recurrent = random.floats(3 * units * units, 0.5)
  const graph = new Graph()
  const next = gruStep(
    graph.input('state', 'f32', [rows, units]),
    graph.input('input', 'f32', [rows, 3 * units]),
    graph.parameter('U', [3 * units, units]),
    { rows, offset: 0 },
  )
  graph.output('y', next)
  const inputs = plain.matrix(input, 3 * units)
  const wanted = plain
    .matrix(state, units)
    .flatMap((row, i) => plain.gruCell(row, inputs[i] ?? [], plain.matrix(recurrent, units)))
  // The gates' slopes are 1 at most; a sum of `units` terms of 0.5 at most stands before them.
  const limit = 2 * FUNCTION + units * ROUNDING * 0.5 * units
  return {
    name: 'gru-cell',
    graph,
    run: { inputs: { state, input } },
    weights: { U: recurrent },
    limit,
    error: outputs => largestError(outputs, 'y', wanted),
  }
}

/** A whole decoder: thought → state → beam search; the words must be the same, so the seed leaves no near ties. */
function beamCase(): Case {
  const options = { dim: 12, dimWord: 7, dimContext: 9, nWords: 29, doutput: false }
  const beam = { width: 5, maxlen: 12, useUnknown: false }
  const random = new Random(4)
  const graph = beamSearchGraph(options, beam)
  const weights = Object.fromEntries(
    [...graph.parameters].map(([name, { shape }]) => [
      name,
      random.floats((shape as readonly number[]).reduce((n, d) => n * d, 1)),
    ]),
  )
  const thought = random.floats(options.dimContext)
  const wanted = plain.beamSearch(
    [...thought],
    options,
    (name, columns) => plain.matrix(weights[`decoder/${name}`] ?? [], columns),
    beam,
  )
  const zeros = new Float32Array(options.dimContext)
  return {
    name: 'beam search',
    graph,
    run: {
      inputs: { vectors: thought, negative: zeros, positive: zeros },
      counts: { vectors: 1, steps: beam.maxlen },
    },
    weights,
    // A cost is a sum over the steps of logits (`dim` terms each) and their log-sum.
    limit: beam.maxlen * (FUNCTION + options.dim * options.dim * ROUNDING),
    error: outputs => beamError(outputs, wanted, beam.maxlen),
  }
}

function beamError(outputs: Outputs, wanted: readonly plain.Found[], maxlen: number): number {
  const [words, lengths] = [outputs.words?.data ?? [], [...(outputs.lengths?.data ?? [])]]
  const found = lengths.map((length, i) => [...words.slice(i * maxlen, i * maxlen + length)])
  const same = JSON.stringify(found) === JSON.stringify(wanted.map(hypothesis => hypothesis.words))
  return same
    ? largestError(
        outputs,
        'totals',
        wanted.map(hypothesis => hypothesis.cost),
      )
    : Number.POSITIVE_INFINITY
}
