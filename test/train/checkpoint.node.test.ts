// Checkpoints: what is saved is what is opened; whatever stops a save, one whole set is there; files that do not belong together
// are refused.

import { copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import ndarray from 'ndarray'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import { openFile } from '../../lib/io/bytes.node.ts'
import { Checkpoint, type CheckpointParts } from '../../lib/train/checkpoint.node.ts'
import { openContents } from '../../weights-converter/contents.ts'
import { partsAt } from '../support/checkpoint-parts.ts'
import { start } from '../support/child.ts'
import { rejection } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'

const test = suite('checkpoints')
const { folder, remove } = await temporaryFolder()
test.after(remove)

let count = 0
const freshFile = (): string => join(folder, `${count++}`, 'model.npz')

const numbers = (arrays: CheckpointParts['parameters']) =>
  Object.entries(arrays).map(([name, { data, shape }]) => [name, [...data], [...shape]])

/** Opens a checkpoint and says after which update it was saved, having compared all of it. */
async function openedStep(npz: string): Promise<number> {
  const { parameters, options, resumable } = await new Checkpoint(npz).open()
  const step = resumable?.progress.step ?? -1
  const expected = partsAt(step)
  assert.equal(numbers(parameters), numbers(expected.parameters))
  assert.equal([...options], Object.entries(expected.options))
  assert.equal(numbers(resumable?.moments.m ?? {}), numbers(expected.moments.m))
  assert.equal(numbers(resumable?.moments.v ?? {}), numbers(expected.moments.v))
  assert.is(resumable?.moments.step, step)
  assert.equal(resumable?.progress.cost, [[step, 1.5]])
  return step
}

test('what is saved is what is opened; a later save takes its place', async () => {
  const npz = freshFile()
  const checkpoint = new Checkpoint(npz)
  await checkpoint.save(partsAt(3), [['history_errs', ndarray(new Float64Array(), [0])]])
  assert.is(await openedStep(npz), 3)
  await checkpoint.save(partsAt(4))
  assert.is(await openedStep(npz), 4)
  assert.equal((await readdir(join(npz, '..'))).sort(), ['model.npz', 'model.npz.pkl', 'model.npz.state'])
})

test('the weights and options are files of the original’s kind', async () => {
  const npz = freshFile()
  await new Checkpoint(npz).save(partsAt(3), [['history_errs', ndarray(new Float64Array(), [0])]])
  const source = await openFile(npz)
  const contents = await openContents(source)
  assert.equal(contents.names, ['history_errs', 'Wemb', 'ff_state_W'])
  assert.is(contents.role, 'decoder')
  await contents.close()
  await source.close()
})

test('a checkpoint of the original’s has no state', async () => {
  const npz = freshFile()
  await new Checkpoint(npz).save(partsAt(3), [['history_errs', ndarray(new Float64Array(), [0])]])
  await rm(`${npz}.state`)
  const { parameters, resumable } = await new Checkpoint(npz).open()
  assert.is(resumable, undefined)
  assert.equal(numbers(parameters), numbers(partsAt(3).parameters))
})

test('a state by itself keeps the newest parameters beside the best', async () => {
  const npz = freshFile()
  const checkpoint = new Checkpoint(npz)
  await checkpoint.saveState(partsAt(1))
  assert.is(await openedStep(npz), 1)
  await checkpoint.save(partsAt(2))
  const best = await readFile(npz)
  await checkpoint.saveState(partsAt(3))
  assert.equal(await readFile(npz), best)
  const { parameters, resumable } = await new Checkpoint(npz).open()
  assert.is(resumable?.progress.step, 3)
  assert.equal(numbers(parameters), numbers(partsAt(3).parameters))
})

/** Two sets of files: what a save of step 2 finds, and what it leaves. */
async function twoSets(): Promise<{ old: string; fresh: string }> {
  const [old, fresh] = [freshFile(), freshFile()]
  await new Checkpoint(old).save(partsAt(1))
  await new Checkpoint(fresh).save(partsAt(2))
  return { old, fresh }
}

/** The places at which a save can stop: which files of the new set have their names, which wait under others. */
const STOPS: { name: string; waiting: string[]; named: string[]; step: number }[] = [
  { name: 'while the weights are written', waiting: [''], named: [], step: 1 },
  { name: 'while the state is written', waiting: ['', '.pkl', '.state'], named: [], step: 1 },
  { name: 'right after the switch', waiting: ['', '.pkl'], named: ['.state'], step: 2 },
  { name: 'with the options still to be named', waiting: ['.pkl'], named: ['.state', ''], step: 2 },
]
for (const { name, waiting, named, step } of STOPS)
  test(`a save that stops ${name}`, async () => {
    const { old, fresh } = await twoSets()
    for (const end of waiting) await copyFile(fresh + end, `${old + end}.next`)
    for (const end of named) await copyFile(fresh + end, old + end)
    if (named.length === 0) await truncate(`${old + waiting.at(-1)}.next`, 10)
    assert.is(await openedStep(old), step)
    assert.equal((await readdir(join(old, '..'))).sort(), ['model.npz', 'model.npz.pkl', 'model.npz.state'])
    assert.is(await openedStep(old), step)
  })

test('nothing old gives way before the switch', async () => {
  const npz = freshFile()
  const checkpoint = new Checkpoint(npz)
  await checkpoint.save(partsAt(1))
  const before = await Promise.all([npz, `${npz}.pkl`].map(file => readFile(file)))
  // A state that cannot be renamed over stands for a process that stops right there.
  await rm(`${npz}.state`)
  await mkdir(join(`${npz}.state`, 'in the way'), { recursive: true })
  assert.instance(await rejection(checkpoint.save(partsAt(2))), FileError)
  assert.equal(await Promise.all([npz, `${npz}.pkl`].map(file => readFile(file))), before)
})

test('a process that is killed again and again always leaves a whole checkpoint', async () => {
  const npz = freshFile()
  const random = new Random(11)
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
  const code = `
import { Checkpoint } from ${url('../../lib/train/checkpoint.node.ts')}
import { partsAt } from ${url('../support/checkpoint-parts.ts')}
const checkpoint = new Checkpoint(${JSON.stringify(npz)})
for (let step = 1; ; step++) {
  await checkpoint.save(partsAt(step))
  if (step === 1) process.stdout.write('saved')
}`
  for (let round = 0; round < 4; round++) {
    const { child, ended } = start(code)
    await Promise.race([new Promise<void>(resolve => child.stdout?.once('data', () => resolve())), ended])
    await new Promise(resolve => setTimeout(resolve, random.integer(0, 60)))
    child.kill('SIGKILL')
    assert.is((await ended).signal, 'SIGKILL')
    assert.ok((await openedStep(npz)) >= 1)
  }
})

test('files that do not belong together are refused by name', async () => {
  const { old, fresh } = await twoSets()
  await copyFile(fresh, old)
  const error = await rejection(new Checkpoint(old).open())
  assert.instance(error, FileError)
  assert.match(error.message, /model\.npz: is not the file that .*model\.npz\.state belongs to; .*remove/)
})

test('damaged, absent and unwritable checkpoints', async () => {
  assert.instance(await rejection(new Checkpoint(freshFile()).open()), FileError)
  const { old } = await twoSets()
  await writeFile(`${old}.state`, 'no archive')
  assert.instance(await rejection(new Checkpoint(old).open()), FileError)
  const inFile = join(old, 'below', 'model.npz')
  const error = await rejection(new Checkpoint(inFile).save(partsAt(1)))
  assert.instance(error, FileError)
  assert.match(error.message, /can't be written/)
  assert.is(basename(old), 'model.npz')
})

test.run()
