// A trained Punkt file as NLTK pickles it (made by hand here, in the shapes of protocols 0 and 2), taken into the bundle as data.

import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openBundle } from '../../lib/io/bundle.ts'
import { folderFiles } from '../../lib/io/bundle-files.node.ts'
import { PunktSplitter } from '../../lib/text/punkt.ts'
import { convert } from '../../weights-converter/convert.ts'
import { inspectFile } from '../../weights-converter/inspect.ts'
import { memory, originalsWith, raw, refused, temporaryFolder } from './files.ts'

const TRAINED = {
  abbreviations: ['dr', 'u.s'],
  collocations: [
    ['##number##', 'the'],
    ['a', 'b'],
  ],
  sentenceStarters: ['however', 'she'],
  orthographicContext: { she: 34, constructor: 8, __proto__: 2 },
}
Object.defineProperty(TRAINED.orthographicContext, '__proto__', { value: 2, enumerable: true })

/** copy_reg._reconstructor(CLASS, object, None), then its attributes. */
const object0 = (name: string, attributes: string) =>
  `ccopy_reg\n_reconstructor\n(cnltk.tokenize.punkt\n${name}\nc__builtin__\nobject\nNtR(d${attributes}b`
const set0 = (items: string) => `c__builtin__\nset\n((l${items}tR`
const PARAMETERS0 = [
  `S'sent_starters'\n${set0("S'however'\naVshe\na")}s`,
  `S'collocations'\n${set0("(S'##number##'\nVthe\nta(S'a'\nS'b'\nta")}s`,
  `S'abbrev_types'\n${set0("S'dr'\naVu.s\na")}s`,
  `S'ortho_context'\nccollections\ndefaultdict\n(c__builtin__\nint\ntRVshe\nI34\nsS'constructor'\nI8\nsS'__proto__'\nI2\nss`,
].join('')
/** Its state is the number 1, whatever its attributes: so its __getstate__ has it. */
const LANGUAGE0 = `${object0('PunktLanguageVars', '').replace(/\(db$/, 'I1\nb')}`
const PROTOCOL0 = `${object0(
  'PunktSentenceTokenizer',
  `S'_params'\n${object0('PunktParameters', PARAMETERS0)}sS'_lang_vars'\n${LANGUAGE0}sS'_Token'\ncnltk.tokenize.punkt\nPunktToken\ns`,
)}.`

const short = (text: string) => `U${String.fromCharCode(text.length)}${text}`
const unicode = (text: string) => `X${String.fromCharCode(text.length)}\0\0\0${text}`
/** Protocol 2: NEWOBJ, or the old way round with a memo, and BUILD. */
const object2 = (name: string, attributes: string) => `cnltk.tokenize.punkt\n${name}\n)\x81}(${attributes}ub`
const set2 = (items: string) => `c__builtin__\nset\n](${items}e\x85R`
const PARAMETERS2 = [
  `${short('sent_starters')}${set2(`${short('however')}${unicode('she')}`)}`,
  `${short('collocations')}${set2(`${short('##number##')}${unicode('the')}\x86${short('a')}${short('b')}\x86`)}`,
  `${short('abbrev_types')}${set2(`${short('dr')}${unicode('u.s')}`)}`,
  `${short('ortho_context')}ccollections\ndefaultdict\nc__builtin__\nint\n\x85R(${unicode('she')}K\x22${short('constructor')}K\x08${short('__proto__')}K\x02u`,
].join('')
const LANGUAGE2 = 'cnltk.tokenize.punkt\nPunktLanguageVars\n)\x81K\x01b'
const PROTOCOL2 = `\x80\x02${object2(
  'PunktSentenceTokenizer',
  `${short('_params')}${object2('PunktParameters', PARAMETERS2)}${short('_lang_vars')}${LANGUAGE2}${short('_Token')}cnltk.tokenize.punkt\nPunktToken\n`,
)}.`

for (const [protocol, pickle] of Object.entries({ PROTOCOL0, PROTOCOL2 }))
  test(`${protocol.toLowerCase()}: into the bundle and out again`, async () => {
    const source = await originalsWith({ 'english.pickle': raw(pickle) })
    const out = join(temporaryFolder(), 'bundle')
    const manifest = await convert({ source, out, only: 'uni-skip', punkt: join(source, 'english.pickle') })
    assert.is(manifest.sources.at(-1)?.role, 'sentence splitter')
    assert.not(manifest.leftOut.some(({ file }) => file === 'english.pickle'))
    const bundle = await openBundle(folderFiles(out))
    const punkt = await bundle.punkt()
    assert.equal(JSON.stringify(punkt), JSON.stringify(TRAINED))
    if (punkt === undefined) return
    assert.equal(new PunktSplitter(punkt).sentences('He met Dr. No. However he left.'), [
      'He met Dr. No.',
      'However he left.',
    ])
  })

test('without --punkt it is left out', async () => {
  const source = await originalsWith({ 'english.pickle': raw(PROTOCOL2) })
  const manifest = await convert({ source, out: join(temporaryFolder(), 'bundle'), only: 'uni-skip' })
  assert.is(manifest.punkt, undefined)
  assert.match(manifest.leftOut.find(({ file }) => file === 'english.pickle')?.why ?? '', /punkt/)
})

test('what it holds, shown', async () => {
  const { kind, role, values } = await inspectFile(memory(raw(PROTOCOL0)))
  assert.equal([kind, role], ['pickle', 'punkt'])
  assert.match(
    JSON.stringify(values),
    /^\{"class":"PunktSentenceTokenizer","_params":\{"class":"PunktParameters","sent_starters":\["however","she"\]/,
  )
})

test('one without its parameters, or with parts of another kind, is refused', async () => {
  const converted = async (pickle: string) => {
    const source = await originalsWith({ 'english.pickle': raw(pickle) })
    const out = join(temporaryFolder(), 'bundle')
    return convert({ source, out, only: 'uni-skip', punkt: join(source, 'english.pickle') })
  }
  await refused(
    converted(`\x80\x02${object2('PunktParameters', `${short('x')}K\x01`)}.`),
    /english\.pickle: is not a trained/,
  )
  await refused(
    converted(`\x80\x02${object2('PunktSentenceTokenizer', `${short('_params')}K\x01`)}.`),
    /is not a trained/,
  )
  const wrong = PROTOCOL2.replace('abbrev_types', 'abbrev_typos')
  await refused(converted(wrong), /abbrev_types/)
})

test.run()
