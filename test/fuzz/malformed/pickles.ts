// Pickles that are damaged, endless, too deep or too large; and those that are whole but not what the reader of words needs.

import { joined, raw } from '../../weights-converter/files.ts'
import { casesOf, type Malformed, READ } from './case.ts'

const repeated =
  (opcodes: string, count: number, before = '\x80\x02', after = '.') =>
  () =>
    joined(before, new Uint8Array(Buffer.alloc(opcodes.length * count, opcodes, 'latin1')), after)

/** Each level holds the one below twice. */
const doubled = (levels: number) =>
  `]q\0${Array.from({ length: levels }, (_, i) => `0](h${String.fromCharCode(i)}h${String.fromCharCode(i)}eq${String.fromCharCode(i + 1)}`).join('')}.`

const ARRAY = (state: string) =>
  `\x80\x02cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85U\x01btR(${state}tb.`
const F4 = 'cnumpy\ndtype\n(U\x02f4tR'

const damage = casesOf('pickle', {
  'nothing after the protocol': ['\x80\x02', /ends in the middle/],
  'an unknown opcode': ['\x80\x02\xff.', /byte 2: an unknown opcode/],
  'no end': ['\x80\x02N', /ends in the middle/],
  'an end without a value': ['\x80\x02.', /empty stack/],
  'a pop of nothing': ['\x80\x020.', /missing mark/],
  'a tuple of three from two': ['\x80\x02NN\x87.', /empty stack/],
  'a list without a mark': ['\x80\x02l.', /missing mark/],
  'items without a mark': ['\x80\x02}u.', /missing mark/],
  'an item for a number': ['\x80\x02K\x01N a.', /unknown opcode|no list/],
  'an item for a tuple': ['\x80\x02)Na.', /no list/],
  'a key without a value': ['\x80\x02}(U\x01au.', /no dict/],
  'items for a list': ['\x80\x02](U\x01aK\x01u.', /no dict/],
  'a memo entry that was never made': ['\x80\x02h\x05.', /memo entry 5/],
  'a memo entry beyond all': ['\x80\x02j\xff\xff\xff\xff.', /memo entry 4294967295/],
  'a memo key that is no number': ['\x80\x02Npabc\n.', /integer that is none/],
  'a memo key below zero': ['\x80\x02Np-1\n.', /memo key that is no number/],
  'a memo entry for nothing': ['\x80\x02q\0h\0.', /empty stack/],
  'an int that is none': ["(dS'dim'\nI12x\ns.", /integer that is none/],
  'an int of nothing': ["(dS'dim'\nI\ns.", /integer that is none/],
  'a long of 5000 digits': [`(dS'dim'\nL${'9'.repeat(5000)}L\ns.`, /integer that is none/],
  'a float that is none': ["(dS'decay_c'\nF1.2.3\ns.", /float that is none/],
  'a float of code': ["(dS'decay_c'\nF__import__('os')\ns.", /float that is none/],
  'a string without quotes': ['\x80\x02Sdim\n.', /without matching quotes/],
  'a string with one quote': ["\x80\x02S'dim\n.", /without matching quotes/],
  'a string that ends in a backslash': ["\x80\x02S'abc\\'\n.", /backslash|matching/],
  'a string with half an escape': ["\x80\x02S'\\x4'\n.", /broken \\x escape/],
  'a character beyond Unicode': ['\x80\x02V\\U00110000\n.', /character of code/],
  'a text that is no UTF-8': ['\x80\x02X\x02\0\0\0\xc3\x28.', /not UTF-8/],
  'a string of 255 bytes in a file of 4': ['\x80\x02U\xff.', /255 bytes are announced/],
  'a string of 2 GB': ['\x80\x02T\xff\xff\xff\x7f.', /2147483647 bytes are announced/],
  'a string of a negative length': ['\x80\x02T\xff\xff\xff\xff.', /negative length/],
  'bytes of 4 GB': ['\x80\x03B\xff\xff\xff\xff.', /4294967295 bytes are announced/],
  'bytes of 2⁶³': ['\x80\x04\x8e\0\0\0\0\0\0\0\x80.', /a length of 9223372036854775808/],
  'a text of 4 GB': ['\x80\x02X\xff\xff\xff\xff.', /4294967295 bytes are announced/],
  'a text of 2⁶⁴': ['\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff.', /a length of/],
  'a bytearray of 2⁴⁰': ['\x80\x05\x96\0\0\0\0\0\x01\0\0.', /a length of/],
  'a frame of 2⁶²': ['\x80\x04\x95\0\0\0\0\0\0\0\x40N.', /a length of/],
  'an integer of 2 GB': ['\x80\x02\x8b\xff\xff\xff\x7f.', /2147483647 bytes are announced/],
  'an integer of a negative length': ['\x80\x02\x8b\xff\xff\xff\xff.', /a negative length, -1/],
  'a name without an end': [`\x80\x02c${'a'.repeat(3000)}`, /without an end/],
  'a name of a megabyte': [() => raw(`\x80\x02c${'a'.repeat(2 ** 20)}\nb\n.`), /too long|no need of/],
  'a line of two megabytes': [() => raw(`\x80\x02I${'1'.repeat(2 ** 21)}\n.`), /too long/],
  'a string of two megabytes without an end': [() => raw(`\x80\x02S'${'a'.repeat(2 ** 21)}`), /without an end/],
  'a list in itself': ['\x80\x02]q\0h\0a.', /inside itself/],
  'a dict in itself': ['\x80\x02}q\0U\x01ah\0s.', /inside itself/],
  'a tuple in its own list': ['\x80\x02]q\0h\0\x85a.', /inside itself/],
  '300 lists deep': [`\x80\x02${']'.repeat(300)}${'a'.repeat(299)}.`, /200 deep/],
  '400,000 lists deep': [repeated(']', 400_000, '\x80\x02', `${'a'.repeat(399_999)}.`), /200 deep/],
  'a million marks': [repeated('(', 1_000_000), /1000 deep/],
  '400,000 tuples in each other': [repeated('\x85', 400_000, '\x80\x02N'), /200 deep/],
  'two to the hundredth values': [`\x80\x02${doubled(100)}`, /more than 2000000 values/],
  'two to the eighteenth values are told': [`\x80\x02${doubled(18)}`, READ],
  'two million lists': [repeated(']', 2_000_000, '\x80\x02(', 'l.'), /strings and containers/],
  'two million strings': [repeated('U\x01a', 2_000_000, '\x80\x02(', 'l.'), /strings and containers/],
  'four million numbers': [repeated('K\x01', 4_000_000, '\x80\x02(', 'l.'), /strings and containers/],
  'ten million copies of a value': [repeated('2', 10_000_000, '\x80\x02N'), /strings and containers/],
  'a list of itself many times': [repeated('h\0', 100_000, '\x80\x02]q\0(', 'e.'), /inside itself/],
  'more than a million memo entries in use': [
    () => {
      const bytes = new Uint8Array(6_000_000)
      const view = new DataView(bytes.buffer)
      for (let i = 0, at = 0; at < bytes.length; i++, at += 5) {
        bytes[at] = 0x6a
        view.setUint32(at + 1, i, true)
      }
      return joined('\x80\x02', bytes, '.')
    },
    /memo entries in use/,
  ],
  'an array of more bytes than it has': [ARRAY(`K\x01K\x05\x85${F4}\x89U\x04abcd`), /with 4 bytes/],
  'an array of fewer bytes than it has': [ARRAY(`K\x01K\x01\x85${F4}\x89U\x08abcdefgh`), /with 8 bytes/],
  'an array of 2⁶² elements': [
    ARRAY(`K\x01\x8a\x08\0\0\0\0\0\0\0\x40\x8a\x01\x02\x86${F4}\x89U\x04abcd`),
    /arguments of ndarray|with 4 bytes|impossible/,
  ],
  'an array of objects': [
    ARRAY('K\x01K\x01\x85cnumpy\ndtype\n(U\x02O8tR\x89]N a'),
    /unknown opcode|array of objects|ndarray/,
  ],
  'an array without a type': [ARRAY('K\x01K\x01\x85N\x89U\x04abcd'), /arguments of ndarray/],
  'an array without a state': [
    '\x80\x02cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85U\x01btR.',
    /with 0 bytes|are no numbers|array of/,
  ],
  'an array of text': [ARRAY('K\x01K\x01\x85cnumpy\ndtype\n(U\x02S4tR\x89U\x04abcd'), /with 4 bytes|no numbers/],
  'a structured type': ['\x80\x02cnumpy\ndtype\n(U\x02V8tR(K\x03U\x01|NU\x01a\x85}K\x01K\x01tb.', /structured/],
  'a type of code': ['\x80\x02cnumpy\ndtype\nU\x0d(2,)f4,(3,)i4\x85R.', /arguments of dtype/],
  'a scalar of the wrong size': [`\x80\x02cnumpy.core.multiarray\nscalar\n(${F4}U\x02abtR.`, /arguments of scalar/],
  'an OrderedDict of triples': ['\x80\x02ccollections\nOrderedDict\n((lNNN\x87atR.', /arguments of OrderedDict/],
  'a set of a number': ['\x80\x02c__builtin__\nset\n(K\x01tR.', /arguments of set/],
  'a set that is fixed and added to': ['\x80\x04(\x91(K\x01\x90.', /no set/],
  'a carriage return in every line': ["(dS'dim'\r\nI5\r\ns.", READ],
})

const words = casesOf('words', {
  'a list where options should be': ['\x80\x02]K\x01a.', /not a trained Punkt/],
  'a number where options should be': ['\x80\x02K\x05.', /not a trained Punkt/],
  'a dictionary with a word for an id': ['\x80\x02}(U\x01aK\x02U\x01bU\x01cu.', /not a trained Punkt/],
  'a dictionary with a fraction for an id': ['\x80\x02}(U\x01aG\x3f\xe0\0\0\0\0\0\0u.', /a stands for no number/],
  'a dictionary with an endless id': ['\x80\x02}(U\x01aG\x7f\xf0\0\0\0\0\0\0u.', /a stands for no number/],
  'a dictionary with an id of 2⁷⁰': [
    '\x80\x02}(U\x01aK\x02U\x01b\x8a\x09\0\0\0\0\0\0\0\0\x40u.',
    /no number|not a trained/,
  ],
  'a splitter without parameters': [
    '\x80\x02cnltk.tokenize.punkt\nPunktSentenceTokenizer\n)\x81.',
    /abbrev_types is no set|ortho_context is no dict/,
  ],
  'a splitter whose parameters are text': [
    '\x80\x02cnltk.tokenize.punkt\nPunktSentenceTokenizer\n)\x81}U\x07_paramsU\x01xsb.',
    /no _params/,
  ],
  'a splitter without words': [
    '\x80\x02cnltk.tokenize.punkt\nPunktParameters\n)\x81}U\x0dortho_context}sb.',
    /abbrev_types is no set/,
  ],
  'a splitter with numbers for words': [
    '\x80\x02cnltk.tokenize.punkt\nPunktParameters\n)\x81}(U\x0cabbrev_typesc__builtin__\nset\n]K\x01a\x85RU\x0dortho_context}u b.',
    /unknown opcode|no text/,
  ],
  'an object of a class that splitters lack': ['\x80\x02cnltk.tokenize.punkt\nPunktBaseClass\n)\x81.', /no need of/],
})

export const pickles = (): Malformed[] => [...damage, ...words]
