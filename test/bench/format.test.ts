// The rows as people and programs get them: the promised fields of the JSON, a table, CSV.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { format } from '../../bench/harness/format.ts'
import type { Row } from '../../bench/harness/row.ts'

const part = {
  case: 'a, "quoted"',
  times: 3,
  median: 2,
  p10: 1,
  p90: 4,
  n: 7,
  unit: 'ms',
  gflops: 20,
  limit: { kind: 'multiply-add', value: 40 },
  ceilingShare: 0.5,
  peers: { numpy: { median: 1, ratio: 0.5, n: 7, version: '2.4', adapter: 'CPU' } },
  missing: {},
  checked: true,
} as const
const { case: _case, times: _times, ...figures } = part
const row: Row = {
  ...figures,
  workload: 'conv',
  title: 'layers',
  median: 1234.5678,
  missing: { torch: 'No module named torch' },
  original: { recorded: 950, scaled: 1000, ratio: 0.81 },
  cases: [part],
  adapter: 'SwiftShader',
  commit: 'abc1234',
  clock: 'wall',
  load: 0.5,
  date: '2026-01-02T03:04:05.000Z',
}

test('JSON: a list of rows with what is promised', () => {
  const [found] = JSON.parse(format([row], 'json')) as Row[]
  assert.equal(found, JSON.parse(JSON.stringify(row)))
  for (const name of ['workload', 'median', 'p10', 'p90', 'unit', 'peers', 'adapter', 'commit', 'checked'])
    assert.ok(found !== undefined && name in found, name)
})

test('a table: rows of equal width, cases below, who is missing and where it was measured', () => {
  const text = format([row], 'md')
  const table = text.split('\n').filter(line => line.startsWith('|'))
  assert.is(new Set(table.map(line => line.length)).size, 1)
  assert.is(table.length, 4)
  assert.match(text, /\*\*conv\*\* layers +\| 1,235 ms +\| 1–4 +\| 7 /)
  assert.match(text, /· 3 × a, "quoted" +\| 2 ms/)
  assert.match(text, /20 GFLOP\/s +\| 50 % of 40 \(multiply-add\) \| numpy 1: 0\.5 ×/)
  assert.match(text, /Measured on SwiftShader, commit abc1234, 2026-01-02, wall time; every timed output was checked\./)
  assert.match(text, /Missing: torch \(No module named torch\)\./)
  assert.match(text, /scaled by numpy’s GEMM/)
})

test('CSV: one line a row or case, what needs quotes has them', () => {
  const [header = '', first = '', second = '', ...rest] = format([row], 'csv').split('\n')
  assert.equal(rest, [''])
  assert.match(header, /^workload,case,median,/)
  assert.match(first, /^conv,,1234\.5678,/)
  assert.match(second, /^conv,"a, ""quoted""",2,/)
  assert.is(header.split(',').at(-1), 'numpy')
})

test('an unchecked row is said to be unchecked', () => {
  assert.match(format([{ ...row, checked: false }], 'md'), /checked but those of conv\./)
})

test.run()
