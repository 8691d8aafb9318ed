// Parts of a long computation: made once, kept whole, found by the next one; damaged ones made again.

import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError } from '../../lib/core/errors.ts'
import { KeptParts } from '../../lib/io/kept-parts.node.ts'

const test = suite<{ folder: string }>('kept parts')
test.before.each(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'kept-parts-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

/** Asks for four parts of three numbers; one of them fails where `failing` says. Gives the numbers of those that were made. */
async function run(folder: string, failing = -1): Promise<number[]> {
  const made: number[] = []
  const kept = await KeptParts.open(join(folder, 'parts'))
  for (let number = 0; number < 4; number++) {
    const part = await kept.part(number, 3, async () => {
      if (number === failing) throw new Error('stopped')
      made.push(number)
      return Float32Array.of(number, 0.5, -number)
    })
    assert.equal([...part], [number, 0.5, number === 0 ? part[2] : -number])
  }
  return made
}

test('goes on from where it was stopped', async ({ folder }) => {
  const error = await run(folder, 2).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.match(String(error), /stopped/)
  assert.equal(readdirSync(join(folder, 'parts')).sort(), ['0.f32', '1.f32'])
  assert.equal(await run(folder), [2, 3])
  assert.equal(await run(folder), [])
  await (await KeptParts.open(join(folder, 'parts'))).remove()
  assert.equal(readdirSync(folder), [])
})

test('parts of another length are made again', async ({ folder }) => {
  await run(folder)
  truncateSync(join(folder, 'parts', '1.f32'), 8)
  assert.equal(await run(folder), [1])
})

test('a folder that cannot be is told before anything is made', async ({ folder }) => {
  writeFileSync(join(folder, 'parts'), '')
  const error = await run(folder).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, FileError)
  assert.match(String(error), /parts: cannot be written/)
})

test.run()
