// The page of a training: one file, well formed, its curves where their numbers say, nothing of a text taken for markup.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { curvePage, duration } from '../../lib/train/curve-page.ts'
import { notStarted, type Progress, thinned } from '../../lib/train/progress.ts'

const progress: Progress = {
  ...notStarted({
    ...{ kind: 'decoder', seed: 3, data: 'a'.repeat(64), compat: false },
    machine: { adapter: 'llvmpipe <1>', kernels: [] },
  }),
  ...{ step: 1234, epoch: 2, words: 56789, seconds: 3905 },
  cost: [
    [0, 10],
    [617, null],
    [1234, 5],
  ],
}

test('curves are where their numbers say', () => {
  const page = curvePage({ title: 'a & b', progress })
  assert.is(page.match(/<svg /g)?.length, 1)
  // The highest cost at the top left, half of it in the middle of the right edge; what is no number is left out.
  assert.match(page, /points="60\.0,16\.0 744\.0,141\.0"/)
  assert.match(page, /1,234 updates, 2 whole epochs, 56,789 words in 1 h 5 min on llvmpipe &#60;1&#62;/)
  assert.match(page, /<title>a &#38; b<\/title>/)
})

test('samples and figures are text; without points there is no drawing', () => {
  const samples = [{ truth: '<b>x', sample: '"y"' }]
  const page = curvePage({ title: 't', progress: { ...progress, cost: [] }, samples, figures: { cost: 1.5 } })
  assert.not.match(page, /<svg|<b>/)
  assert.match(page, /<dt>&#60;b&#62;x<\/dt><dd>&#34;y&#34;<\/dd>/)
  assert.match(page, /&#34;cost&#34;:1\.5/)
})

test('durations', () => {
  assert.equal([3.6, 63, 3905].map(duration), ['4 s', '1 min 3 s', '1 h 5 min'])
})

test('a long curve keeps its ends and its mean', () => {
  const points = Array.from({ length: 2001 }, (_, i): [number, number] => [i + 1, i])
  const thin = thinned(points)
  assert.ok(thin.length <= 1001)
  assert.equal(thin.at(-1), [2001, 2000])
  assert.equal(thin[0], [2, 0.5])
  assert.equal(thinned(points.slice(1)), points.slice(1))
})

test.run()
