// What networks in training are judged by: the recalls that the original found with the same parameters, and samples that are the
// story writer's own searches of width 1.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ndarray from 'ndarray'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../../lib/core/random.ts'
import { openWriter } from '../../lib/index.ts'
import { decodeNpy } from '../../lib/io/npy.ts'
import { wordsById } from '../../lib/io/vocabularies.ts'
import { sampleDecoder, textOf } from '../../lib/train/decoder-sampler.ts'
import { evaluateEmbedding } from '../../lib/train/embedding-evaluator.ts'
import { Checkpoint, decoderWeights, notStarted, type Recall, writeDictionaryFile } from '../../lib/train/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { testDevice } from '../support/gpu.ts'
import { Recorded } from '../support/recorded-training.ts'

const test = suite('networks in training')
const device = await testDevice()
const { folder, remove } = await temporaryFolder()
test.after(remove)

const golden = new URL('../golden/training/', import.meta.url)
const json = (file: string) => JSON.parse(readFileSync(new URL(file, golden), 'utf8'))

for (const encoder of ['gru', 'bow'] as const)
  test(`${encoder}: the original's recalls after its 200 updates`, async () => {
    const recorded = new Recorded(`vse/${encoder}`)
    const parameters = recorded.parameters(recorded.numbers('curve.final'))
    const corpus = json('vse/corpus.json') as {
      dev_sentences: string[]
      dictionary: [string, number][]
      n_words: number
    }
    const ids = new Map(corpus.dictionary)
    const idOf = (word: string): number => {
      const id = ids.get(word) ?? 1
      return id < corpus.n_words ? id : 1
    }
    const captions = corpus.dev_sentences.map(sentence => sentence.split(' ').map(idOf))
    const file = 'vse/dev_features.npy'
    const features = Float32Array.from(
      decodeNpy(new Uint8Array(readFileSync(new URL(file, golden))), file).data,
      Number,
    )
    const [dimImage = 0, dim = 0] = parameters.ff_image_W?.shape ?? []
    const options = { dim, dimWord: parameters.Wemb?.shape[1] ?? 0, dimImage, nWords: corpus.n_words, encoder }
    const owners = captions.map((_, i) => Math.floor(i / 5))
    const found = await evaluateEmbedding(device, options, parameters, { features, captions, owners })
    const { i2t, t2i } = json(`vse/${encoder}/curve_eval.json`)
    const list = ({ at1, at5, at10, medianRank }: Recall) => [at1, at5, at10, medianRank]
    assert.equal([list(found.imageToText), list(found.textToImage)], [i2t, t2i])
  })

test('samples are searches of width 1, and a saved decoder gives the same', async () => {
  const sizes = { dimctx: 6, dim_word: 5, dim: 9, n_words: 12 }
  for (const doutput of [false, true]) {
    const random = new Random(8)
    const drawn = decoderWeights({ ...sizes, doutput }, random)
    // Sharper than a network that has learnt nothing, or all texts are alike.
    const parameters = Object.fromEntries(
      Object.entries(drawn).map(([name, { data, shape }]) => [
        name,
        ndarray(
          data.map(x => 20 * x),
          [...shape],
        ),
      ]),
    )
    const ids = new Map(Array.from({ length: 10 }, (_, i) => [`w${i}`, i + 2]))
    const npz = join(folder, doutput ? 'deep.npz' : 'plain.npz')
    await writeDictionaryFile(npz.replace('.npz', '_dictionary.pkl'), { ids, counts: new Map() }, true)
    const machine = { adapter: 'test', kernels: [] }
    await new Checkpoint(npz).save({
      parameters,
      options: { ...sizes, doutput, encoder: 'gru', decoder: 'gru' },
      moments: { m: parameters, v: parameters, step: 0 },
      progress: notStarted({ kind: 'decoder', seed: 0, data: '0'.repeat(64), compat: false, machine }),
    })
    const net = { dim: 9, dimWord: 5, dimContext: 6, nWords: 12, doutput }
    const contexts = random.floats(5 * 6)
    const samples = await sampleDecoder(device, net, parameters, contexts, wordsById(ids))
    const { writer, dispose } = await openWriter(npz)
    const expected: string[] = []
    for (let i = 0; i < 5; i++) {
      const vectors = contexts.slice(6 * i, 6 * i + 6)
      const { hypotheses } = await writer.search({ vectors }, { width: 1, maxlen: 100 })
      expected.push(textOf(hypotheses[0]?.tokens ?? [], wordsById(ids)))
    }
    await dispose()
    assert.equal(samples, expected)
    assert.ok(new Set(samples).size > 1, samples.join('\n'))
  }
})

test.run()
