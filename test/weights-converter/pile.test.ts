// A pile of downloaded files: what is missing for a story, what is there in its place, and how to get it, in one sentence; archives
// are read as folders.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { convert } from '../../weights-converter/convert.ts'
import { type Gap, gapSentence, inspectFolder, storyGaps } from '../../weights-converter/pile.ts'
import { zip } from '../support/zip.ts'
import { golden, originalsWith, refused, temporaryFolder } from './files.ts'

const IN_ARCHIVE = [
  'romance.npz',
  'romance.npz.pkl',
  'romance_dictionary.pkl',
  'coco_embedding.npz',
  'coco_embedding.npz.pkl',
  'coco_embedding.npz.dictionary.pkl',
  'coco_train_caps.txt',
  'caption_style.npy',
  'romance_style.npy',
  'swift_style.npy',
]
const file = (name: string): Uint8Array => golden(`weights/${name}`)
/** The tiny set, which has a second decoder, without that and without these. */
const without = (...names: string[]) =>
  originalsWith(
    Object.fromEntries([...names, 'romance_doutput.npz', 'romance_doutput.npz.pkl'].map(name => [name, undefined])),
  )
const names = (gaps: readonly Gap[]) => gaps.map(gap => gap.file)
const PAGE = new TextEncoder().encode('<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>\n')

/** The pile as people have it: the archive whole, its inner folder by any name, and the other files. */
async function withArchive(inner: string, more: Readonly<Record<string, Uint8Array>> = {}): Promise<string> {
  const folder = await without(...IN_ARCHIVE)
  const files = Object.fromEntries(IN_ARCHIVE.map(name => [`${inner}${name}`, file(name)]))
  writeFileSync(join(folder, 'neural_storyteller.zip'), zip({ ...files, ...more }))
  return folder
}

test('nothing is missing of a whole set, whatever its files are called', async () => {
  assert.equal(await storyGaps(await originalsWith({})), [])
  const folder = await originalsWith({
    'romance.npz': undefined,
    'romance.npz.pkl': undefined,
    'lyrics.npz': file('romance.npz'),
    'lyrics.npz.pkl': file('romance.npz.pkl'),
  })
  assert.equal(await storyGaps(folder), [])
})

test('each missing file alone, with what to pull', async () => {
  for (const [missing, pull] of [
    ['romance_dictionary.pkl', 'neural_storyteller.zip'],
    ['uni_skip.npz.pkl', 'uni_skip.npz.pkl'],
    ['btable.npy', 'btable.npy'],
    ['dictionary.txt', 'dictionary.txt'],
    ['coco_embedding.npz.dictionary.pkl', 'neural_storyteller.zip'],
    ['coco_train_caps.txt', 'neural_storyteller.zip'],
    ['caption_style.npy', 'neural_storyteller.zip'],
  ] as const)
    assert.equal(
      (await storyGaps(await without(missing))).map(gap => [gap.file, gap.pull]),
      [[missing, pull]],
    )
})

test('what matters most comes first, and the sentence names the command', async () => {
  const folder = await without('romance.npz', 'utable.npy', 'coco_train_caps.txt')
  const gaps = await storyGaps(folder)
  assert.equal(names(gaps), ['romance.npz', 'romance.npz.pkl', 'utable.npy', 'coco_train_caps.txt'])
  const sentence = gapSentence(folder, gaps)
  assert.is(sentence.split('\n').length, 1)
  assert.match(
    sentence,
    /romance\.npz \(the decoder, which writes\), .*"storyteller pull neural_storyteller\.zip --out /,
  )
  assert.match(sentence, /utable\.npy \(word vectors of uni_skip\): "storyteller pull utable\.npy --out /)
})

test('half fetched, a web page, cut short: what is there is named', async () => {
  const folder = await originalsWith({
    'utable.npy': undefined,
    'utable.npy.part': file('utable.npy').slice(0, 500),
    'utable.npy.part.json': new TextEncoder().encode('{}'),
    'btable.npy': PAGE,
    'caption_style.npy': file('caption_style.npy').slice(0, -4),
    'uni_skip.npz': file('uni_skip.npz').slice(0, 5000),
    'coco_train_caps.txt': PAGE,
    'VGG_ILSVRC_19_layers.caffemodel': undefined,
    'vgg19.pkl': undefined,
    'VGG_v1.caffemodel': undefined,
    'vgg19.p0.pkl': undefined,
    'vgg19.pkl.crdownload': file('vgg19.pkl').slice(0, 1000),
  })
  const instead = new Map((await storyGaps(folder)).map(gap => [gap.file, gap.instead ?? '']))
  assert.match(instead.get('utable.npy') ?? '', /^utable\.npy\.part is a download that was not finished$/)
  assert.match(instead.get('btable.npy') ?? '', /is a web page/)
  assert.is(instead.get('caption_style.npy'), 'caption_style.npy is cut short')
  assert.match(instead.get('uni_skip.npz') ?? '', /not a whole zip archive, and has 5,000 of the 663,989,216 bytes/)
  assert.match(instead.get('coco_train_caps.txt') ?? '', /is a web page/)
  assert.match(instead.get('VGG_ILSVRC_19_layers.caffemodel') ?? '', /^vgg19\.pkl\.crdownload is a download that/)
  await refused(
    convert({ source: folder, out: join(temporaryFolder(), 'x') }),
    /for a story there is missing|is a web page|whole zip/,
  )
})

test('a file that was cut short is told with what was published; other damage is left as it is', async () => {
  const folder = await originalsWith({
    'bi_skip.npz': file('bi_skip.npz').slice(0, 4000),
    'uni_skip.npz.pkl': new TextEncoder().encode('a text\n'),
  })
  const converted = (only: string) => convert({ source: folder, out: join(temporaryFolder(), 'x'), only })
  await refused(
    converted('bi-skip'),
    /not a whole zip archive, and has 4,000 of the 289,340,074 bytes that were published; .*: "storyteller pull bi_skip\.npz --out /,
  )
  const other = await refused(converted('uni-skip'), /uni_skip\.npz\.pkl/)
  assert.not.match(other.message, /published|storyteller pull/)
})

test('an unfinished file beside the whole one is left alone', async () => {
  const folder = await originalsWith({ 'utable.npy.part': new Uint8Array(5) })
  assert.equal(await storyGaps(folder), [])
  const { leftOut } = await convert({ source: folder, out: join(temporaryFolder(), 'x') })
  assert.match(leftOut.find(entry => entry.file === 'utable.npy.part')?.why ?? '', /download that was not finished/)
})

test('a file that is missing stops the conversion, with all others that are', async () => {
  const folder = await without('uni_skip.npz.pkl', 'btable.npy')
  await refused(
    convert({ source: folder, out: join(temporaryFolder(), 'x') }),
    /its options file uni_skip\.npz\.pkl is missing; .*btable\.npy \(word vectors of bi_skip\): "storyteller pull btable\.npy/,
  )
})

test('the archive as it comes, with its files in any folder', async () => {
  for (const inner of ['', 'neural_storyteller/', 'ais/gobi3/u/storyteller/']) {
    const folder = await withArchive(inner, { '__MACOSX/._romance.npz': PAGE, '.DS_Store': PAGE })
    assert.equal(await storyGaps(folder), [], inner)
  }
  const folder = await withArchive('x/')
  const plain = await convert({ source: await originalsWith({}), out: join(temporaryFolder(), 'plain') })
  const out = join(temporaryFolder(), 'packed')
  const { tensors, sources, captions } = await convert({ source: folder, out })
  assert.equal(tensors, plain.tensors)
  assert.is(captions?.sha256, plain.captions?.sha256)
  assert.ok(sources.some(source => source.file === 'neural_storyteller.zip/x/romance.npz' && source.role === 'decoder'))
})

test('names in an archive lead nowhere, and damage in it is told', async () => {
  const folder = await withArchive('../../../')
  assert.equal(await storyGaps(folder), [])
  const cut = await withArchive('x/')
  const path = join(cut, 'neural_storyteller.zip')
  writeFileSync(path, readFileSync(path).subarray(0, 20_000))
  const gaps = await storyGaps(cut)
  assert.equal(
    names(gaps),
    IN_ARCHIVE.filter(name => name !== 'swift_style.npy'),
  )
  assert.is(gapSentence(cut, gaps).split('not a whole zip').length, 2, 'said once')
  assert.match(gaps[0]?.instead ?? '', /^neural_storyteller\.zip: not a whole zip archive$/)
  const bad = await withArchive('x/')
  const bytes = readFileSync(join(bad, 'neural_storyteller.zip'))
  const at = bytes.indexOf('coco_train_caps.txt') + 19 + 100
  bytes[at] = (bytes[at] ?? 0) ^ 255
  writeFileSync(join(bad, 'neural_storyteller.zip'), bytes)
  assert.equal(names(await storyGaps(bad)), ['coco_train_caps.txt'])
})

test('a net that a browser called .zip is still a net', async () => {
  const folder = await originalsWith({})
  renameSync(join(folder, 'uni_skip.npz'), join(folder, 'uni_skip.zip'))
  renameSync(join(folder, 'uni_skip.npz.pkl'), join(folder, 'uni_skip.zip.pkl'))
  assert.equal(await storyGaps(folder), [])
})

test('what each file of a folder is', async () => {
  const folder = await originalsWith({ 'btable.npy': PAGE, 'notes.md': new TextEncoder().encode('# notes\n') })
  mkdirSync(join(folder, 'deep'))
  const { files, missing } = await inspectFolder(folder)
  const told = new Map(files.map(entry => [entry.file, entry.role ?? entry.problem]))
  assert.is(told.get('romance.npz'), 'decoder')
  assert.is(told.get('notes.md'), 'text')
  assert.match(told.get('btable.npy') ?? '', /web page/)
  assert.equal(names(missing), ['btable.npy'])
})

test.run()
