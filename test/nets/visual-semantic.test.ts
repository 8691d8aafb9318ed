// The image-sentence embedding as graphs, fed with recorded inputs: pictures' places from recorded fc7, captions' from recorded
// ids, scores and order from recorded vectors. The bag of words, which no recording has, against plain loops.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { packCounts, packOrder, sentenceCounts } from '../../lib/nets/gru.ts'
import { captionEmbedding, imageEmbedding, nearestCaptions } from '../../lib/nets/visual-semantic.ts'
import { embeddingRows } from '../reference/embedding-rows.ts'
import { l2Normalize } from '../reference/l2-normalize.ts'
import { segmentSum } from '../reference/segment-sum.ts'
import { runGraph } from '../support/gpu.ts'
import { assertRecorded, rowsOf, withPlan } from '../support/held-plan.ts'
import { array, assertClose, eachCase, floats, randomSizes } from '../support/op-case.ts'
import { type BundleArrays, bundleArrays, recorded, recordedRows, tinyBundle } from '../support/tiny-model.ts'

const test = suite<{ folder: string; weights: BundleArrays }>('visual-semantic')

const TINY = { dim: 26, dimWord: 13, dimImage: 37, nWords: 93, encoder: 'gru' } as const

test.before(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-vse-'))
  context.weights = await bundleArrays(await tinyBundle(join(context.folder, 'tiny'), false))
})
test.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

test('pictures from recorded fc7', async ({ weights }) => {
  const { rows } = await recordedRows('vgg_fc7')
  await withPlan(imageEmbedding(TINY), weights, async run => {
    for (const [i, fc7] of rows.entries()) {
      const length = Math.hypot(...fc7)
      const outputs = await run({ inputs: { feature: fc7.map(value => value / length) } })
      assertRecorded(rowsOf(outputs, 'embedding', TINY.dim), await recordedRows('vse_image'), 'picture', { first: i })
    }
  })
})

test('captions from recorded ids, thirty in one batch', async ({ weights }) => {
  const ids = recorded.json<{ ids: number[] }[]>('vse_sentences.json').map(sentence => sentence.ids)
  const order = ids.map((_, i) => i).sort((a, b) => (ids[b]?.length ?? 0) - (ids[a]?.length ?? 0))
  const lengths = order.map(i => ids[i]?.length ?? 0)
  const packed = packOrder(lengths).map(({ sentence, place }) => ids[order[sentence] ?? 0]?.[place] ?? 0)
  const graph = captionEmbedding(TINY, sentenceCounts(40, 512, 64))
  const outputs = await runGraph(
    graph,
    { inputs: { ids: Int32Array.from(packed) }, counts: packCounts(lengths) },
    weights,
  )
  const expected = await recordedRows('vse_sentences')
  assert.is(expected.rows.length, order.length)
  for (const [place, row] of rowsOf(outputs, 'embeddings', TINY.dim).entries())
    assertRecorded([row], expected, 'caption', { first: order[place] ?? -1 })
})

test('scores and the order of captions from recorded vectors', async () => {
  const [pictures, captions, scores] = [
    await recordedRows('vse_image'),
    await recordedRows('vse_captions'),
    await recordedRows('caption_scores'),
  ]
  const table = Float32Array.from(captions.rows.flatMap(row => [...row]))
  const tops = recorded.json<{ image: string; top100: number[] }[]>('top_captions.json')
  await withPlan(nearestCaptions(200, TINY.dim, 100, true), { 'captions/embeddings': table }, async run => {
    for (const [i, embedding] of pictures.rows.entries()) {
      const outputs = await run({ inputs: { embedding } })
      assertRecorded(rowsOf(outputs, 'scores', 200), scores, 'scores', { first: i })
      const [ours = new Float32Array()] = rowsOf(outputs, 'values', 100)
      const indices = [...(outputs.indices?.data ?? [])]
      assert.equal(
        [...ours],
        [...ours].sort((a, b) => b - a),
      )
      const theirs = scores.rows[i] ?? new Float32Array()
      // Places may be exchanged only where the recorded scores are within rounding of each other.
      for (const [place, index] of (tops[i]?.top100 ?? []).entries()) {
        const gap = Math.abs((theirs[index] ?? Number.NaN) - (theirs[indices[place] ?? -1] ?? Number.NaN))
        assert.ok(gap <= scores.atol, `picture ${i}, place ${place}: caption ${indices[place]}, not ${index}`)
      }
    }
  })
})

test('a bag of words is the sum of its words over its length; an empty caption is its end token', async () => {
  const cases = randomSizes(4, { captions: [1, 9], dim: [1, 21], nWords: [3, 30], longest: [1, 12] })
  await eachCase(import.meta.url, cases, async ({ captions, dim, nWords, longest }, random) => {
    const lists = Array.from({ length: captions }, (_, i) => [
      ...Array.from({ length: i === 0 ? 0 : random.integer(0, longest) }, () => random.integer(1, nWords - 1)),
      0,
    ])
    const ids = Int32Array.from(lists.flat())
    const starts = new Uint32Array(captions + 1)
    for (const [i, list] of lists.entries()) starts[i + 1] = (starts[i] ?? 0) + list.length
    const options = { dim, dimWord: dim, dimImage: 5, nWords, encoder: 'bow' } as const
    const graph = captionEmbedding(options, sentenceCounts(captions + 4, ids.length + 7, longest + 1))
    assert.equal([...graph.parameters.keys()], ['embedding/words'])
    const table = floats(random, 1, nWords, dim)
    const outputs = await runGraph(
      graph,
      { inputs: { ids, starts }, counts: { words: ids.length, sentences: captions, starts: starts.length } },
      { 'embedding/words': table.data },
    )
    const expected = l2Normalize(segmentSum(embeddingRows(array(ids, ids.length), table), array(starts, starts.length)))
    // A sum of 13 words, below 8 nearly always, rounds 13 times by 2^-22 at most; few vectors are shorter than 1.
    assertClose(outputs.embeddings, expected, 13 * 2 ** -22)
  })
})

test.run()
