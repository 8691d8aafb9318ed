// The captions' embeddings: computed once, kept in the bundle, read ever after; where the bundle cannot be written to they are
// computed into memory, and the user is told.

import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError } from '../../lib/core/errors.ts'
import { cacheCaptions, Storyteller } from '../../lib/index.ts'
import { difference } from '../../scripts/conformance/recorded.ts'
import { rejection } from '../support/engine.ts'
import { bundleArrays, picture, recordedRows, tinyBundle } from '../support/tiny-model.ts'

const test = suite<{ folder: string; bare: string; expected: unknown }>('caption cache')

test.before(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-captions-'))
  context.bare = await tinyBundle(join(context.folder, 'bare'), false)
  const full = await copy(context, 'full')
  await cacheCaptions(full)
  context.expected = (await nearest(full)).captions
})
test.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

/** A fresh copy of the bundle without embeddings. */
async function copy({ folder, bare }: { folder: string; bare: string }, name: string): Promise<string> {
  const to = join(folder, name)
  await cp(bare, to, { recursive: true })
  return to
}

const filesOf = async (dir: string): Promise<string[]> =>
  (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter(e => e.isFile())
    .map(e => join(e.parentPath, e.name))

const manifestOf = async (dir: string) => JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8'))

/** Loads a model, asks for captions, and says what was computed on the way. */
async function nearest(dir: string, signal?: AbortSignal, onStage: (stage: string) => void = () => undefined) {
  const stages: string[] = []
  const teller = await Storyteller.load(dir)
  try {
    const onProgress = ({ stage }: { stage: string }) => {
      stages.push(stage)
      onStage(stage)
    }
    const captions = await teller.captions(picture('mill'), 3, { onProgress, signal })
    return { captions, notes: teller.notes, embedded: stages.includes('captions') }
  } finally {
    await teller.dispose()
  }
}

test('computed the first time, read the second; the numbers are the recorded ones', async context => {
  const dir = await copy(context, 'once')
  assert.is((await manifestOf(dir)).captions.embeddings, false)
  const first = await nearest(dir)
  assert.equal(first, { captions: context.expected, notes: [], embedded: true })
  assert.is((await manifestOf(dir)).captions.embeddings, true)
  const files = await filesOf(dir)
  assert.equal(await nearest(dir), { captions: context.expected, notes: [], embedded: false })
  assert.equal(await filesOf(dir), files)
  const { 'captions/embeddings': kept = new Float32Array() } = await bundleArrays(dir, ['captions/embeddings'])
  const expected = await recordedRows('vse_captions')
  for (let row = 0; row < 200; row++) {
    const error = difference(kept.subarray(row * 26, (row + 1) * 26), expected, row)
    assert.ok(error <= expected.atol, `caption ${row}: off by ${error}`)
  }
})

test('filled beforehand: nothing is left to compute', async context => {
  const dir = await copy(context, 'filled')
  const stages: string[] = []
  await cacheCaptions(dir, { onProgress: ({ stage }) => stages.push(stage) })
  assert.ok(stages.includes('captions'))
  assert.is((await nearest(dir)).embedded, false)
  await cacheCaptions(dir, { onProgress: ({ stage }) => assert.unreachable(stage) })
})

test('a bundle that cannot be written to: the same captions from memory, and a note', async context => {
  const dir = await copy(context, 'closed')
  // Whoever may write anywhere is stopped by this, too: a file where the embeddings' folder would be.
  await writeFile(join(dir, 'captions'), '')
  const before = await filesOf(dir)
  const { captions, notes, embedded } = await nearest(dir)
  assert.equal(captions, context.expected)
  assert.is(embedded, true)
  assert.is(notes.length, 1)
  assert.match(
    notes[0] ?? '',
    /computed at every start, for they can't be kept: .*captions\/\.parts: cannot be written/,
  )
  assert.equal(await filesOf(dir), before)
})

test('stopped in the middle: nothing half-written, and the next one computes them', async context => {
  const dir = await copy(context, 'stopped')
  const before = await filesOf(dir)
  const stop = new AbortController()
  const error = await rejection(nearest(dir, stop.signal, stage => stage === 'captions' && stop.abort()))
  assert.instance(error, AbortError)
  assert.equal(await filesOf(dir), before)
  assert.equal(await nearest(dir), { captions: context.expected, notes: [], embedded: true })
})

test('what was computed before an interruption is not computed again', async context => {
  const dir = await copy(context, 'kept')
  const { 'captions/embeddings': computed = new Float32Array() } = await bundleArrays(join(context.folder, 'full'))
  await mkdir(join(dir, 'captions', '.parts'), { recursive: true })
  await writeFile(
    join(dir, 'captions', '.parts', '0.f32'),
    new Uint8Array(computed.buffer, computed.byteOffset, computed.byteLength),
  )
  assert.equal(await nearest(dir), { captions: context.expected, notes: [], embedded: false })
  assert.equal((await readdir(join(dir, 'captions'))).length, 1)
})

test('a part that is torn is computed again', async context => {
  const dir = await copy(context, 'torn')
  await mkdir(join(dir, 'captions', '.parts'), { recursive: true })
  await writeFile(join(dir, 'captions', '.parts', '0.f32'), 'torn')
  // What a process that died while it put the parts together left.
  await writeFile(join(dir, 'captions', `.embeddings-abcdef.npy.partial-${2 ** 22 - 1}`), 'torn')
  assert.equal(await nearest(dir), { captions: context.expected, notes: [], embedded: true })
  assert.equal((await readdir(join(dir, 'captions'))).length, 1)
})

test('of two who wait for the same embeddings the one that is stopped leaves the other waiting', async context => {
  const teller = await Storyteller.load(await copy(context, 'shared'))
  const stop = new AbortController()
  const onProgress = ({ stage }: { stage: string }) => stage === 'captions' && stop.abort()
  const image = await teller.prepare(picture('mill'))
  const doomed = rejection(teller.captions(image, 3, { signal: stop.signal, onProgress }))
  const other = teller.captions(image, 3)
  assert.instance(await doomed, AbortError)
  assert.equal(await other, context.expected)
  await teller.dispose()
})

test('what was read before the embeddings came is still there after', async context => {
  const teller = await Storyteller.load(await copy(context, 'grown'))
  const before = await teller.encode(['a red boat .'])
  await teller.captions(picture('mill'), 1)
  assert.equal(
    await teller.encode(['a red boat .', 'the cow sleeps']).then(({ data }) => data.slice(0, 32)),
    before.data,
  )
  await teller.dispose()
})

test.run()
