// What begins a pickle of protocol 0, and what only looks like one: word lists and captions are lines of text too.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openContents } from '../../../../weights-converter/contents.ts'
import { isPickle, isPickleText } from '../../../../weights-converter/formats/pickle/recognition.ts'
import { golden, goldenNames, goldenSource, raw } from '../../files.ts'

test('every recorded pickle of protocol 0 is known by its text', () => {
  const pickles = goldenNames('pickles-py2').filter(name => /p0\.pkl$/.test(name))
  assert.is(pickles.length, 14)
  for (const name of pickles) assert.ok(isPickleText(golden(`pickles-py2/${name}`)), name)
  for (const name of ['evil.p0.pkl', 'evil_build.pkl', 'evil_eval.pkl', 'deep.pkl'])
    assert.ok(isPickleText(golden(`bad/${name}`)), name)
  for (const name of goldenNames('weights').filter(name => name.endsWith('.npz.pkl')))
    assert.ok(isPickleText(golden(`weights/${name}`)), name)
})

test('every recorded pickle of protocols 1 and 2 is known by its bytes', () => {
  const pickles = goldenNames('pickles-py2').filter(name => /p[12]\.pkl$/.test(name))
  assert.is(pickles.length, 28)
  for (const name of pickles) assert.ok(isPickle(golden(`pickles-py2/${name}`)), name)
})

test('other forms of protocol 0', () => {
  const pickles = [
    '(dp0\n.',
    '(d.',
    '(l.',
    "(dS'dim'\nI5\ns.",
    '(lI1\naI2\na.',
    'I5\n.',
    "S'abc'\np0\n.",
    'Vabc\np0\n.',
    'N.',
    'F1.5\n.',
    "(I1\nS'a'\nt.",
    '(Vabc\np0\nI1\nt.',
    '(iposix\nsystem\n(dp0\nb.',
    "cposix\nsystem\n(S'x'\ntR.",
    'ccollections\nOrderedDict\n)R.',
    '](K1e.',
    '].',
  ]
  for (const pickle of pickles) assert.ok(isPickleText(raw(pickle)), pickle)
})

test('texts are no pickles', () => {
  const texts = [
    'cat\ndog\n.\n,\nthe\n',
    'cat\ndog\n(\n)\n',
    'can\nI\np\nthe\n',
    '(the first one) a man rides .\na dog .\n',
    '((a man))\n',
    '(I think) a man .\n',
    '(Very) big dog .\n',
    '(d) a dog .\n(l) a leg .\n',
    "I'm here\nyou are\n",
    'Ivory\n.\nthe\n',
    'N\n.\n',
    'Sam\nV\n.\n',
    '.\n,\n',
    ']\n[\n',
    '}\n{\n',
    '(\n)\n',
    'name: "VGG"\n',
    '',
  ]
  for (const text of texts) assert.not(isPickleText(raw(text)), JSON.stringify(text))
  for (const name of ['dictionary.txt', 'coco_train_caps.txt'])
    assert.not(isPickleText(golden(`weights/${name}`)), name)
})

test('what a file is, by content', async () => {
  const kinds = async (...names: string[]) => {
    const found: string[] = []
    for (const name of names) {
      const { format, role } = await openContents(goldenSource(name))
      found.push(`${format} ${role}`)
    }
    return found
  }
  assert.equal(
    await kinds(
      'weights/uni_skip.npz',
      'weights/bi_skip.npz',
      'weights/coco_embedding.npz',
      'weights/romance.npz',
      'weights/vgg19.pkl',
      'weights/vgg19.p0.pkl',
      'weights/VGG_v1.caffemodel',
      'weights/romance.npz.pkl',
      'weights/romance_dictionary.pkl',
      'weights/coco_embedding.npz.dictionary.pkl',
      'weights/utable.npy',
      'object-tables/btable.npy',
      'weights/swift_style.npy',
      'weights/dictionary.txt',
      'weights/coco_train_caps.txt',
      'images/mill.png',
      'images/mill.jpg',
      'bad/image.gif',
      'bad/not_an_image.jpg',
    ),
    [
      'npz uni-skip',
      'npz bi-skip',
      'npz embedding',
      'npz decoder',
      'pickle vgg19',
      'pickle vgg19',
      'caffemodel vgg19',
      'pickle options',
      'pickle dictionary',
      'pickle dictionary',
      'npy word table',
      'npy word table',
      'npy style',
      'text word list',
      'text captions',
      'picture undefined',
      'picture undefined',
      'picture undefined',
      'text captions',
    ],
  )
})

test.run()
