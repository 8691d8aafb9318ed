// Byte strings of every length, in every protocol's form: short ones in memory, long ones left in the file, escaped ones decoded
// into a spool; and the memo, the stack and shared values.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ByteSource } from '../../../../lib/core/bytes.ts'
import { readPickle } from '../../../../weights-converter/formats/pickle/index.ts'
import { PickleInput } from '../../../../weights-converter/formats/pickle/input.ts'
import { PickleMachine } from '../../../../weights-converter/formats/pickle/machine.ts'
import { usedMemo } from '../../../../weights-converter/formats/pickle/used-memo.ts'
import { FileBytes, PyDict, PyList, type PyValue } from '../../../../weights-converter/formats/pickle/values.ts'
import { joined, memory, raw, refused } from '../../files.ts'
import { told } from './tagged.ts'

const read = async (...parts: (Uint8Array | string)[]) => readPickle(memory(joined(...parts)))
const value = async (pickle: string): Promise<string> => told((await readPickle(memory(raw(pickle)))).value)

/** Bytes with every kind of escape among them. */
function awkward(length: number): Uint8Array {
  const sample = raw('\0\x01ab\'"\\\n\r\t\x7f\x80\xff ')
  return Uint8Array.from({ length }, (_, i) => sample[(i * 7 + (i >> 4)) % sample.length] ?? 0)
}

/** A string as Python 2's repr has it, without quotes. */
const escaped = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => {
    if (byte === 39 || byte === 92) return `\\${String.fromCharCode(byte)}`
    const short = { 10: '\\n', 13: '\\r', 9: '\\t' }[byte]
    if (short !== undefined) return short
    return byte < 32 || byte > 126 ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte)
  }).join('')

async function bytesOf(found: PyValue): Promise<Uint8Array> {
  if (found instanceof Uint8Array) return found
  assert.instance(found, FileBytes)
  return found instanceof FileBytes ? found.source.read(found.offset, found.length) : new Uint8Array()
}

const length4 = (n: number): Uint8Array => Uint8Array.of(n & 255, (n >> 8) & 255, (n >> 16) & 255, n >> 24)
const FORMS: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  STRING: bytes => joined(`S'${escaped(bytes)}'\n`),
  BINSTRING: bytes => joined('T', length4(bytes.length), bytes),
  BINBYTES: bytes => joined('B', length4(bytes.length), bytes),
  BINBYTES8: bytes => joined('\x8e', length4(bytes.length), '\0\0\0\0', bytes),
  BYTEARRAY8: bytes => joined('\x96', length4(bytes.length), '\0\0\0\0', bytes),
}

for (const [form, write] of Object.entries(FORMS))
  test(`${form}: short, over 1 KB, over the window of 1 MiB`, async () => {
    for (const length of [0, 1, 1024, 1025, 3000, 2 ** 20 + 17]) {
      const bytes = awkward(length)
      const { value: found, close } = await read(']', write(bytes), 'a', write(bytes.slice(0, 5)), 'a.')
      assert.instance(found, PyList)
      const [first = null, second = null] = found instanceof PyList ? found.items : []
      assert.is(first instanceof FileBytes, length > 1024, `${length}`)
      assert.ok(Buffer.from(await bytesOf(first)).equals(Buffer.from(bytes)), `${length}`)
      assert.equal(await bytesOf(second), bytes.slice(0, 5), 'what follows')
      await close()
    }
  })

test('a long line whose newline or quote is the first byte after the window', async () => {
  for (const length of [2 ** 20 - 3, 2 ** 20 - 2, 2 ** 20 - 1, 2 ** 20, 2 ** 21 - 2, 2 ** 21 - 1])
    for (const end of ["'\n", "'\r\n"]) {
      const text = 'x'.repeat(length)
      const { value: found, close } = await read(`S'${text}${end}.`)
      assert.is(Buffer.from(await bytesOf(found)).toString('latin1') === text, true, `${length} ${JSON.stringify(end)}`)
      await close()
    }
  await refused(read(`S'${'x'.repeat(2 ** 20)}"\n.`), /quotes/)
  await refused(read(`S${'x'.repeat(2 ** 20)}'\n.`), /quotes/)
  await refused(read(`S'${'x'.repeat(2 ** 21)}`), /without an end/)
})

test('an escape that a piece cuts in two', async () => {
  for (let shift = 0; shift < 5; shift++) {
    const text = 'x'.repeat(2 ** 20 - 4 + shift)
    const { value: found, close } = await read(`S'${text}\\x41\\102\\\\\\'${text}'\n.`)
    assert.is(Buffer.from(await bytesOf(found)).toString('latin1') === `${text}AB\\'${text}`, true, `${shift}`)
    await close()
  }
  await refused(read(`S'${'x'.repeat(2 ** 20)}\\xg0'\n.`), /escape/)
})

test('escapes', async () => {
  const { value: found } = await read(`S'\\a\\b\\f\\v\\0\\18\\377\\t\\n\\r'\n.`)
  assert.equal(await bytesOf(found), Uint8Array.of(7, 8, 12, 11, 0, 1, 56, 255, 9, 10, 13))
  assert.is(await value(`S'\\q'\n.`), 'bytes "\\\\q"')
  assert.is(await value(`S"it's"\n.`), 'bytes "it\'s"')
  for (const bad of [`S'\\'\n.`, `S'\\x4'\n.`, `S'a"\n.`, 'Sa\n.', "S'\n."]) await refused(read(bad))
})

test('a text longer than the window, and one that is too long or no UTF-8', async () => {
  const text = 'é'.repeat(2 ** 19 + 5)
  const { value: found } = await read('X', length4(2 * text.length), Buffer.from(text), '.')
  assert.is(found === text, true)
  await refused(read('X', length4(2 ** 25), new Uint8Array(2 ** 25), '.'), /a text of 33554432 bytes/)
  await refused(read('X\x02\0\0\0\xff\xfe.'), /UTF-8/)
})

test('texts of protocol 0', async () => {
  assert.is(await value('Vcaf\xe9 \\u2603 \\U0001f600 \\\\u0041\n.'), 'text "café ☃ 😀 \\\\\\\\u0041"')
  await refused(read('V\\U00110000\n.'))
})

test('numbers as text', async () => {
  const pickle = '(I1\nI-5\nI00\nI01\nI9007199254740993\nL12L\nL-12\nF1e3\nF-.5\nFinf\nF-inf\nFnan\nF-0.0\nt.'
  assert.is(
    await value(pickle),
    'tuple [int 1,int -5,false,true,int 9007199254740993,int 12,int -12,int 1000,float -0.5,float Infinity,float -Infinity,float NaN,float -0]',
  )
  for (const bad of ['I\n.', 'I1.5\n.', 'Ix\n.', 'L1LL\n.', 'F\n.', 'F1_0\n.', 'F0x10\n.', `I${'9'.repeat(5000)}\n.`])
    await refused(read(bad), /is none/)
})

test('integers in binary', async () => {
  const pickle =
    '(K\xffM\x00\x80J\xff\xff\xff\xff\x8a\x00\x8a\x01\xff\x8a\x02\xff\x00\x8a\x09\0\0\0\0\0\0\0\0\x01\x8b\x01\0\0\0\x80t.'
  assert.is(
    await value(pickle),
    'tuple [int 255,int 32768,int -1,int 0,int -1,int 255,int 18446744073709551616,int -128]',
  )
  await refused(read('\x8b\xff\xff\xff\xff.'), /a negative length/)
})

test('the memo: what was put is what is fetched', async () => {
  assert.is(await value('(lp0\nI1\nag0\n0.'), 'list [int 1]')
  assert.is(await value(']q\x05K\x01ah\x05\x86.'), 'tuple [list [int 1],list [int 1]]')
  assert.is(await value(']r\x05\0\0\0K\x01aj\x05\0\0\0\x86.'), 'tuple [list [int 1],list [int 1]]')
  assert.is(await value('K\x01q\x000K\x02q\x000h\x00.'), 'int 2', 'a key that is used again')
  assert.is(await value(']\x94K\x01aK\x02\x940h\x00h\x01\x86.'), 'tuple [list [int 1],int 2]')
  for (const bad of ['h\x00.', 'g7\n.', 'gx\n.', 'K\x01p-1\n.', 'j\0\0\0\x01.', 'q\x00.']) await refused(read(bad))
})

test('shared lists are one list', async () => {
  const { value: found } = await read(']q\x00h\x00\x86.')
  const [first, second] = 'items' in Object(found) ? (found as PyList).items : []
  assert.ok(first instanceof PyList && first === second)
})

test('the stack: POP, POP_MARK, DUP', async () => {
  assert.is(await value('K\x01K\x020.'), 'int 1')
  assert.is(await value('K\x01(0.'), 'int 1', 'POP takes a mark where nothing is above it')
  assert.is(await value('K\x01(K\x02K\x031.'), 'int 1')
  assert.is(await value('K\x012\x86.'), 'tuple [int 1,int 1]')
  for (const bad of [
    '0.',
    '1.',
    '2.',
    '.',
    'a.',
    'e.',
    '(e.',
    's.',
    'u.',
    't.',
    '\x85.',
    'K\x01\x86.',
    ']K\x01s.',
    '}(K\x01u.',
    '}K\x01a.',
  ])
    await refused(read(bad))
})

test('a dict keeps what it was given, in order', async () => {
  const { value: found } = await read('}(U\x01aK\x01U\x01bK\x02U\x01aK\x03u.')
  assert.is(found instanceof PyDict && found.entries.length, 3)
})

test('which memo entries are fetched is known before the first is made', async () => {
  // A table memoises each of its rows, and fetches hardly any.
  const rows = Array.from({ length: 5000 }, (_, i) => `K\x01\x85r${String.fromCharCode(i & 255, i >> 8, 0, 0)}`).join(
    '',
  )
  const source: ByteSource = memory(raw(`](${rows}ej\x07\0\0\0\x86.`))
  assert.equal([...(await usedMemo(new PickleInput(source, 0)))], [7])
  const { value: found } = await new PickleMachine(source, 0).run()
  assert.match(await told(found), /tuple \[list \[(tuple \[int 1\],?){5000}\],tuple \[int 1\]\]/)
})

test.run()
