// The text files: dictionary.txt as the tables' words, captions as the original strips them; other line ends, bytes that are no
// UTF-8, empty lines, lines of any length; and sets of files under other names, found by content.

import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openBundle } from '../../lib/io/bundle.ts'
import { folderFiles } from '../../lib/io/bundle-files.node.ts'
import { convert } from '../../weights-converter/convert.ts'
import { readCaptions, readWords, textBytes } from '../../weights-converter/texts.ts'
import { golden, goldenJson, joined, memory, originalsWith, raw, refused, temporaryFolder } from './files.ts'
import { dictionaryPickle, npy, original } from './originals.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

async function captionsOf(bytes: Uint8Array): Promise<string[]> {
  const captions: string[] = []
  for await (const caption of readCaptions(memory(bytes, 'captions.txt'))) captions.push(caption)
  return captions
}

test('captions: CRLF, empty lines, no newline at the end, bytes that are no UTF-8', async () => {
  const recorded: string[] = goldenJson('bad/outcomes.json')['caps_crlf.txt'].lines
  const captions = await captionsOf(golden('bad/caps_crlf.txt'))
  // Python's repr of bytes, as recorded; each of them is one character here.
  const unescaped = recorded.map(line =>
    line.slice(1, -1).replace(/\\x(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
  )
  assert.equal(captions, unescaped)
})

test('captions: only what Python 2 takes for white space of bytes is stripped', async () => {
  assert.equal(await captionsOf(utf8(' \t a  b \r\n\v\fc\n\u00a0d\u00a0\n\n')), ['a  b', 'c', '\u00a0d\u00a0', ''])
  assert.equal(await captionsOf(new Uint8Array()), [])
  assert.equal(await captionsOf(utf8('\n')), [''])
})

test('a line that is longer than a read, and one without an end in sight', async () => {
  const long = 'word '.repeat(200_000).trim()
  assert.equal(await captionsOf(utf8(`a\n${long}\n${long.slice(1)}\nb`)), ['a', long, long.slice(1), 'b'])
  await refused(captionsOf(new Uint8Array(3 * 2 ** 20).fill(97)), /a line of more than/)
})

const wordsOf = (text: string | Uint8Array, rows: number) =>
  readWords(memory(typeof text === 'string' ? utf8(text) : text, 'dictionary.txt'), rows)

test('words: stripped as unicode, one row each, surplus lines dropped', async () => {
  assert.equal(await wordsOf('a\n b\u00a0\n\n\u3000c\u2028\r\nd d\nlast\n', 6), ['a', 'b', '', 'c', 'd d', 'last'])
  assert.equal(await wordsOf('a\nb\nc', 2), ['a', 'b'])
  assert.equal(await wordsOf('a\nb\nc', 9), ['a', 'b', 'c'])
  assert.equal(await wordsOf('\ufeffa\n\u200bb\n', 2), ['\ufeffa', '\u200bb'], 'no white space to Python')
  // Beyond the rows nothing is looked at.
  assert.equal(await wordsOf(joined('a\n', raw('\xff\n')), 1), ['a'])
  await refused(wordsOf(joined('a\n', raw('\xff\n')), 2), /line 2 is not UTF-8/)
})

test('words that hold what ends a line elsewhere stay one line of the bundle', async () => {
  const words = await wordsOf('a\rb\na\u2028b\n', 2)
  const parts: Uint8Array[] = []
  for await (const bytes of textBytes(words)) parts.push(bytes)
  assert.equal(joined(...parts), utf8('a\rb\na\u2028b\n'))
})

/** The tiny originals with changes as a bundle. */
async function bundleOf(changes: Readonly<Record<string, Uint8Array | undefined>>, only?: string) {
  const out = join(temporaryFolder(), 'bundle')
  const manifest = await convert({ source: await originalsWith(changes), out, ...(only && { only }) })
  return { manifest, bundle: await openBundle(folderFiles(out)) }
}

test('in a bundle: captions with CRLF, and none of them lost', async () => {
  const { bundle, manifest } = await bundleOf({ 'coco_train_caps.txt': golden('bad/caps_crlf.txt') }, 'embedding')
  assert.is(manifest.captions?.count, 4)
  assert.equal(await bundle.captions(), ['a red boat .', '', 'a dog ÿþ runs', 'no newline at the end'])
})

test('in a bundle: captions of one word each, and words that look like captions', async () => {
  const words = Array.from({ length: 90 }, (_, i) => (i === 1 ? 'UNK' : `two words${i}`))
  const changes = { 'coco_train_caps.txt': utf8('cat\ndog\n'), 'dictionary.txt': utf8(`${words.join('\n')}\n`) }
  const { bundle } = await bundleOf(changes)
  assert.equal(await bundle.captions(), ['cat', 'dog'])
  assert.is((await bundle.skipThoughtsWords()).get('two words89'), 89)
})

test('in a bundle: a second pickle behind the dictionary is not read', async () => {
  const pairs = Array.from({ length: 90 }, (_, i): [string, number] => [i === 7 ? 'wörd' : `w${i}`, i + 2])
  const counts = pairs.map(([word]): [string, number] => [word, 1000])
  const { bundle } = await bundleOf({ 'romance_dictionary.pkl': dictionaryPickle(pairs, counts) }, 'decoder')
  const words = await bundle.decoderWords()
  assert.equal([words.size, words.get(9), words.get(1000)], [92, 'wörd', undefined])
})

test('in a bundle: tables with more rows than there are words, and the other way round', async () => {
  const { bundle, manifest } = await bundleOf({ 'utable.npy': npy([95, 11], new Float32Array(95 * 11)) })
  assert.equal(
    [manifest.vocabularies['skip-thoughts']?.count, manifest.tensors['word-tables/uni']?.shape],
    [90, [95, 11]],
  )
  await bundle.close()
  const few = await bundleOf({ 'dictionary.txt': utf8('<eos>\nUNK\nand\n') })
  assert.equal(
    [...(await few.bundle.skipThoughtsWords())],
    [
      ['<eos>', 0],
      ['UNK', 1],
      ['and', 2],
    ],
  )
})

test('a set under other names is found by content', async () => {
  const file = (name: string) => golden(`weights/${name}`)
  const { manifest, bundle } = await bundleOf({
    'romance.npz': undefined,
    'romance.npz.pkl': undefined,
    'romance_dictionary.pkl': undefined,
    'romance_doutput.npz': undefined,
    'romance_doutput.npz.pkl': undefined,
    'swift.npz': file('romance.npz'),
    'swift.npz.pkl': file('romance.npz.pkl'),
    'swift_dictionary.pkl': file('romance_dictionary.pkl'),
    'vgg19.pkl': undefined,
    'vgg19.p0.pkl': undefined,
    'VGG_ILSVRC_19_layers.caffemodel': undefined,
    'VGG_v1.caffemodel': undefined,
    'features.bin': file('vgg19.pkl'),
    'uni_skip.npz': undefined,
    'uni_skip.npz.pkl': undefined,
    'books.npz': file('uni_skip.npz'),
    'books.npz.pkl': file('uni_skip.npz.pkl'),
    'dictionary.txt': undefined,
    'words.txt': file('dictionary.txt'),
    'coco_train_caps.txt': undefined,
    'sentences.txt': file('coco_train_caps.txt'),
    'utable.npy': undefined,
    'uni-table.npy': file('utable.npy'),
  })
  const roles = new Map(manifest.sources.map(({ file, role }) => [role, file]))
  assert.equal(
    [
      'decoder',
      'options of decoder',
      'dictionary of decoder',
      'vgg19',
      'uni-skip',
      'words of the tables',
      'captions',
    ].map(role => roles.get(role)),
    ['swift.npz', 'swift.npz.pkl', 'swift_dictionary.pkl', 'features.bin', 'books.npz', 'words.txt', 'sentences.txt'],
  )
  assert.equal(await bundle.tensor('vgg19/conv1_1.W').read(), original('vgg19.pkl', 'conv1_1.W').data)
  await bundle.close()
})

test('two dictionaries, and neither is named after the decoder', async () => {
  const options = golden('weights/romance.npz.pkl')
  const changes = {
    'romance.npz': undefined,
    'romance_doutput.npz': undefined,
    'tales.npz': golden('weights/romance.npz'),
    'tales.npz.pkl': raw(Buffer.from(options).toString('latin1').replace('romance_dictionary.pkl', 'elsewhere.pkl')),
    'another_dictionary.pkl': golden('weights/romance_dictionary.pkl'),
  }
  await refused(bundleOf(changes, 'decoder'), /tales\.npz: several dictionaries could be its own: .*romance.*another/)
  const { manifest } = await bundleOf({ ...changes, 'romance_dictionary.pkl': undefined }, 'decoder')
  assert.ok(manifest.sources.some(({ file }) => file === 'another_dictionary.pkl'))
})

test.run()
