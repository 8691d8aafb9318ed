// Half precision: every half survives the way to f32 and back, and f32 is rounded to the nearest half, ties to even.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { expandFloat16, narrowToFloat16 } from '../../lib/core/float16.ts'

const all = Uint16Array.from({ length: 65536 }, (_, h) => h)

test('all halves go to f32 and back', () => {
  const back = narrowToFloat16(expandFloat16(all))
  for (const h of all) {
    const isNotANumber = (h & 0x7c00) === 0x7c00 && (h & 1023) !== 0
    if (isNotANumber) assert.is((back[h] ?? 0) & 0x7e00, 0x7e00)
    else assert.is(back[h], h)
  }
})

test('known values', () => {
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x3555)
  assert.equal([...expandFloat16(halves)], [1, -2, 65504, 2 ** -24, 2 ** -14, 0.333251953125])
})

test('rounds to the nearest half, ties to even', () => {
  const values = expandFloat16(all)
  for (let h = 0; h < 0x7bff; h++) {
    const low = values[h] ?? 0
    const high = values[h + 1] ?? 0
    const middle = (low + high) / 2
    const step = (high - low) / 64
    const [below, tie, above] = narrowToFloat16(Float32Array.of(middle - step, middle, middle + step))
    assert.is(below, h)
    assert.is(above, h + 1)
    assert.is(tie, h % 2 === 0 ? h : h + 1)
  }
})

test('too large becomes infinite, the sign stays', () => {
  assert.equal([...narrowToFloat16(Float32Array.of(65519, 65520, -1e9, -0))], [0x7bff, 0x7c00, 0xfc00, 0x8000])
})

test.run()
