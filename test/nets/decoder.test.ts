// The decoder as graphs, plain and with the deep output, fed with recorded inputs: every recorded step at once, the mixed rows, the
// first state from recorded means and styles. Its searches are held to recordings by the conformance run.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openBundle } from '../../lib/io/bundle.ts'
import { folderFiles } from '../../lib/io/bundle-files.node.ts'
import { readVectors } from '../../lib/io/npy.node.ts'
import { type DecoderOptions, feedGraph, stateGraph } from '../../lib/nets/decoder.ts'
import { convertDecoder } from '../../weights-converter/index.ts'
import { runGraph } from '../support/gpu.ts'
import { assertRecorded, rowsOf, withPlan } from '../support/held-plan.ts'
import { type BundleArrays, bundleArrays, original, recorded, recordedRows, tinyBundle } from '../support/tiny-model.ts'

interface Decoder {
  readonly options: DecoderOptions
  readonly weights: BundleArrays
}

const test = suite<{ folder: string; decoders: Record<'plain' | 'deep', Decoder> }>('decoder')

test.before(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-decoder-'))
  const tiny = await tinyBundle(join(context.folder, 'tiny'), false)
  const bundle = await openBundle(folderFiles(tiny))
  const { decoder } = bundle.manifest.nets
  await bundle.close()
  if (decoder === undefined) throw new Error('the tiny model has no decoder')
  const deep = await convertDecoder(original('romance_doutput.npz'))
  const weights = Object.fromEntries([...deep.tensors].map(([name, { data }]) => [name, data]))
  context.decoders = {
    plain: { options: decoder, weights: await bundleArrays(tiny) },
    deep: { options: deep.options, weights },
  }
})
test.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

const joined = (rows: readonly Float32Array[]): Float32Array => Float32Array.from(rows.flatMap(row => [...row]))

for (const name of ['plain', 'deep'] as const) {
  test(`${name}: is what it is called`, ({ decoders }) => {
    const { options, weights } = decoders[name]
    assert.is(options.doutput, name === 'deep')
    assert.is('decoder/hidden.W' in weights, name === 'deep')
  })

  test(`${name}: all recorded steps, each from the recorded state before`, async ({ decoders }) => {
    const { options, weights } = decoders[name]
    const words = recorded.json<number[]>(`dec_${name}_fed.json`)
    const [init, states] = [await recordedRows(`dec_${name}_init`), await recordedRows(`dec_${name}_states`)]
    const before = [...init.rows.slice(0, 1), ...states.rows.slice(0, -1)]
    assert.is(before.length, words.length)
    const inputs = { tokens: Int32Array.from(words), state: joined(before) }
    const outputs = await runGraph(feedGraph(options, words.length), { inputs }, weights)
    assertRecorded(rowsOf(outputs, 'states', options.dim), states, 'states')
    for (const what of ['logits', 'probs'])
      assertRecorded(rowsOf(outputs, what, options.nWords), await recordedRows(`dec_${name}_${what}`), what)
  })

  test(`${name}: rows of different words and states in one call`, async ({ decoders }) => {
    const { options, weights } = decoders[name]
    const { rows } = await recordedRows(`dec_${name}_init`)
    const [first = new Float32Array(), ...others] = rows
    const state = joined([first, ...others.slice(0, 2), first.map(value => -value)])
    const run = { inputs: { tokens: Int32Array.of(-1, 0, 5, 1), state } }
    const outputs = await runGraph(feedGraph(options, 4), run, weights)
    const expected = { states: options.dim, probs: options.nWords }
    for (const [what, width] of Object.entries(expected))
      assertRecorded(rowsOf(outputs, what, width), await recordedRows(`dec_${name}_mixed_${what}`), what)
  })

  test(`${name}: shift and first state from recorded means and the styles`, async ({ decoders }) => {
    const { options, weights } = decoders[name]
    const [means, shifts, init] = [
      await recordedRows('skip_mean'),
      await recordedRows('shift'),
      await recordedRows(`dec_${name}_init`),
    ]
    const style = async (file: string) => (await readVectors(original(file))).data
    const [negative, positive] = [await style('caption_style.npy'), await style('romance_style.npy')]
    const dim = options.dimContext
    await withPlan(stateGraph(options), weights, async run => {
      for (const [i, both] of means.rows.entries()) {
        const vectors = both.subarray(dim, 2 * dim)
        const outputs = await run({ inputs: { vectors, negative, positive }, counts: { vectors: 1 } })
        const [shifted = new Float32Array()] = rowsOf(outputs, 'shifted', dim)
        // Of the recorded shifts of a picture (k 5, 100; romance, swift) the third.
        const wanted = shifts.rows[i]?.subarray(2 * dim, 3 * dim)
        const error = Math.max(...shifted.map((value, j) => Math.abs(value - (wanted?.[j] ?? Number.NaN))))
        assert.ok(error <= shifts.atol, `picture ${i}, shift: off by ${error}`)
        assertRecorded(rowsOf(outputs, 'state', options.dim), init, 'state', { first: i })
      }
    })
  })
}

test('the mean is over as many vectors as a run brings', async ({ decoders }) => {
  const { options, weights } = decoders.plain
  const dim = options.dimContext
  const zeros = new Float32Array(dim)
  await withPlan(stateGraph(options), weights, async run => {
    for (const vectors of [1, 3, 1000, 2]) {
      const values = Float32Array.from({ length: vectors * dim }, (_, i) => Math.floor(i / dim) % 2)
      const outputs = await run({ inputs: { vectors: values, negative: zeros, positive: zeros }, counts: { vectors } })
      const expected = Math.floor(vectors / 2) / vectors
      for (const value of outputs.shifted?.data ?? [Number.NaN])
        assert.ok(Math.abs(value - expected) < 1e-6, `${vectors} vectors: mean ${value}, not ${expected}`)
    }
  })
})

test.run()
