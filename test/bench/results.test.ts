// What is kept of a bench, and the roofline drawn from it.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { save, slug } from '../../bench/harness/results.ts'
import { roofline } from '../../bench/harness/roofline.ts'
import type { Row } from '../../bench/harness/row.ts'

const test = suite<{ folder: string }>('results')

test.before.each(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-results-'))
})
test.after.each(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

const row = (workload: string, ms: number, more: Partial<Row> = {}): Row => ({
  workload,
  title: '',
  median: ms,
  p10: ms,
  p90: ms,
  n: 3,
  unit: 'ms',
  peers: {},
  missing: {},
  cases: [],
  checked: true,
  adapter: 'llvmpipe: Mesa 25.0 (LLVM 15)',
  commit: 'abc',
  clock: 'wall',
  load: 0,
  date: '2026-01-02T03:04:05.000Z',
  ...more,
})

test('one file an adapter; a newer row takes the place of the older one', async ({ folder }) => {
  assert.is(slug('llvmpipe: Mesa 25.0 (LLVM 15)'), 'llvmpipe-mesa-25.0-llvm-15')
  save([row('gemm', 1.23456789), row('conv', 2)], folder)
  const file = save([row('gemm', 3)], folder)
  assert.equal(await readdir(folder), ['llvmpipe-mesa-25.0-llvm-15.json'])
  const kept = JSON.parse(await readFile(file, 'utf8')) as Row[]
  assert.equal(
    kept.map(({ workload, median }) => [workload, median]),
    [
      ['gemm', 3],
      ['conv', 2],
    ],
  )
})

test('the roofline: both limits, a mark for each workload and layer that has a place', () => {
  const limit = { kind: 'multiply-add', value: 100 } as const
  const layer = { ...row('', 10), case: '64 → 64 at 224²', times: 1, gflops: 30, limit }
  const svg = roofline([
    row('gemm', 10, { gflops: 50, gbps: 1, limit }),
    row('gemv', 10, { gflops: 2, gbps: 4, limit: { kind: 'copy', value: 5 } }),
    row('conv', 10, { gflops: 30, cases: [layer] }),
    row('start', 10),
  ])
  assert.is([...svg.matchAll(/<circle/g)].length, 3)
  assert.match(svg, /ceiling 100 GFLOP\/s, copies 5 GB\/s/)
  assert.match(svg, />64→64@224</)
  assert.not.match(svg, /NaN|undefined|Infinity/)
})

test('names at the same place do not cover each other', () => {
  const limit = { kind: 'multiply-add', value: 100 } as const
  const layers = [56, 57, 58].map(side => ({
    ...row('', 10),
    case: `64 → 64 at ${side}²`,
    times: 1,
    gflops: 30,
    limit,
  }))
  const copies = row('gemv', 10, { gflops: 2, gbps: 4, limit: { kind: 'copy', value: 5 } })
  const svg = roofline([row('conv', 10, { gflops: 30, limit, cases: layers }), copies])
  const heights = [...svg.matchAll(/y="([\d.]+)" font-size="10.5">64/g)].map(match => Number(match[1]))
  assert.is(heights.length, 3)
  for (const [i, a] of heights.entries())
    for (const b of heights.slice(0, i)) assert.ok(Math.abs(a - b) >= 11 || a === b)
})

test('without limits there is nothing to draw', () => {
  assert.throws(() => roofline([row('start', 1)]), RangeError)
})

test.run()
