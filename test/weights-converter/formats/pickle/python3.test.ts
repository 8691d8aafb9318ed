// Pickles of Python 3, protocols 0 to 5: arrays by _reconstruct and by _frombuffer, bytes through _codecs.encode, frames, memo
// entries without numbers, names from the stack; with numpy 2's module names and with those before.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readPickle } from '../../../../weights-converter/formats/pickle/index.ts'
import { joined, memory, raw } from '../../files.ts'
import { PYTHON3 } from './python3-pickles.ts'
import { expected, told } from './tagged.ts'

const int = (value: number | bigint) => ({ int: String(value) })
const text = (unicode: string) => ({ unicode })
const array = (dtype: string, shape: number[], values: number[], fortran = false) => ({
  ndarray: { dtype, fortran, shape, values: values.map(String) },
})
const list = (...items: unknown[]) => ({ list: items })
const tuple = (...numbers: number[]) => ({ tuple: numbers.map(int) })

const VALUE = {
  dict: [
    [text('array'), array('<f4', [2, 3], [0, 0.5, 1, 1.5, 2, 2.5])],
    [text('fortran'), array('<f8', [2, 3], [0, 1, 2, 3, 4, 5], true)],
    [text('big'), array('>i2', [3], [0, 1, 2])],
    [text('empty'), array('<f4', [0, 4], [])],
    [text('scalar'), { scalar: ['<f4', '1.5'] }],
    [text('bytes'), { str_hex: '00ff80' }],
    [text('no bytes'), { str: '' }],
    [text('text'), text('café 😀')],
    [text('floats'), list({ float: '0.5' }, { float: '-0.0' }, { float: 'inf' }, { float: '-inf' })],
    [text('ints'), list(...[0n, 255n, 65536n, -1n, 2n ** 31n, -(2n ** 63n), 2n ** 64n, -(2n ** 100n)].map(int))],
    [text('set'), { set: [int(1), int(2)] }],
    [text('no set'), { set: [] }],
    [text('frozen'), { frozenset: [text('a')] }],
    [
      text('odict'),
      {
        odict: [
          [text('z'), int(1)],
          [text('a'), int(2)],
        ],
      },
    ],
    [text('tuples'), list(tuple(), tuple(1), tuple(1, 2), tuple(1, 2, 3), tuple(1, 2, 3, 4))],
    [text('shared'), list(list(text('s')), list(text('s')))],
    [text('truth'), list(true, false, null)],
    [text('default'), { dict: [[text('k'), int(1)]] }],
    [text('complex'), { complex: ['1.0', '2.0'] }],
  ],
}

for (const [protocol, bytes] of PYTHON3)
  test(protocol, async () => {
    const { value, end } = await readPickle(memory(bytes))
    assert.is(await told(value), expected(VALUE))
    assert.is(end, bytes.length)
  })

test('numpy 1 has other module names', async () => {
  const bytes = PYTHON3.get('protocol3') ?? raw('')
  const older = raw(Buffer.from(bytes).toString('latin1').replaceAll('numpy._core.', 'numpy.core.'))
  assert.ok(older.length < bytes.length)
  assert.is(await told((await readPickle(memory(older))).value), expected(VALUE))
})

test('a set that grows is the same set wherever it is fetched', async () => {
  // EMPTY_SET MEMOIZE MARK 1 ADDITEMS BINGET 0 MARK 2 ADDITEMS: both items, in both places.
  const { value } = await readPickle(memory(raw('\x80\x04\x8f\x94(K\x01\x90h\x00(K\x02\x90\x86.')))
  assert.is(await told(value), 'tuple [set [int 1,int 2],set [int 1,int 2]]')
})

test('bytes as text that is to be encoded: latin-1 only, and only what fits', async () => {
  const encode = (characters: string, encoding: string) =>
    readPickle(
      memory(
        joined(
          'c_codecs\nencode\n',
          `X${String.fromCharCode(Buffer.byteLength(characters))}\0\0\0`,
          Buffer.from(characters),
          `X\x06\0\0\0${encoding}\x86R.`,
        ),
      ),
    )
  assert.is(await told((await encode('ÿa', 'latin1')).value), 'bytes "ÿa"')
  for (const bad of [encode('€', 'latin1'), encode('a', 'rot_13')])
    assert.match(await bad.then(String, error => error.message), /arguments of encode/)
})

test.run()
