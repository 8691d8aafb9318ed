// Sources made of others: parts, scattered rows, and the spool, which goes to disk when it grows.

import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError } from '../../../lib/core/errors.ts'
import { abortable, part, rowsSource } from '../../../weights-converter/formats/byte-sources.ts'
import { Spool } from '../../../weights-converter/formats/spool.ts'
import { joined, memory, raw, refused } from '../files.ts'

test('a part reads as a file of its own', async () => {
  const inner = part(memory(raw('0123456789')), 3, 4)
  assert.equal([inner.size, await inner.read(0, 4), await inner.read(2, 2)], [4, raw('3456'), raw('56')])
  await refused(inner.read(2, 3), /end early/)
  assert.throws(() => part(memory(raw('0123')), 2, 3), /end early/)
})

test('rows that lie anywhere read as one array', async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 40 }),
    fc.array(fc.nat(9000), { minLength: 1, maxLength: 30 }),
    fc.nat(),
    fc.nat(),
    async (rowBytes, offsets, a, b) => {
      const bytes = Uint8Array.from({ length: 9100 }, (_, i) => (i * 31 + (i >> 8)) & 255)
      const whole = joined(...offsets.map(offset => bytes.slice(offset, offset + rowBytes)))
      const source = rowsSource(memory(bytes), Float64Array.from(offsets), rowBytes)
      const start = a % whole.length
      const length = 1 + (b % (whole.length - start))
      assert.is(source.size, whole.length)
      assert.equal(await source.read(start, length), whole.slice(start, start + length))
    },
  )
  await fc.assert(property, { seed: 11, numRuns: 300 })
})

test('neighbouring rows are read together', async () => {
  const bytes = new Uint8Array(100 * 120)
  let reads = 0
  const counted = {
    ...memory(bytes),
    read: async (at: number, n: number) => {
      reads++
      return bytes.slice(at, at + n)
    },
  }
  const rows = rowsSource(
    counted,
    Float64Array.from({ length: 100 }, (_, i) => i * 120 + 20),
    100,
  )
  await rows.read(0, rows.size)
  assert.is(reads, 1)
  await refused(rows.read(1, rows.size), /end early/)
})

test('a signal stops reading', async () => {
  const controller = new AbortController()
  const source = abortable(memory(raw('abc')), controller.signal)
  assert.equal(await source.read(1, 1), raw('b'))
  controller.abort()
  assert.instance(await source.read(1, 1).catch(error => error), AbortError)
})

test('a spool gives back what it was given, in memory and from disk, and leaves nothing behind', async () => {
  const before = readdirSync(tmpdir()).filter(name => name.startsWith('neural-storyteller-'))
  const spool = new Spool('place')
  const piece = Uint8Array.from({ length: 3_000_001 }, (_, i) => (i * 7) & 255)
  const at: number[] = []
  for (let i = 0; i < 8; i++) {
    at.push(spool.append(piece.subarray(i)))
    assert.equal(await spool.read((at[i] ?? 0) + 5, 10), piece.slice(i + 5, i + 15))
  }
  for (const [i, offset] of at.entries())
    assert.ok(Buffer.from(await spool.read(offset, piece.length - i)).equals(piece.subarray(i)))
  await refused(spool.read(spool.size - 1, 2), /place.*end early/)
  await spool.close()
  await spool.close()
  const after = readdirSync(tmpdir()).filter(name => name.startsWith('neural-storyteller-'))
  assert.equal(
    after.filter(name => !before.includes(name)),
    [],
  )
})

test.run()
