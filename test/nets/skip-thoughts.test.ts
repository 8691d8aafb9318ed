// Skip-thoughts as a graph: recorded vectors from recorded words, all sentences in one packed batch; and any batch of other
// sizes against plain loops in f64.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ndarray, { type NdArray } from 'ndarray'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Random } from '../../lib/core/random.ts'
import { openBundle } from '../../lib/io/bundle.ts'
import { folderFiles } from '../../lib/io/bundle-files.node.ts'
import { packCounts, packOrder, sentenceCounts } from '../../lib/nets/gru.ts'
import { skipThoughts } from '../../lib/nets/skip-thoughts.ts'
import { skipThoughtRow } from '../../lib/text/vocabulary.ts'
import { type F64, zeros } from '../reference/array.ts'
import { gemm } from '../reference/gemm.ts'
import { gruCell } from '../reference/gru-cell.ts'
import { l2Normalize } from '../reference/l2-normalize.ts'
import { runGraph } from '../support/gpu.ts'
import { assertRecorded, rowsOf, withPlan } from '../support/held-plan.ts'
import { assertClose, eachCase, floats, randomSizes } from '../support/op-case.ts'
import { type BundleArrays, bundleArrays, recorded, recordedRows, tinyBundle } from '../support/tiny-model.ts'

const test = suite<{ folder: string; tiny: string; weights: BundleArrays }>('skip-thoughts')

test.before(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-skip-'))
  context.tiny = await tinyBundle(join(context.folder, 'tiny'), false)
  context.weights = await bundleArrays(context.tiny)
})
test.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

/** Rows of a table in packed order. */
function packed(table: Float32Array, dim: number, sentences: readonly (readonly number[])[], backwards = false) {
  const order = packOrder(
    sentences.map(rows => rows.length),
    backwards,
  )
  const out = new Float32Array(order.length * dim)
  for (const [i, { sentence, place }] of order.entries()) {
    const row = sentences[sentence]?.[place] ?? 0
    out.set(table.subarray(row * dim, (row + 1) * dim), i * dim)
  }
  return out
}

/** The recorded sentences that are not empty as rows of the tables, longest first, with their positions. */
async function recordedSentences(folder: string): Promise<{ index: number; rows: number[] }[]> {
  const { tokens } = recorded.json<{ tokens: string[][] }>('skip_sentences.json')
  const bundle = await openBundle(folderFiles(folder))
  const words = await bundle.skipThoughtsWords()
  await bundle.close()
  return tokens
    .map((list, index) => ({ index, rows: list.map(word => skipThoughtRow(word, words, true)) }))
    .filter(({ rows }) => rows.length > 0)
    .sort((a, b) => b.rows.length - a.rows.length)
}

test('recorded sentences in one batch, as they are and normalised', async ({ tiny, weights }) => {
  const sentences = await recordedSentences(tiny)
  assert.ok(sentences.length >= 30)
  const rows = sentences.map(sentence => sentence.rows)
  const { 'word-tables/uni': uni = new Float32Array(), 'word-tables/bi': bi = new Float32Array() } = weights
  const inputs = { uni: packed(uni, 11, rows), forward: packed(bi, 11, rows), backward: packed(bi, 11, rows, true) }
  const counts = packCounts(rows.map(list => list.length))
  const options = { uni: { dim: 18, dimWord: 11 }, bi: { dim: 7, dimWord: 11 } }
  const most = sentenceCounts(sentences.length, inputs.uni.length / 11, rows[0]?.length ?? 0)
  for (const normalize of [false, true]) {
    const stem = `skip_norm${Number(normalize)}_eos0`
    await withPlan(skipThoughts(options, most, normalize), weights, async run => {
      const vectors = rowsOf(await run({ inputs, counts }), 'vectors', 32)
      for (const [place, vector] of vectors.entries())
        assertRecorded([vector], await recordedRows(stem), stem, { first: sentences[place]?.index ?? -1 })
    })
  }
})

/** Last states of a GRU over each sentence's rows of `input`, in plain loops. */
function lastStates(
  input: NdArray,
  weights: Readonly<Record<string, NdArray>>,
  name: string,
  units: number,
  sentences: readonly (readonly number[])[],
): F64 {
  const [W, b, U] = ['W', 'b', 'U'].map(part => weights[`${name}.${part}`]) as [NdArray, NdArray, NdArray]
  const last = zeros([sentences.length, units])
  for (const [sentence, positions] of sentences.entries()) {
    let state: NdArray = zeros([1, units])
    for (const position of positions) {
      const word = input.pick(position, null)
      const projected = gemm(
        ndarray(
          Float64Array.from({ length: word.size }, (_, i) => word.get(i)),
          [1, word.size],
        ),
        W,
        b,
      )
      state = gruCell(state, projected, U, { rows: 1, offset: 0 })
    }
    for (let unit = 0; unit < units; unit++) last.set(sentence, unit, state.get(0, unit))
  }
  return last
}

const joined = (a: NdArray, b: NdArray): F64 => {
  const [rows = 0, left = 0] = a.shape
  const right = b.shape[1] ?? 0
  const out = zeros([rows, left + right])
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < left + right; i++) out.set(row, i, i < left ? a.get(row, i) : b.get(row, i - left))
  return out
}

test('batches of any lengths against plain loops, below what the plan could hold', async () => {
  const cases = randomSizes(4, { sentences: [1, 9], uni: [1, 19], bi: [1, 9], dimWord: [1, 7], longest: [1, 13] })
  await eachCase(import.meta.url, cases, async ({ sentences, uni, bi, dimWord, longest }, random: Random) => {
    const lengths = Array.from({ length: sentences }, () => random.integer(1, longest)).sort((a, b) => b - a)
    const words = lengths.reduce((n, length) => n + length, 0)
    const options = { uni: { dim: uni, dimWord }, bi: { dim: bi, dimWord } }
    const graph = skipThoughts(options, sentenceCounts(sentences + 3, words + 5, longest + 2), true)
    const weights = Object.fromEntries(
      [...graph.parameters].map(([name, { shape }]) => [name, floats(random, 1, ...(shape as readonly number[]))]),
    )
    const inputs = Object.fromEntries(
      ['uni', 'forward', 'backward'].map(name => [name, floats(random, 1, words, dimWord)]),
    )
    const flat = (arrays: Readonly<Record<string, NdArray<Float32Array>>>) =>
      Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, data]))
    const outputs = await runGraph(graph, { inputs: flat(inputs), counts: packCounts(lengths) }, flat(weights))
    const positions: number[][] = lengths.map(() => [])
    for (const [i, { sentence }] of packOrder(lengths).entries()) positions[sentence]?.push(i)
    const states = (name: string, input: string, units: number) =>
      lastStates(inputs[input] as NdArray, weights, name, units, positions)
    const expected = joined(
      l2Normalize(states('uni-skip/encoder', 'uni', uni)),
      l2Normalize(joined(states('bi-skip/forward', 'forward', bi), states('bi-skip/backward', 'backward', bi))),
    )
    // The recorded vectors of a model of this size are held to 4e-6; the weights here are up to twice as large.
    assertClose(outputs.vectors, expected, 1e-5)
  })
})

test.run()
