// Batches held to the originals' iterators and `prepare_data`: their sizes, their pattern over an epoch, ids and masks.

import { readFileSync } from 'node:fs'
import ndarray, { type NdArray } from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildDictionary, wordIds } from '../../lib/train/dictionary.ts'
import { decoderExamples, embeddingExamples, skipThoughtsExamples, tableOf } from '../../lib/train/examples.ts'
import { epochBatches } from '../../lib/train/homogeneous.ts'

interface Iterated {
  readonly batch_size: number
  readonly maxlen: number
  readonly n_words: number
  readonly row_lengths: number[]
  readonly batches_by_length: Record<string, number[]>
  readonly epochs: number[][][]
  readonly prepared: ({ readonly rows: number[] } & { readonly [array in ArrayName]?: number[][] | null })[]
}
type ArrayName = 'x' | 'mask' | 'ctx' | 'im' | 'x_mask' | 'y' | 'y_mask' | 'z' | 'z_mask'
const golden = (name: string) =>
  JSON.parse(readFileSync(new URL(`../golden/training/${name}`, import.meta.url), 'utf8'))
const recorded = golden('homogeneous.json') as Record<'decoding' | 'training' | 'vse', Iterated>
const { sentences } = golden('dictionaries.json').build_dictionary.corpus as { sentences: string[] }
const dictionary = buildDictionary(sentences)
const ids = sentences.map(sentence => wordIds(sentence, dictionary, recorded.vse.n_words))

/** Numbers that name the row, as the recordings have them. */
const numbered = (numbers: (row: number) => number[]) =>
  tableOf(
    ndarray(Float32Array.from(sentences.flatMap((_, row) => numbers(row))), [sentences.length, numbers(0).length]),
  )
const rowsOf = ({ data, shape: [rows = 0, columns = 0] }: NdArray<Int32Array | Float32Array>): number[][] =>
  Array.from({ length: rows }, (_, row) => [...data.slice(row * columns, (row + 1) * columns)])

for (const [name, { batch_size: batchSize, maxlen, row_lengths: lengths, ...expected }] of Object.entries(recorded)) {
  test(`${name}: an epoch has the original's batches`, () => {
    const batches = epochBatches(lengths, { batchSize, maxlen, seed: 5 }, 3)
    const sizes: Record<string, number[]> = {}
    for (const rows of batches) {
      const all = new Set(rows.map(row => lengths[row]))
      assert.is(all.size, 1)
      for (const length of all) sizes[`${length}`] = [...(sizes[`${length}`] ?? []), rows.length]
    }
    // The original iterates over sentences of exactly maxlen words and then drops them.
    const { [maxlen]: _dropped, ...counted } = expected.batches_by_length
    assert.equal(sizes, shrunk(name, counted))
    assert.equal(turns(batches, lengths), turns(kept(expected.epochs[0] ?? [], lengths, maxlen), lengths))
    const rows = batches.flat()
    assert.is(new Set(rows).size, rows.length)
    assert.is(rows.length, lengths.filter(length => length < maxlen).length)
  })
}

/** Sizes as iterated; those of skip-thoughts were noted after triples had been dropped. */
function shrunk(name: string, sizes: Record<string, number[]>): Record<string, number[]> {
  if (name !== 'training') return sizes
  const { row_lengths, batch_size } = recorded.training
  return Object.fromEntries(
    Object.keys(sizes).map(length => {
      const count = row_lengths.filter(n => n === Number(length)).length
      const full = Array.from({ length: Math.floor(count / batch_size) }, () => batch_size)
      return [length, count % batch_size === 0 ? full : [...full, count % batch_size]]
    }),
  )
}

const kept = (batches: number[][], lengths: readonly number[], maxlen: number) =>
  batches.filter(([row = 0]) => (lengths[row] ?? 0) < maxlen)

/** In each turn, how many lengths still have a batch: what is left of an order when its randomness is taken away. */
function turns(batches: readonly number[][], lengths: readonly number[]): number[] {
  const seen = new Map<number, number>()
  const count: number[] = []
  let last = 0
  for (const [row = 0] of batches) {
    const length = lengths[row] ?? 0
    const turn = seen.get(length) ?? 0
    seen.set(length, turn + 1)
    assert.ok(turn >= last, 'a length came again before all others had come')
    last = turn
    count[turn] = (count[turn] ?? 0) + 1
  }
  return count
}

test('each epoch and each seed has an order of its own, always the same', () => {
  const { row_lengths: lengths } = recorded.vse
  const order = (seed: number, epoch: number) => epochBatches(lengths, { batchSize: 4, maxlen: 12, seed }, epoch)
  assert.equal(order(1, 0), order(1, 0))
  assert.not.equal(order(1, 0), order(1, 1))
  assert.not.equal(order(1, 0), order(2, 0))
  const first = Array.from({ length: 20 }, (_, epoch) => lengths[order(1, epoch)[0]?.[0] ?? 0])
  assert.ok(new Set(first).size > 4, 'the lengths come in the same order in every epoch')
})

test('decoder batches have the recorded ids and masks', async () => {
  const { maxlen, prepared } = recorded.decoding
  const examples = decoderExamples(
    ids,
    numbered(row => [row, row / 2, -1]),
    maxlen,
  )
  for (const { rows, x, mask, ctx } of prepared) {
    const made = await examples.batch(rows)
    if (made === undefined) assert.is(x, null)
    else {
      assert.equal([rowsOf(made.batch.x), rowsOf(made.batch.mask), rowsOf(made.batch.ctx)], [x, mask, ctx])
      assert.is(
        made.words,
        (mask ?? []).flat().reduce((n, one) => n + one, 0),
      )
    }
  }
})

test('embedding batches have the recorded ids, masks and pictures', async () => {
  const { maxlen, prepared } = recorded.vse
  const examples = embeddingExamples(
    ids,
    ids.map((_, i) => i),
    numbered(row => [row, -row]),
    maxlen,
  )
  for (const { rows, x, mask, im } of prepared) {
    const made = await examples.batch(rows)
    if (made === undefined) assert.is(x, null)
    else assert.equal([rowsOf(made.batch.x), rowsOf(made.batch.mask), rowsOf(made.batch.im)], [x, mask, im])
  }
})

test('triples have the recorded ids and masks; one with a long sentence is dropped', async () => {
  const { maxlen, prepared, row_lengths: lengths } = recorded.training
  const examples = skipThoughtsExamples(ids, maxlen)
  assert.equal(examples.lengths, lengths)
  let shrank = 0
  for (const { rows, x, x_mask, y, y_mask, z, z_mask } of prepared) {
    const made = await examples.batch(rows)
    if (made === undefined) {
      assert.is(x, null)
      continue
    }
    const { batch } = made
    if ((batch.x.shape[1] ?? 0) < rows.length) shrank++
    assert.equal([rowsOf(batch.x), rowsOf(batch.xMask)], [x, x_mask])
    assert.equal([rowsOf(batch.y), rowsOf(batch.yMask)], [y, y_mask])
    assert.equal([rowsOf(batch.z), rowsOf(batch.zMask)], [z, z_mask])
  }
  assert.ok(shrank > 0)
})

test('no batch needs more room than the largest', async () => {
  const room = (arrays: Record<string, NdArray<Int32Array | Float32Array>>): number[] =>
    ['mask', 'xMask', 'yMask', 'zMask'].flatMap(name => {
      const mask = arrays[name]
      return mask === undefined ? [] : [mask.shape[0] ?? 0, [...mask.data].reduce((sum, one) => sum + one, 0)]
    })
  const maxlen = 12
  const row = numbered(i => [i])
  for (const examples of [
    decoderExamples(ids, row, maxlen),
    embeddingExamples(
      ids,
      ids.map((_, i) => i),
      row,
      maxlen,
    ),
    skipThoughtsExamples(ids, maxlen),
  ]) {
    const rooms = async (all: readonly number[][]) => {
      const made = await Promise.all(all.map(rows => examples.batch(rows)))
      return made.flatMap(one => (one === undefined ? [] : [room({ ...one.batch })]))
    }
    const most = (all: readonly number[][]) => all[0]?.map((_, i) => Math.max(...all.map(one => one[i] ?? 0))) ?? []
    const largest = most(await rooms(examples.largest(4)))
    for (let epoch = 0; epoch < 5; epoch++)
      for (const [i, need] of most(
        await rooms(epochBatches(examples.lengths, { batchSize: 4, maxlen, seed: 1 }, epoch)),
      ).entries())
        assert.ok(need <= (largest[i] ?? 0), `${need} of ${largest[i]}`)
  }
})

test('texts with no sentence that is short enough have no batches', () => {
  assert.equal(epochBatches([9, 8], { batchSize: 4, maxlen: 8, seed: 0 }, 0), [])
  assert.equal(epochBatches([], { batchSize: 4, maxlen: 8, seed: 0 }, 0), [])
  assert.equal(skipThoughtsExamples([[2], [3]], 8).lengths, [])
})

test.run()
