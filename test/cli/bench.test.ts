// bench, as a user types it: wrong names and values are told before an adapter is opened.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { start, storyteller } from '../support/cli.ts'

test('unknown workloads are wrong usage', async () => {
  const { code, stderr } = await start('bench', 'gemmm').ended
  assert.is(code, 2)
  assert.match(stderr, /there is no workload gemmm; there are gemm, .*conv, .*vgg19, encode, encode-one, beam/)
})

test('wrong values and options that exclude each other are wrong usage', async () => {
  assert.is((await storyteller('bench', 'gemm', '--format', 'xml')).code, 2)
  assert.is((await storyteller('bench', 'gemm', '--repeat', '0')).code, 2)
  assert.is((await storyteller('bench', 'gemm', '--clock', 'sun')).code, 2)
  const both = await storyteller('bench', 'gemm', '--json', '--format', 'csv')
  assert.is(both.code, 2)
  assert.match(both.stderr, /--json and --format csv exclude each other/)
})

test('an adapter that is not there: exit 3, nothing on stdout', async () => {
  const { code, stdout, stderr } = await start('bench', 'gemm', '--adapter', 'no-such-adapter').ended
  assert.equal([code, stdout], [3, ''])
  assert.match(stderr, /no adapter fits "no-such-adapter"/)
})

test.run()
