// A bundle read back: tensors in f32 and f16, in ranges and parts; vocabularies, captions, styles; over blobs and over HTTP.

import ndarray from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError, InputError } from '../../lib/core/errors.ts'
import { narrowToFloat16 } from '../../lib/core/float16.ts'
import { openBundle } from '../../lib/io/bundle.ts'
import { blobFiles, httpFiles } from '../../lib/io/bundle-files.ts'
import { type Manifest, manifestText } from '../../lib/io/manifest.ts'
import { encodeNpy, npyHeader } from '../../lib/io/npy.ts'

const sha256 = '00'.repeat(32)
const wide = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i))
const halves = Float32Array.of(1, -2, 0.5, 4, 5, 6)

const manifest: Manifest = {
  format: 1,
  name: 'small',
  tensors: {
    'word-tables/uni': { file: 'word-tables/uni.npy', dtype: 'f32', shape: [20, 3], layout: 'rows, dim', sha256 },
    'decoder/words': { file: 'decoder/words.npy', dtype: 'f16', shape: [2, 3], layout: 'words, dim', sha256 },
    'styles/romance': { file: 'styles/romance.npy', dtype: 'f32', shape: [2], layout: 'dim', sha256 },
  },
  nets: {},
  vocabularies: {
    'skip-thoughts': { file: 'vocabularies/skip-thoughts.txt', count: 5 },
    embedding: { file: 'vocabularies/embedding.json', count: 2 },
    decoder: { file: 'vocabularies/decoder.json', count: 3 },
  },
  captions: { file: 'captions.txt', count: 3, embeddings: false },
  styles: ['romance'],
  sources: [],
  leftOut: [],
}

const files = (): Map<string, Blob> =>
  new Map([
    ['manifest.json', new Blob([manifestText(manifest)])],
    ['word-tables/uni.npy', new Blob([encodeNpy(ndarray(wide, [20, 3])) as Uint8Array<ArrayBuffer>])],
    ['decoder/words.npy', new Blob([npyHeader('f16', [2, 3]), narrowToFloat16(halves) as Uint16Array<ArrayBuffer>])],
    ['styles/romance.npy', new Blob([encodeNpy(ndarray(Float32Array.of(7, 8), [2])) as Uint8Array<ArrayBuffer>])],
    ['vocabularies/skip-thoughts.txt', new Blob(['<eos>\nUNK\ncafé\n\nUNK\n'])],
    ['vocabularies/embedding.json', new Blob(['[["the", 2], ["__proto__", 3]]'])],
    ['vocabularies/decoder.json', new Blob(['[[",", 2], ["a", 3], ["b", 3]]'])],
    ['captions.txt', new Blob(['a dog .\n\na \u2028 cat\n'])],
  ])

const open = (blobs = files()) => openBundle(blobFiles(blobs, 'm'))

async function rejects(work: Promise<unknown>, part: RegExp, kind: new (...args: never[]) => Error = FileError) {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  )
  assert.instance(error, kind)
  assert.match((error as Error).message, part)
}

test('tensors: whole, in ranges and in parts', async () => {
  const bundle = await open()
  assert.equal(bundle.tensorNames, ['word-tables/uni', 'decoder/words', 'styles/romance'])
  const tensor = bundle.tensor('word-tables/uni')
  assert.equal([tensor.dtype, tensor.shape, tensor.elements], ['f32', [20, 3], 60])
  assert.equal(await tensor.read(), wide)
  assert.equal(await tensor.readRange(7, 13), wide.slice(7, 20))
  for (const most of [1, 7, 59, 60, 1000]) {
    const seen = new Float32Array(60)
    for await (const { offset, data } of tensor.parts(most)) {
      assert.ok(data.length <= most)
      seen.set(data, offset)
    }
    assert.equal(seen, wide)
  }
  await bundle.close()
  assert.equal(await tensor.readRange(0, 2), wide.slice(0, 2))
})

test('halves come as f32', async () => {
  const tensor = (await open()).tensor('decoder/words')
  assert.equal(tensor.dtype, 'f16')
  assert.equal(await tensor.read(), halves)
  assert.equal(await tensor.readRange(1, 3), halves.slice(1, 4))
})

test('a range beyond the end is refused', async () => {
  const tensor = (await open()).tensor('decoder/words')
  await rejects(tensor.readRange(4, 3), /decoder\/words has 6 elements/, InputError)
  await rejects(tensor.readRange(-1, 1), /has 6 elements/, InputError)
})

test('vocabularies: the last of equal words has the row, an empty line is a word', async () => {
  const bundle = await open()
  assert.equal(
    [...(await bundle.skipThoughtsWords())],
    [
      ['<eos>', 0],
      ['UNK', 4],
      ['café', 2],
      ['', 3],
    ],
  )
  assert.equal(
    [...(await bundle.embeddingWords())],
    [
      ['the', 2],
      ['__proto__', 3],
    ],
  )
  assert.equal(
    [...(await bundle.decoderWords())].sort(([a], [b]) => a - b),
    [
      [0, '<eos>'],
      [1, 'UNK'],
      [2, ','],
      [3, 'b'],
    ],
  )
})

test('captions: only "\\n" ends one', async () => {
  assert.equal(await (await open()).captions(), ['a dog .', '', 'a \u2028 cat'])
})

test('styles by name, and the names there are', async () => {
  const bundle = await open()
  assert.equal(await bundle.style('romance'), Float32Array.of(7, 8))
  await rejects(bundle.style('swift'), /has no style swift; it has romance/, InputError)
})

test('rows of a word table', async () => {
  const rows = (await open()).wordRows('uni')
  assert.equal([...(await rows.read([19, 0]))], [...wide.slice(57), ...wide.slice(0, 3)])
})

test('refused: what the bundle lacks', async () => {
  const bundle = await open()
  assert.throws(
    () => bundle.tensor('vgg19/fc6.W'),
    /m\/manifest\.json: this model has no tensor vgg19\/fc6\.W; convert/,
  )
  assert.throws(() => bundle.tensor('constructor'), /no tensor constructor/)
  assert.is(await bundle.punkt(), undefined)
  await rejects(openBundle(blobFiles(new Map(), 'nowhere')), /nowhere\/manifest\.json: not found/)
})

test('refused: files that do not fit the manifest', async () => {
  const change = async (name: string, content: string | Uint8Array<ArrayBuffer>, read: RegExp) => {
    const bundle = await open(files().set(name, new Blob([content])))
    const work = {
      'captions.txt': () => bundle.captions(),
      'vocabularies/embedding.json': () => bundle.embeddingWords(),
    }
    const style = () => bundle.style('romance')
    await rejects((work[name as keyof typeof work] ?? style)(), read)
  }
  const style = (array: Float32Array) => encodeNpy(ndarray(array, [array.length])) as Uint8Array<ArrayBuffer>
  await change(
    'styles/romance.npy',
    style(Float32Array.of(1, 2, 3)),
    /romance\.npy: is <f4 \[3\].*the manifest says <f4 \[2\]/,
  )
  await change('styles/romance.npy', style(Float32Array.of(1, 2)).slice(0, -1), /romance\.npy/)
  await change('styles/romance.npy', '', /romance\.npy.*not a \.npy file/)
  await change('captions.txt', 'one\n', /1 lines, the manifest says 3/)
  await change('captions.txt', Uint8Array.of(0x61, 0xff, 0x0a), /captions\.txt: not UTF-8/)
  await change('vocabularies/embedding.json', '[["a", "b"]]', /is not a list of \[word, id\]/)
  await change('vocabularies/embedding.json', '[', /not JSON/)
})

/** A server of the files; with `ranges` off it answers with whole files. */
function server({ ranges = true, fail = 0 } = {}) {
  const log: string[] = []
  const fetcher = async (url: URL, init?: RequestInit): Promise<Response> => {
    log.push(url.pathname)
    if (log.length <= fail) throw new TypeError('network')
    const blob = files().get(decodeURIComponent(url.pathname.slice('/models/small/'.length)))
    if (!blob) return new Response('', { status: 404 })
    const [, first = '0', last = '0'] = /bytes=(\d+)-(\d+)/.exec(new Headers(init?.headers).get('range') ?? '') ?? []
    if (!ranges) return new Response(blob, { headers: { 'content-length': `${blob.size}` } })
    const part = blob.slice(Number(first), Number(last) + 1)
    return new Response(part, { status: 206, headers: { 'content-range': `bytes ${first}-${last}/${blob.size}` } })
  }
  return { log, files: httpFiles('http://host/models/small', fetcher) }
}

test('over HTTP, with and without ranges, the same numbers come', async () => {
  for (const ranges of [true, false]) {
    const bundle = await openBundle(server({ ranges }).files)
    assert.equal(await bundle.tensor('word-tables/uni').read(), wide)
    assert.equal(await bundle.tensor('decoder/words').readRange(2, 2), halves.slice(2, 4))
    assert.is((await bundle.captions()).length, 3)
  }
})

test('over HTTP: one failure is tried again, a missing file is named', async () => {
  const { log, files: flaky } = server({ fail: 1 })
  assert.is((await openBundle(flaky)).name, 'small')
  assert.equal(log, ['/models/small/manifest.json', '/models/small/manifest.json'])
  await rejects(server().files.open('no such.npy'), /http:\/\/host\/models\/small\/no%20such\.npy: not found/)
})

test.run()
