// Files that are damaged, or whole but not made for each other: each is told by its name, the values and a cure, before anything is
// written; and nothing is left where the bundle would have been.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError, InputError } from '../../lib/core/errors.ts'
import { type ConvertOptions, convert } from '../../weights-converter/convert.ts'
import { convertDecoder } from '../../weights-converter/decoder-file.ts'
import { golden, joined, originalsWith, refused, temporaryFolder, WEIGHTS } from './files.ts'
import { dictionaryPickle, npy, npz, type Original, optionsPickle, original, tinyManifest } from './originals.ts'

type Files = Readonly<Record<string, Uint8Array | undefined>>

/** Converts the tiny originals with some files changed; the conversion must fail and leave nothing. */
async function conversion(changes: Files, options: Partial<ConvertOptions> = {}): Promise<unknown> {
  const source = await originalsWith(changes)
  const out = join(temporaryFolder(), 'bundle')
  try {
    return await convert({ source, out, ...options })
  } catch (error) {
    assert.equal(readdirSync(dirname(out)), [], 'nothing is left')
    throw error
  }
}

const weights = (file: string, changes: Record<string, Original | undefined> = {}): Uint8Array => {
  const names = tinyManifest.tensors.filter(tensor => tensor.file === file).map(({ name }) => name)
  const arrays = Object.fromEntries(names.map(name => [name, original(file, name)]))
  return npz(Object.fromEntries(Object.entries({ ...arrays, ...changes }).flatMap(([n, a]) => (a ? [[n, a]] : []))))
}
const zeros = (...shape: number[]): Original => ({ shape, data: new Float32Array(shape.reduce((n, d) => n * d, 1)) })
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const file = (name: string): Uint8Array => golden(`weights/${name}`)

const CASES: Record<string, { changes: Files; options?: Partial<ConvertOptions>; says: RegExp[] }> = {
  'an encoder given as the decoder': {
    changes: { 'romance.npz': file('uni_skip.npz') },
    says: [/romance\.npz/, /should be the original's decoder, but it is uni-skip/],
  },
  'a decoder given as an encoder': {
    changes: { 'bi_skip.npz': file('romance.npz') },
    says: [/bi_skip\.npz/, /should be the original's bi-skip, but it is decoder/],
  },
  'a style given as a table': {
    changes: { 'utable.npy': file('swift_style.npy') },
    says: [/utable\.npy/, /should be the original's word table, but it is style/],
  },
  'options where the dictionary should be': {
    changes: { 'romance_dictionary.pkl': file('romance.npz.pkl') },
    says: [/romance_dictionary\.pkl/, /should be the original's dictionary, but it is options/],
  },
  'no dictionary': {
    changes: { 'romance_dictionary.pkl': undefined },
    says: [/romance\.npz/, /its dictionary \(romance_dictionary\.pkl\) is missing/],
  },
  'no dictionary of the embedding': {
    changes: { 'coco_embedding.npz.dictionary.pkl': undefined },
    says: [/coco_embedding\.npz/, /its dictionary \(coco_embedding\.npz\.dictionary\.pkl\) is missing/],
  },
  'no options': {
    changes: { 'uni_skip.npz.pkl': undefined },
    says: [/uni_skip\.npz/, /its options file uni_skip\.npz\.pkl is missing/],
  },
  'options that are none': {
    changes: { 'uni_skip.npz.pkl': text('a text\n') },
    says: [/uni_skip\.npz\.pkl/, /not an options file/],
  },
  'options of other weights': {
    changes: { 'uni_skip.npz.pkl': file('romance.npz.pkl') },
    says: [/uni_skip\.npz\.pkl/, /dim is 22, but the arrays of uni_skip\.npz make it 18/],
  },
  'options with another context': {
    changes: { 'romance.npz.pkl': optionsPickle({ dim: 22, dim_word: 9, dimctx: 48, n_words: 83, doutput: false }) },
    says: [/romance\.npz\.pkl/, /dimctx is 48, but the arrays of romance\.npz make it 32/],
  },
  'options that state another number of words': {
    changes: { 'coco_embedding.npz.pkl': optionsPickle({ dim: 26, n_words: 94 }) },
    says: [/coco_embedding\.npz\.pkl/, /n_words is 94, but the arrays of coco_embedding\.npz make it 93/],
  },
  'options that state a hidden layer that is not there': {
    changes: { 'romance.npz.pkl': optionsPickle({ dim: 22, dim_word: 9, doutput: true }) },
    says: [/romance\.npz/, /has no array ff_hid_W/],
  },
  'options without the key that names the kind of decoder': {
    changes: { 'romance.npz.pkl': optionsPickle({ dim: 22, dim_word: 9 }) },
    says: [/romance\.npz\.pkl: there is no doutput, which means True.*romance\.npz has no array ff_hid_W/],
  },
  'a dictionary where options should be': {
    changes: { 'romance.npz.pkl': file('romance_dictionary.pkl') },
    says: [/romance\.npz\.pkl: is a dict of \d+ entries without dim, .*no options of a net/],
  },
  'options of an encoder of another kind': {
    changes: { 'coco_embedding.npz.pkl': optionsPickle({ dim: 26, dim_word: 13, encoder: 'bow' }) },
    says: [/coco_embedding\.npz\.pkl: encoder is bow, but the arrays of coco_embedding\.npz are those of gru/],
  },
  'an embedding’s dictionary of another vocabulary': {
    changes: {
      'coco_embedding.npz.dictionary.pkl': dictionaryPickle(Array.from({ length: 50 }, (_, i) => [`w${i}`, i + 2])),
    },
    says: [/has 50 words, but none for 41 of the 93 ids of coco_embedding\.npz \(52 is the first\)/],
  },
  'words of the tables in UTF-16': {
    changes: { 'dictionary.txt': joined('\xff\xfe', 'U\0N\0K\0\n\0') },
    says: [/dictionary\.txt at byte 0: is a text in UTF-16; save it as UTF-8/],
  },
  'words of the tables in Latin-1': {
    changes: { 'dictionary.txt': joined('UNK\ncaf\xe9\n') },
    says: [/dictionary\.txt: line 2 is not UTF-8; fetch the dictionary again, or save it as UTF-8/],
  },
  'captions in UTF-16': {
    changes: { 'coco_train_caps.txt': joined('\xff\xfe', 'a\0\n\0') },
    says: [/coco_train_caps\.txt at byte 0: is a text in UTF-16; save it as UTF-8/],
  },
  'a pointer of Git LFS for weights': {
    changes: { 'romance.npz': text('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n') },
    says: [/romance\.npz at byte 0: is a Git LFS pointer; the file itself is elsewhere: get it with "git lfs pull"/],
  },
  'a web page for weights': {
    changes: { 'vgg19.pkl': text('<!DOCTYPE html>\n<html><body>Moved</body></html>\n') },
    says: [/vgg19\.pkl at byte 0: is a web page; a server sent it in place of the file/],
  },
  'an archive for weights': {
    changes: { 'utable.npy': joined('\x1f\x8b\x08\0\0\0\0\0') },
    says: [/utable\.npy at byte 0: is a gzip archive; unpack it, and give what is in it/],
  },
  'options whose doutput is no truth value': {
    changes: { 'romance.npz.pkl': optionsPickle({ dim: 22, dim_word: 9, doutput: 'yes' }) },
    says: [/romance\.npz\.pkl/, /doutput is .*neither True nor False/],
  },
  'a style of another size': {
    changes: { 'swift_style.npy': npy([48], new Float32Array(48)) },
    says: [/swift_style\.npy/, /48 numbers.*vectors of 32/],
  },
  'VGG features of another width than the embedding reads': {
    changes: {
      'coco_embedding.npz': weights('coco_embedding.npz', { ff_image_W: zeros(41, 26) }),
      'coco_embedding.npz.pkl': optionsPickle({ dim: 26, dim_word: 13 }),
    },
    says: [/coco_embedding\.npz: reads features of 41 numbers, but fc7 of vgg19\.pkl gives 37/],
  },
  'encoders that give other vectors than the decoder reads': {
    changes: {
      'romance.npz': weights('romance.npz', { ff_state_W: zeros(30, 22) }),
      'romance.npz.pkl': optionsPickle({ dim: 22, dim_word: 9, doutput: false }),
      'caption_style.npy': undefined,
      'romance_style.npy': undefined,
      'swift_style.npy': undefined,
    },
    says: [/romance\.npz: reads vectors of 30 numbers, but uni_skip\.npz and bi_skip\.npz give 18 \+ 2 · 7 = 32/],
  },
  'a table of another width': {
    changes: { 'btable.npy': npy([90, 12], new Float32Array(90 * 12)) },
    says: [/btable\.npy/, /\[90, 12\], but bi-skip reads words of 11 numbers/],
  },
  'no table': { changes: { 'utable.npy': undefined }, says: [/utable\.npy is missing/] },
  'no words of the tables': { changes: { 'dictionary.txt': undefined }, says: [/dictionary\.txt is missing/] },
  'no word for unknown words': {
    changes: { 'dictionary.txt': text(Array.from({ length: 90 }, (_, i) => `word${i}\n`).join('')) },
    says: [/dictionary\.txt/, /no word UNK/],
  },
  'UNK only beyond the last row': {
    changes: { 'dictionary.txt': text(`${Array.from({ length: 90 }, (_, i) => `word${i}\n`).join('')}UNK\n`) },
    says: [/dictionary\.txt/, /no word UNK/],
  },
  'words that are no UTF-8': {
    changes: { 'dictionary.txt': joined('<eos>\nUNK\nca\xff\n') },
    says: [/dictionary\.txt/, /line 3 is not UTF-8/],
  },
  'a dictionary without words for some of the ids': {
    changes: { 'romance_dictionary.pkl': dictionaryPickle(Array.from({ length: 50 }, (_, i) => [`w${i}`, i + 2])) },
    says: [
      /romance_dictionary\.pkl/,
      /has 50 words, but none for 31 of the 83 ids of romance\.npz \(52 is the first\)/,
    ],
  },
  'a missing array': {
    changes: { 'uni_skip.npz': weights('uni_skip.npz', { encoder_Ux: undefined }) },
    says: [/uni_skip\.npz: has no array encoder_Ux; it has/],
  },
  'an array of another shape': {
    changes: { 'uni_skip.npz': weights('uni_skip.npz', { encoder_U: zeros(18, 35) }) },
    says: [/uni_skip\.npz: encoder_U is \[18, 35\], where \[18, 36\] is needed/],
  },
  'a bias of another size': {
    changes: { 'romance.npz': weights('romance.npz', { ff_logit_b: zeros(84) }) },
    says: [/romance\.npz: ff_logit_b is \[84\], where \[83\] is needed/],
  },
  'logits for other words than are embedded': {
    changes: { 'romance.npz': weights('romance.npz', { ff_logit_W: zeros(22, 99), ff_logit_b: zeros(99) }) },
    says: [/romance\.npz: ff_logit_W is \[22, 99\], where \[22, 83\] is needed/],
  },
  'an array without elements': {
    changes: { 'romance.npz': weights('romance.npz', { Wemb: zeros(0, 9) }) },
    says: [/romance\.npz: Wemb is \[0, 9\], where \[\?, \?\] is needed/],
  },
  'numbers beyond f16': {
    changes: { 'utable.npy': npy([90, 11], new Float32Array(990).fill(1e5)) },
    options: { dtype: 'f16' },
    says: [/word-tables\/uni holds 100000, beyond the range of f16; use --dtype f32/],
  },
  '--vgg with another kind of file': {
    changes: {},
    options: { vgg: join(WEIGHTS, 'romance.npz') },
    says: [/romance\.npz: does not hold VGG-19/],
  },
  '--punkt with another kind of file': {
    changes: {},
    options: { punkt: join(WEIGHTS, 'romance.npz.pkl') },
    says: [/romance\.npz\.pkl: does not hold a trained sentence splitter/],
  },
  '--vgg with another net only': {
    changes: {},
    options: { vgg: join(WEIGHTS, 'vgg19.pkl'), only: 'decoder' },
    says: [/no place in a bundle of decoder only/],
  },
  'a net that does not exist': { changes: {}, options: { only: 'resnet' }, says: [/no net "resnet".*uni-skip/] },
  'a net that is not there': {
    changes: { 'bi_skip.npz': undefined },
    options: { only: 'bi-skip' },
    says: [/holds no weights of bi-skip/],
  },
}

for (const [name, { changes, options, says }] of Object.entries(CASES))
  test(name, async () => {
    const error = await conversion(changes, options).then(
      () => assert.unreachable('it was converted'),
      reason => reason,
    )
    if (!(error instanceof InputError)) await refused(Promise.reject(error))
    for (const pattern of says) assert.match(error.message, pattern)
  })

test('a damaged file with an original name stops the conversion that needs it, and only that', async () => {
  const cut = (name: string) => file(name).slice(0, 100)
  for (const name of [
    'vgg19.pkl',
    'uni_skip.npz',
    'romance.npz',
    'utable.npy',
    'swift_style.npy',
    'romance_dictionary.pkl',
    'coco_embedding.npz.pkl',
  ])
    await refused(conversion({ [name]: cut(name) }), new RegExp(name))
  await refused(conversion({ 'dictionary.txt': new Uint8Array() }), /dictionary\.txt.*empty/)
  assert.ok(await conversion({ 'vgg19.pkl': cut('vgg19.pkl') }, { only: 'uni-skip' }))
  assert.ok(await conversion({ 'vgg19.pkl': cut('vgg19.pkl') }, { vgg: join(WEIGHTS, 'VGG_v1.caffemodel') }))
})

test('a damaged or hostile file with another name is left out, with the reason', async () => {
  const changes = {
    'more.npz': golden('bad/truncated.npz'),
    'evil.pkl': golden('bad/evil.p2.pkl'),
    'objects.npy': golden('bad/evil_object_array.npy'),
    'my_style.npy': golden('bad/wrong_magic.npy'),
    'photo.jpg': golden('images/mill.jpg'),
    'noise.bin': Uint8Array.from({ length: 100 }, (_, i) => i + 1),
    'empty.txt': new Uint8Array(),
    'swift.npz.pkl': golden('bad/truncated.pkl'),
    '.hidden.npz': golden('bad/truncated.npz'),
  }
  const source = await originalsWith(changes)
  const out = join(temporaryFolder(), 'bundle')
  const { leftOut } = await convert({ source, out })
  const why = (name: string) => leftOut.find(entry => entry.file === name)?.why ?? ''
  assert.match(why('more.npz'), /not a whole zip archive/)
  assert.match(why('evil.pkl'), /nothing was run/)
  assert.match(why('photo.jpg'), /a picture/)
  assert.match(why('noise.bin'), /nothing that is known/)
  assert.match(why('empty.txt'), /empty/)
  assert.match(why('swift.npz.pkl'), /ends in the middle/)
  assert.is(why('.hidden.npz'), '')
  assert.not(existsSync(join(source, 'PWNED')) || existsSync('PWNED'))
})

test('a decoder by itself: what is wrong with it or its companions is said', async () => {
  const source = await originalsWith({
    'swift.npz': file('romance.npz'),
    'swift.npz.pkl': file('romance.npz.pkl').slice(0, 80),
    'broken.npz': file('romance.npz').slice(0, 5000),
    'other.npz': file('romance.npz'),
  })
  const decoder = (name: string) => convertDecoder(join(source, name))
  assert.is((await decoder('romance.npz')).tensors.size, 8)
  await refused(decoder('swift.npz'), /swift\.npz\.pkl at byte/)
  await refused(decoder('broken.npz'), /broken\.npz/, /not a whole zip/)
  await refused(decoder('other.npz'), /its options file other\.npz\.pkl is missing/)
  await refused(decoder('none.npz'), /no such file/)
  // What lies in a folder below is not beside it.
  const below = await originalsWith({
    'romance_dictionary.pkl': undefined,
    'x/romance_dictionary.pkl': file('romance_dictionary.pkl'),
  })
  await refused(convertDecoder(join(below, 'romance.npz')), /its dictionary .*is missing/)
  await refused(decoder('uni_skip.npz'), /is not a decoder/)
})

test('the place of the bundle: what is there is left alone', async () => {
  const out = join(temporaryFolder(), 'bundle')
  mkdirSync(out)
  const task = { source: WEIGHTS, out, only: 'uni-skip' }
  assert.ok(await convert(task), 'an empty folder is taken')
  await refused(convert(task), /exists already and is not empty/)
  const inTheWay = join(temporaryFolder(), 'file')
  writeFileSync(inTheWay, 'x')
  await refused(convert({ ...task, out: inTheWay }), /in the way/)
  for (const source of [join(out, 'nowhere'), inTheWay])
    assert.instance(await convert({ ...task, source, out: join(out, 'x') }).catch(error => error), InputError)
  const empty = await convert({ source: temporaryFolder(), out: join(temporaryFolder(), 'x') }).catch(error => error)
  assert.match(empty.message, /holds no weights of the original program/)
})

test('an abort, before, between and while tensors are written, leaves nothing', async () => {
  const stages = new Set<string>()
  for (const stopAt of [0, 1, 20, 60, 80]) {
    const controller = new AbortController()
    const out = join(temporaryFolder(), 'bundle')
    let calls = 0
    const onProgress = ({ stage, done, total }: { stage: string; done: number; total: number }) => {
      stages.add(stage)
      assert.ok(done > 0 && done <= total, `${done} of ${total}`)
      if (++calls === stopAt) controller.abort()
    }
    if (stopAt === 0) controller.abort()
    const error = await convert({ source: WEIGHTS, out, signal: controller.signal, onProgress }).catch(e => e)
    assert.instance(error, AbortError)
    assert.equal(readdirSync(dirname(out)), [])
  }
  assert.equal([...stages], ['converting'])
  let last = { done: 0, total: 1 }
  const onProgress = (progress: { done: number; total: number }) => {
    assert.ok(progress.done >= last.done)
    last = progress
  }
  await convert({ source: WEIGHTS, out: join(temporaryFolder(), 'bundle'), onProgress })
  assert.is(last.done, last.total)
})

test.run()
