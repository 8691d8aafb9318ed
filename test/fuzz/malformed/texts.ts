// Texts, JSON and manifests: what is no text, no JSON, no bundle, or leads out of its folder.

import { joined, raw } from '../../weights-converter/files.ts'
import { MODEL } from '../formats.ts'
import { casesOf, type Facts, type Malformed, READ } from './case.ts'

const words: Facts = {
  nothing: ['', /empty/],
  'Latin-1': ['UNK\ncaf\xe9\n', /line 2 is not UTF-8/],
  'half a character': ['UNK\nca\xc3\n', /line 2 is not UTF-8/],
  'an overlong character': ['UNK\n\xc0\xaf\n', /not UTF-8/],
  'half a surrogate pair': ['UNK\n\xed\xa0\x80\n', /not UTF-8/],
  'a character beyond Unicode': ['UNK\n\xf4\x90\x80\x80\n', /not UTF-8/],
  'UTF-16': ['\xff\xfeU\0N\0K\0\n\0', /a text in UTF-16; save it as UTF-8/],
  'UTF-16, big-endian': ['\xfe\xff\0U\0N\0K\0\n', /a text in UTF-16/],
  'UTF-16 without a mark': ['U\0N\0K\0\n\0', /unknown format/],
  'UTF-32': ['\xff\xfe\0\0U\0\0\0', /a text in UTF-32/],
  'a null': ['UNK\n\0\n', /unknown format/],
  'a line without an end of 3 MB': [() => new Uint8Array(3_000_000).fill(0x61), /a line of more than/],
  'a web page': [
    '<!DOCTYPE html>\n<html><body>404</body></html>\n',
    /is a web page; a server sent it in place of the file/,
  ],
  'a web page in capitals': ['\n\n<HTML><HEAD>', /a web page/],
  'a web page behind a mark': ['\xef\xbb\xbf<html>', /a web page/],
  'what a store says of a file that is not public': [
    '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    /an XML document/,
  ],
  'a pointer of Git LFS': ['version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n', /a Git LFS pointer/],
  'a pointer of git-annex': ['/annex/objects/SHA256E-s5--0.npz\n', /a git-annex pointer/],
  'control characters': ['UNK\n\x07\x1b[31m\n', /unknown format/],
  'empty lines': ['\n\n\n', READ],
  'carriage returns': ['UNK\r\na\r\n', READ],
  'a mark at the beginning': ['\xef\xbb\xbfUNK\n', READ],
}

const json: Facts = {
  nothing: ['', /not JSON/],
  'a word': ['words', /not JSON/],
  'a list that is cut': ['[1, 2', /not JSON/],
  'an object': ['{"a": 2}', /not a list/],
  'no entries': ['[]', /not a list of word ids/],
  'a fraction': ['[1.5]', /not a list/],
  'a number beyond all': ['[1e999]', /not a list/],
  'an id below -1': ['[-2]', /not a list of word ids/],
  'an id beyond the words': ['[83]', /not a list of word ids from -1 to 82/],
  'ids as texts': ['["5"]', /not a list/],
  'nothing for an id': ['[null]', /not a list/],
  'lists in lists': ['[[1, 2, 3]]', /not a list/],
  'a hundred thousand lists deep': ['['.repeat(100_000), /not JSON/],
  'a hundred thousand lists deep, and closed': ['['.repeat(100_000) + ']'.repeat(100_000), /not a list/],
  'two values': ['[1] [2]', /not JSON/],
  'a comment': ['[1] // one', /not JSON/],
  NaN: ['[NaN]', /not JSON/],
  'no UTF-8': ['[1]\xff', /not JSON/],
  'the prototype': ['{"__proto__": {"polluted": true}}', /not a list/],
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const STYLE = MODEL.tensors['styles/swift']
const styled = (change: object) =>
  encode({ ...MODEL, tensors: { ...MODEL.tensors, 'styles/swift': { ...STYLE, ...change } } })

const manifests: Facts = {
  nothing: ['', /not a bundle manifest/],
  'a list': ['[]', /manifest/],
  null: ['null', /manifest/],
  'JSON that is cut': [encode(MODEL).slice(0, 300), /not a bundle manifest/],
  'no UTF-8': [joined('{"format": 1, "name": "', '\xff"}'), /not UTF-8/],
  'a format that is to come': [encode({ ...MODEL, format: 2 }), /a bundle of format 2.*update/],
  'a format of before': [encode({ ...MODEL, format: 0 }), /a bundle of format 0.*convert/],
  'a format as text': [encode({ ...MODEL, format: '1' }), /format/],
  'the manifest of a web page': ['{"name": "App", "start_url": "/", "icons": []}', /format: is missing/],
  'the package of a program': [
    '{"name": "left-pad", "version": "1.0.0", "scripts": {"install": "id"}}',
    /format: is missing/,
  ],
  'no tensors': [encode({ ...MODEL, tensors: undefined }), /tensors: is missing/],
  'no name': [encode({ ...MODEL, name: undefined }), /name: is missing/],
  'a path that leads out': [
    styled({ file: '../../etc/passwd' }),
    /tensors\.styles\/swift\.file: is not a path inside the bundle/,
  ],
  'a path from the root': [styled({ file: '/etc/passwd' }), /not a path inside/],
  'a path of a drive': [styled({ file: 'C:evil.npy' }), /not a path inside/],
  'a path with backslashes': [styled({ file: '..\\evil.npy' }), /not a path inside/],
  'a path with a null': [styled({ file: 'a\0.npy' }), /not a path inside/],
  'a path of nothing': [styled({ file: '' }), /not a path inside/],
  'a path of 600 characters': [styled({ file: 'x'.repeat(600) }), /not a path inside/],
  'a path that is a list': [styled({ file: ['swift.npy'] }), /tensors\.styles\/swift\.file/],
  'a file that is not there': [styled({ file: 'none.npy' }), /none\.npy: not found/],
  'a file that is no array': [styled({ file: 'captions.txt' }), /not a \.npy file/],
  'a shape that differs from the file': [styled({ shape: [33] }), /the manifest says <f4 \[33\]/],
  'a shape of 2⁵³': [styled({ shape: [2 ** 53] }), /shape/],
  'a shape whose product overflows': [styled({ shape: [2 ** 40, 2 ** 40] }), /too many elements/],
  'a shape of zero': [styled({ shape: [0] }), /shape/],
  'a negative shape': [styled({ shape: [-32] }), /shape/],
  'a shape of fractions': [styled({ shape: [0.5] }), /shape/],
  'a shape of nothing': [styled({ shape: [] }), /shape/],
  'a shape of five axes': [styled({ shape: [1, 1, 1, 1, 32] }), /shape/],
  'a type that is unknown': [styled({ dtype: 'f64' }), /dtype/],
  'a hash that is none': [styled({ sha256: 'abc' }), /SHA-256/],
  'a style without a tensor': [
    encode({ ...MODEL, styles: ['swift', 'none'] }),
    /style none is listed but has no tensor/,
  ],
  'a style by the name of a property': [encode({ ...MODEL, styles: ['__proto__'] }), /style __proto__ is listed/],
  'styles as an object': [encode({ ...MODEL, styles: { swift: 1 } }), /styles/],
  'more captions than lines': [
    encode({ ...MODEL, captions: { ...MODEL.captions, count: 3 } }),
    /2 lines, the manifest says 3/,
  ],
  'fewer captions than lines': [
    encode({ ...MODEL, captions: { ...MODEL.captions, count: 1 } }),
    /2 lines or more, the manifest says 1/,
  ],
  'captions that are an array': [
    encode({ ...MODEL, captions: { ...MODEL.captions, file: 'swift.npy' } }),
    /not UTF-8|manifest says/,
  ],
  'captions in a file outside': [
    encode({ ...MODEL, captions: { ...MODEL.captions, file: '../captions.txt' } }),
    /captions\.file: is not a path inside/,
  ],
  'words that are captions': [
    encode({ ...MODEL, vocabularies: { decoder: { file: 'captions.txt', count: 2 } } }),
    /not JSON/,
  ],
  'words that are a splitter': [
    encode({ ...MODEL, vocabularies: { decoder: { file: 'punkt.json', count: 2 } } }),
    /not a list of \[word, id\]/,
  ],
  'another number of words': [
    encode({ ...MODEL, vocabularies: { decoder: { file: 'words.json', count: 9 } } }),
    /2 words, the manifest says 9/,
  ],
  'a splitter that is words': [encode({ ...MODEL, punkt: 'words.json' }), /not a trained Punkt file/],
  'a splitter outside': [encode({ ...MODEL, punkt: '../punkt.json' }), /punkt: is not a path inside/],
  'nets of negative sizes': [
    encode({ ...MODEL, nets: { 'uni-skip': { dim: -1, dimWord: 11 } } }),
    /nets\.uni-skip\.dim/,
  ],
  'a net of text': [encode({ ...MODEL, nets: { decoder: 'romance' } }), /nets\.decoder/],
  'ten thousand lists deep': [() => raw(`{"format":1,"name":${'['.repeat(10_000)}${']'.repeat(10_000)}}`), /name/],
  'the prototype of everything': ['{"format":1,"__proto__":{"polluted":1}}', /is missing/],
}

export const texts = (): Malformed[] => [
  ...casesOf('text', words),
  ...casesOf('json', json),
  ...casesOf('manifest', manifests),
]
