// What a pickle may not do: every opcode and name that is not needed is refused, nothing is run, nothing large is allocated, and
// nothing is left to recurse without end.

import { existsSync, readdirSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openContents } from '../../../../weights-converter/contents.ts'
import { PUNKT_CLASSES } from '../../../../weights-converter/formats/pickle/globals.ts'
import { readPickle } from '../../../../weights-converter/formats/pickle/index.ts'
import { OPCODES } from '../../../../weights-converter/formats/pickle/opcodes.ts'
import { inspectFile } from '../../../../weights-converter/inspect.ts'
import { golden, goldenNames, goldenSource, memory, raw, refused } from '../../files.ts'

const read = (pickle: string) => readPickle(memory(raw(pickle)))

test('every damaged or hostile pickle is refused, and none runs', async () => {
  const bad = goldenNames('bad').filter(name => name.endsWith('.pkl'))
  assert.is(bad.length, 15)
  const before = readdirSync('.')
  for (const name of bad) {
    await refused(readPickle(goldenSource(`bad/${name}`)), new RegExp(`bad/${name}`))
    await refused(inspectFile(goldenSource(`bad/${name}`)), new RegExp(`bad/${name}`))
  }
  await refused(inspectFile(goldenSource('bad/evil_object_array.npy')), /posix\.system|os\.system|nothing was run/)
  assert.equal(readdirSync('.'), before)
  assert.not(existsSync('PWNED'))
})

test('the refusal names what was asked for, and where', async () => {
  const error = await refused(readPickle(goldenSource('bad/evil.p0.pkl')), /"posix\.system"/, /nothing was run/)
  assert.is(error.offset, 0)
  await refused(readPickle(goldenSource('bad/evil_eval.pkl')), /"__builtin__\.eval"/)
  await refused(readPickle(goldenSource('bad/evil_build.pkl')), /"commands\.getoutput"/)
  await refused(readPickle(goldenSource('bad/unknown_opcode.pkl')), /byte 3: an unknown opcode/)
  await refused(readPickle(goldenSource('bad/bad_memo.pkl')), /byte 2: memo entry 9/)
  await refused(readPickle(goldenSource('bad/huge_binstring.pkl')), /2147483647 bytes are announced/)
  await refused(readPickle(goldenSource('bad/negative_binstring.pkl')), /negative length/)
  await refused(readPickle(goldenSource('bad/deep.pkl')), /deep/)
})

test('opcodes that weight files have no need of', async () => {
  const bad: Record<string, string> = {
    INST: '(iposix\nsystem\n.',
    OBJ: '(cnumpy\nndarray\no.',
    PERSID: 'Pabc\n.',
    BINPERSID: 'K\x01Q.',
    EXT1: '\x82\x01.',
    EXT2: '\x83\x01\0.',
    EXT4: '\x84\x01\0\0\0.',
    NEWOBJ: 'ccollections\nOrderedDict\n)\x81.',
    NEWOBJ_EX: 'ccollections\nOrderedDict\n)}\x92.',
    NEXT_BUFFER: '\x97.',
    READONLY_BUFFER: 'K\x01\x98.',
    PROTO: '\x80\x06.',
  }
  for (const [name, pickle] of Object.entries(bad)) {
    await refused(read(pickle))
    assert.ok(
      [...OPCODES.values()].some(opcode => opcode.name === name),
      name,
    )
  }
})

test('all 256 opcodes: each is known to the table or refused as unknown', async () => {
  for (let code = 0; code < 256; code++) {
    const run = read(`${String.fromCharCode(code)}\x01\x01\x01\x01\x01\x01\x01\x01\n\n.`).then(() => undefined)
    if (OPCODES.has(code)) await run.catch(error => assert.is(error.name, 'FileError'))
    else await refused(run, /an unknown opcode/)
  }
})

test('names are exact: near ones, attributes of allowed ones and methods of values are refused', async () => {
  const names = [
    ['os', 'system'],
    ['__builtin__', 'getattr'],
    ['builtins', 'exec'],
    ['numpy', 'load'],
    ['numpy.core.multiarray', 'fromfile'],
    ['numpy', 'ndarray.tofile'],
    ['numpy.core.multiarray', '_reconstruct '],
    ['collections', 'OrderedDict.__init__'],
    ['__proto__', 'constructor'],
    ['constructor', 'prototype'],
    ['nltk.tokenize.punkt', 'PunktSentenceTokenizer'],
  ]
  for (const [module, name] of names) {
    await refused(read(`c${module}\n${name}\n.`), /no need of/)
    const [m = '', n = ''] = [module, name]
    await refused(
      read(`\x8c${String.fromCharCode(m.length)}${m}\x8c${String.fromCharCode(n.length)}${n}\x93.`),
      /no need of/,
    )
  }
  await refused(read('K\x01K\x02\x93.'), /no text/)
  await refused(read(`c${'a'.repeat(5000)}\nb\n.`), /no need of/)
})

test('allowed names take only what they need', async () => {
  const calls = [
    'cnumpy\nndarray\n)R.',
    'c__builtin__\nobject\n)R.',
    'c__builtin__\nint\n(K\x01tR.',
    'cnumpy.core.multiarray\n_reconstruct\n(c__builtin__\nobject\nK\x00\x85U\x01btR.',
    'cnumpy\ndtype\n(U\x05f4,i4tR.',
    'cnumpy\ndtype\n(K\x01tR.',
    'cnumpy.core.multiarray\nscalar\n(K\x01K\x02tR.',
    'cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(U\x02f4tRU\x03abctR.',
    'cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(U\x02S3tRU\x03abctR.',
    'ccollections\nOrderedDict\n((lp0\nI1\natR.',
    'ccollections\nOrderedDict\n((lp0\n(I1\nI2\nI3\ntatR.',
    'c__builtin__\nset\n(K\x01tR.',
    'c__builtin__\ncomplex\n(NNtR.',
    'c__builtin__\nbytes\n(K\x05tR.',
    'ccopy_reg\n_reconstructor\n(cnumpy\nndarray\nc__builtin__\nobject\nNtR.',
    'K\x01)R.',
    'ccollections\nOrderedDict\nK\x01R.',
    'K\x01K\x02b.',
    '}}b.',
    ']}b.',
    'ccollections\nOrderedDict\n)R}b.',
  ]
  for (const pickle of calls) await refused(read(pickle))
})

test('an array state that does not fit', async () => {
  const array = (state: string) =>
    `cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR(${state}tb.`
  const type = 'cnumpy\ndtype\n(U\x02f4tR'
  assert.ok(await read(array(`K\x01K\x01\x85${type}\x89U\x04abcd`)))
  for (const state of [
    'K\x01',
    `K\x01K\x01${type}\x89U\x04abcd`,
    `K\x01J\xff\xff\xff\xff\x85${type}\x89U\x04abcd`,
    `K\x01K\x01\x85K\x01\x89U\x04abcd`,
    `K\x01K\x01\x85${type}\x89K\x05`,
    `K\x01U\x01a\x85${type}\x89U\x04abcd`,
  ])
    await refused(read(array(state)))
  const structured = `cnumpy\ndtype\n(U\x02V8tR(K\x03U\x01|NU\x01a\x85}K\x01K\x01tb.`
  await refused(read(structured), /structured/)
})

test('lengths beyond the file, in every form', async () => {
  for (const pickle of [
    'U\xff.',
    'C\xff.',
    '\x8c\xff.',
    'T\0\0\0\x40.',
    'B\0\0\0\x40.',
    'X\xff\xff\xff\xff.',
    '\x8e\0\0\0\0\0\0\0\x40.',
    '\x96\xff\xff\xff\xff\xff\xff\xff\xff.',
    '\x8d\0\0\0\0\x01\0\0\0.',
    '\x8a\x7f.',
    '\x8b\0\0\0\x40.',
    '\x95\xff\xff\xff\xff\xff\xff\xff\xff.',
  ])
    await refused(read(pickle))
})

test('nesting: deep, endless, shared so that its paths are endless', async () => {
  await refused(read(`${']'.repeat(300)}${'a'.repeat(299)}.`), /200 deep/)
  await refused(read(']q\x00h\x00a.'), /inside itself/)
  await refused(read('}q\x00K\x01h\x00s.'), /inside itself/)
  // Blocks of 150 levels, each ending in the one before: 3000 deep, though none is visited at more than 300.
  let blocks = ']q\x00'
  for (let i = 0; i < 20; i++)
    blocks += `${']'.repeat(150)}h${String.fromCharCode(i)}${'a'.repeat(150)}q${String.fromCharCode(i + 1)}`
  await refused(read(`(${blocks}l.`), /200 deep/)
  // Each level holds the one below twice.
  let doubled = ']q\x00'
  for (let i = 0; i < 100; i++)
    doubled += `0](h${String.fromCharCode(i)}h${String.fromCharCode(i)}eq${String.fromCharCode(i + 1)}`
  const value = await read(`${doubled}.`)
  assert.ok(value)
  await refused(openContents(memory(raw(`\x80\x02${doubled}.`))), /more than 2000000 values/)
  await refused(read(`${'('.repeat(1001)}.`), /1000 deep/)
})

test('more strings and containers than any weight file has', async () => {
  // Each is dropped at once, so that the test needs no memory.
  const pickle = (opcodes: string, count: number) =>
    memory(new Uint8Array(Buffer.concat([Buffer.alloc(count * opcodes.length, opcodes), raw('N.')])))
  await refused(readPickle(pickle(']0', 1_200_000)), /more than 650000 strings and containers/)
  await refused(readPickle(pickle('K\x010', 13_000_000)), /more than 2937500 strings/)
  // As many bytes to each as words and rows have.
  assert.is((await readPickle(pickle(`U\x0a0123456789I12345\n00`, 1_200_000))).value, null)
})

test('trained sentence splitters are records where they are asked for, and data all the same', async () => {
  const pickle =
    "ccopy_reg\n_reconstructor\n(cnltk.tokenize.punkt\nPunktParameters\nc__builtin__\nobject\nNtR(dS'x'\nI1\nsb."
  await refused(read(pickle), /no need of/)
  const { value } = await readPickle(memory(raw(pickle)), 0, { records: PUNKT_CLASSES })
  assert.equal([...Object(value).attributes], [['x', 1]])
  await refused(readPickle(memory(golden('bad/evil.p2.pkl')), 0, { records: PUNKT_CLASSES }))
})

test.run()
