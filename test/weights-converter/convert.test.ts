// A folder of originals becomes a bundle: every tensor against the seeded originals in the bundle's layout, words, captions and
// styles, whatever form the files have; one net alone; f16; other sources of VGG-19.

import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { expandFloat16, narrowToFloat16 } from '../../lib/core/float16.ts'
import { openBundle } from '../../lib/io/bundle.ts'
import { folderFiles } from '../../lib/io/bundle-files.node.ts'
import type { Manifest } from '../../lib/io/manifest.ts'
import { type ConvertOptions, convert } from '../../weights-converter/convert.ts'
import { convertDecoder } from '../../weights-converter/decoder-file.ts'
import { golden, goldenNames, originalsWith, sameFloats, temporaryFolder, WEIGHTS } from './files.ts'
import { npy, npz, type Original, optionsPickle, original, tinyManifest } from './originals.ts'

const into = async (options: Partial<ConvertOptions> = {}): Promise<{ out: string; manifest: Manifest }> => {
  const out = join(temporaryFolder(), 'bundle')
  return { out, manifest: await convert({ source: WEIGHTS, out, ...options }) }
}

/** [in, out] as [out, in], element by element. */
function turned({ shape: [rows = 0, columns = 0], data }: Original): Original {
  const out = new Float32Array(data.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      out[column * rows + row] = data[row * columns + column] ?? Number.NaN
  return { shape: [columns, rows], data: out }
}

/** Rows of several arrays, one after the other. */
function stacked(...parts: Original[]): Original {
  const [first] = parts
  const data = Float32Array.from(parts.flatMap(part => [...part.data]))
  const rows = parts.reduce((n, { shape }) => n + (shape[0] ?? 0), 0)
  return { shape: [rows, ...(first?.shape.slice(1) ?? [])], data }
}

type Expected = Record<string, Original>
const affine = (file: string, prefix: string, target: string): Expected => ({
  [`${target}.W`]: turned(original(file, `${prefix}_W`)),
  [`${target}.b`]: original(file, `${prefix}_b`),
})
const gru = (file: string, prefix: string, target: string): Expected => {
  const get = (suffix: string) => original(file, `${prefix}_${suffix}`)
  return {
    [`${target}.W`]: stacked(turned(get('W')), turned(get('Wx'))),
    [`${target}.b`]: stacked(get('b'), get('bx')),
    [`${target}.U`]: stacked(turned(get('U')), turned(get('Ux'))),
  }
}

const VGG: Expected = Object.fromEntries(
  tinyManifest.tensors
    .filter(({ file }) => file === 'vgg19.pkl')
    .map(({ name }) => {
      const tensor = original('vgg19.pkl', name)
      return [`vgg19/${name}`, /^fc.*W$/.test(name) ? turned(tensor) : tensor]
    }),
)
const NETS: Record<string, Expected> = {
  vgg19: VGG,
  'uni-skip': { ...gru('uni_skip.npz', 'encoder', 'uni-skip/encoder'), 'word-tables/uni': original('utable.npy') },
  'bi-skip': {
    ...gru('bi_skip.npz', 'encoder', 'bi-skip/forward'),
    ...gru('bi_skip.npz', 'encoder_r', 'bi-skip/backward'),
    'word-tables/bi': original('btable.npy'),
  },
  embedding: {
    'embedding/words': original('coco_embedding.npz', 'Wemb'),
    ...gru('coco_embedding.npz', 'encoder', 'embedding/encoder'),
    ...affine('coco_embedding.npz', 'ff_image', 'embedding/image'),
  },
  decoder: {
    'decoder/words': original('romance.npz', 'Wemb'),
    ...affine('romance.npz', 'ff_state', 'decoder/state'),
    ...gru('romance.npz', 'decoder', 'decoder/gru'),
    ...affine('romance.npz', 'ff_logit', 'decoder/logits'),
    'styles/caption': original('caption_style.npy'),
    'styles/romance': original('romance_style.npy'),
    'styles/swift': original('swift_style.npy'),
  },
}
const ALL: Expected = Object.assign({}, ...Object.values(NETS))

async function sameTensors(
  dir: string,
  expected: Expected,
  stored = (data: Float32Array, _shape: readonly number[]) => data,
) {
  const bundle = await openBundle(folderFiles(dir))
  try {
    assert.equal(bundle.tensorNames.sort(), Object.keys(expected).sort())
    for (const [name, { shape, data }] of Object.entries(expected)) {
      const tensor = bundle.tensor(name)
      assert.equal(tensor.shape, shape, name)
      sameFloats(await tensor.read(), stored(data, shape), name)
    }
  } finally {
    await bundle.close()
  }
}

test('every tensor, in the layout that the bundle names', async () => {
  const { out, manifest } = await into()
  await sameTensors(out, ALL)
  assert.equal(manifest.nets, {
    vgg19: {
      convs: [
        [3, 3],
        [5, 5],
        [6, 6, 6, 6],
        [10, 10, 10, 10],
        [11, 11, 11, 11],
      ],
      fcs: [37, 37, 10],
    },
    'uni-skip': { dim: 18, dimWord: 11 },
    'bi-skip': { dim: 7, dimWord: 11 },
    embedding: { dim: 26, dimWord: 13, dimImage: 37, nWords: 93, encoder: 'gru' },
    decoder: { dim: 22, dimWord: 9, dimContext: 32, nWords: 83, doutput: false },
  })
  assert.is(manifest.tensors['uni-skip/encoder.W']?.layout, 'gate·out, in')
  assert.equal(manifest.made?.dtype, 'f32')
})

test('words, captions and styles', async () => {
  const { out, manifest } = await into()
  const bundle = await openBundle(folderFiles(out))
  const lines = readFileSync(join(WEIGHTS, 'dictionary.txt'), 'utf8').split('\n')
  const rows = await bundle.skipThoughtsWords()
  assert.equal([manifest.vocabularies['skip-thoughts']?.count, rows.size], [90, 88])
  // Surplus lines have no row; of equal words, here equal once a no-break space is stripped, the last row counts.
  assert.ok(lines.length - 1 > 90)
  assert.is(rows.get('sleeps'), lines.indexOf('sleeps\u00a0'))
  assert.is(rows.get("''"), lines.lastIndexOf("''", 89))
  assert.is(rows.get(''), lines.indexOf(''))
  assert.equal([...rows.keys()].slice(0, 3), ['<eos>', 'UNK', ','])
  const captions = readFileSync(join(WEIGHTS, 'coco_train_caps.txt'), 'utf8').split('\n').slice(0, -1)
  assert.equal(
    await bundle.captions(),
    captions.map(caption => caption.trim()),
  )
  assert.equal([...bundle.styles].sort(), ['caption', 'romance', 'swift'])
  const words = await bundle.decoderWords()
  assert.equal([words.get(0), words.get(1), words.get(2), words.get(99)], ['<eos>', 'UNK', ',', 'island'])
  assert.is((await bundle.embeddingWords()).size, 96)
  await bundle.close()
})

test('where everything came from, and what was left out with its reason', async () => {
  const { manifest } = await into()
  const sources = new Map(manifest.sources.map(source => [source.file, source.role]))
  assert.is(sources.get('romance_dictionary.pkl'), 'dictionary of decoder')
  const leftOut = new Map(manifest.leftOut.map(({ file, why }) => [file, why]))
  assert.match(leftOut.get('VGG_v1.caffemodel') ?? '', /another vgg19; vgg19.pkl is taken/)
  assert.match(leftOut.get('romance_doutput.npz') ?? '', /another decoder; romance.npz is taken/)
  assert.match(leftOut.get('romance_doutput.npz.pkl') ?? '', /options/)
  assert.match(leftOut.get('VGG_v2_deploy.prototxt') ?? '', /text/)
  assert.equal([...sources.keys(), ...leftOut.keys()].sort(), goldenNames('weights'))
})

test('each net by itself, with its own words', async () => {
  const files: Record<string, string[]> = {
    vgg19: [],
    'uni-skip': ['skip-thoughts'],
    'bi-skip': ['skip-thoughts'],
    embedding: ['embedding'],
    decoder: ['decoder'],
  }
  for (const [only, expected] of Object.entries(NETS)) {
    const { out, manifest } = await into({ only })
    await sameTensors(out, expected)
    assert.equal([Object.keys(manifest.nets), Object.keys(manifest.vocabularies)], [[only], files[only]])
    assert.is(manifest.captions !== undefined, only === 'embedding')
    assert.is(manifest.made?.only, only)
  }
})

test('VGG-19 from a Caffe model or a pickle of protocol 0, inside the folder or elsewhere', async () => {
  for (const name of ['VGG_ILSVRC_19_layers.caffemodel', 'VGG_v1.caffemodel', 'vgg19.p0.pkl']) {
    const { out, manifest } = await into({ only: 'vgg19', vgg: join(WEIGHTS, name) })
    await sameTensors(out, VGG)
    assert.is(manifest.sources[0]?.file, name)
    assert.not(manifest.leftOut.some(({ file }) => file === name))
    assert.ok(manifest.leftOut.some(({ file }) => file === 'vgg19.pkl'))
  }
  const source = await originalsWith({ 'vgg19.pkl': undefined, 'vgg19.p0.pkl': undefined })
  const { out, manifest } = await into({ source, only: 'vgg19' })
  await sameTensors(out, VGG)
  assert.is(manifest.sources[0]?.file, 'VGG_ILSVRC_19_layers.caffemodel')
})

test('f16: matrices are halves, vectors stay as they are', async () => {
  const { out, manifest } = await into({ dtype: 'f16' })
  const halves = (data: Float32Array, shape: readonly number[]) =>
    shape.length > 1 ? expandFloat16(narrowToFloat16(data)) : data
  await sameTensors(out, ALL, halves)
  const dtypes = (name: string) => manifest.tensors[name]?.dtype
  assert.equal(['vgg19/fc6.W', 'vgg19/conv1_1.W', 'vgg19/fc6.b', 'styles/swift'].map(dtypes), [
    'f16',
    'f16',
    'f32',
    'f32',
  ])
})

test('tables that were stored row by row', async () => {
  const source = await originalsWith({
    'utable.npy': golden('object-tables/utable.npy'),
    'btable.npy': golden('object-tables/btable.npy'),
  })
  await sameTensors((await into({ source })).out, ALL)
})

test('a decoder with a layer before the logits; options that do not mention it have it', async () => {
  const name = 'romance_doutput.npz'
  const expected = {
    'decoder/words': original(name, 'Wemb'),
    ...affine(name, 'ff_state', 'decoder/state'),
    ...gru(name, 'decoder', 'decoder/gru'),
    ...affine(name, 'ff_hid', 'decoder/hidden'),
    ...affine(name, 'ff_logit', 'decoder/logits'),
  }
  const styles = Object.fromEntries(Object.entries(ALL).filter(([key]) => key.startsWith('styles/')))
  const silent = optionsPickle({ dim: 22, dimctx: 32, dim_word: 9, n_words: 83, encoder: 'gru' })
  for (const options of [golden('weights/romance_doutput.npz.pkl'), silent]) {
    const source = await originalsWith({
      'romance.npz': undefined,
      'romance.npz.pkl': undefined,
      [`${name}.pkl`]: options,
    })
    const { out, manifest } = await into({ source, only: 'decoder' })
    await sameTensors(out, { ...expected, ...styles })
    assert.is(manifest.nets.decoder?.doutput, true)
    assert.is(manifest.sources.at(-4)?.file, 'romance_dictionary.pkl')
    const alone = await convertDecoder(join(source, name))
    assert.equal([...alone.tensors.keys()].sort(), Object.keys(expected).sort())
    for (const [key, { shape, data }] of Object.entries(expected)) {
      assert.equal(alone.tensors.get(key)?.shape, shape)
      sameFloats(alone.tensors.get(key)?.data ?? new Float32Array(), data, key)
    }
    assert.equal([alone.options.doutput, alone.words.get(2)], [true, ','])
  }
})

test('an embedding whose sentence half is a bag of words', async () => {
  const bow = npz({
    Wemb: original('coco_embedding.npz', 'Wemb'),
    ff_image_W: { shape: [37, 13], data: original('coco_embedding.npz', 'ff_image_W').data.slice(0, 37 * 13) },
    ff_image_b: { shape: [13], data: new Float32Array(13) },
  })
  const options = optionsPickle({ dim: 13, dim_word: 13, dim_image: 37, n_words: 93, encoder: 'bow' })
  const source = await originalsWith({ 'coco_embedding.npz': bow, 'coco_embedding.npz.pkl': options })
  const { manifest } = await into({ source, only: 'embedding' })
  assert.equal(manifest.nets.embedding, { dim: 13, dimWord: 13, dimImage: 37, nWords: 93, encoder: 'bow' })
})

test('styles: NAME_style.npy, also as a row; other vectors where they fit', async () => {
  const { data } = original('swift_style.npy')
  const source = await originalsWith({
    'swift_style.npy': npy([1, 32], data),
    'dickens_style.npy': npy([32], data),
    'plain.npy': npy([32], data),
    'losses.npy': npy([7], data.slice(0, 7)),
  })
  const { out, manifest } = await into({ source, only: 'decoder' })
  assert.equal([...manifest.styles].sort(), ['caption', 'dickens', 'plain', 'romance', 'swift'])
  assert.equal(manifest.tensors['styles/swift']?.shape, [32])
  assert.match(manifest.leftOut.find(({ file }) => file === 'losses.npy')?.why ?? '', /7 numbers.*32/)
  const bundle = await openBundle(folderFiles(out))
  sameFloats(await bundle.style('swift'), data)
  await bundle.close()
})

test('files in folders below; a bundle among them is none of the originals', async () => {
  const inner = await originalsWith()
  const outer = temporaryFolder()
  await convert({ source: inner, out: join(outer, 'bundle') })
  cpSync(inner, join(outer, 'weights', 'all'), { recursive: true })
  const { out, manifest } = await into({ source: outer })
  await sameTensors(out, ALL)
  assert.ok(manifest.sources.every(({ file }) => file.startsWith('weights/all/')))
  assert.equal(readdirSync(outer).sort(), ['bundle', 'weights'])
})

test.run()
