// The conformance run on the tiny model: every recorded stage passes, none is missing, and one wrong number is noticed.

import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { conformance } from '../scripts/conformance.ts'
import { tiny } from './support/tiny-model.ts'

const test = suite<{ folder: string }>('conformance')

test.before(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-conformance-'))
  process.env.STORYTELLER_HOME = join(context.folder, 'home')
})
test.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

const STAGES = [
  ...['pre', 'pre.row112'],
  ...['pool1', 'pool2', 'pool3', 'pool4', 'pool5', 'fc6', 'fc7', 'fc8', 'prob'].map(name => `vgg_${name}`),
  ...['vse_image', 'caption_scores', 'top_captions', 'skip_mean', 'shift', 'tokens'],
  ...['skip_norm0_eos0', 'skip_norm0_eos1', 'skip_norm1_eos0', 'skip_norm1_eos1', 'vse_sentences', 'vse_captions'],
  'stories',
  ...['plain', 'deep'].flatMap(name => [
    ...['init', 'states', 'logits', 'probs', 'mixed_states', 'mixed_probs'].map(what => `dec_${name}_${what}`),
    ...[`beams ${name}`, `beams ${name}, costs`, `texts ${name}`],
  ]),
]

test('every recorded stage passes', async () => {
  const { rows } = await conformance(tiny)
  const failing = rows.filter(({ ok }) => !ok)
  assert.equal(failing, [])
  const compared = rows.filter(({ error }) => error !== undefined).map(({ stage }) => stage)
  assert.equal(
    STAGES.filter(stage => !compared.includes(stage)),
    [],
  )
})

/** A folder that has the recordings of one stage, the arrays changed as wanted, and everything else of the tiny model. */
async function oneStage(
  folder: string,
  stem: string,
  change: (values: DataView<ArrayBuffer>) => void = () => undefined,
): Promise<string> {
  const expected = join(folder, 'expected')
  await mkdir(expected, { recursive: true })
  for (const part of ['weights', 'images']) await symlink(join(tiny, part), join(folder, part))
  const index = JSON.parse(await readFile(join(tiny, 'expected', 'index.json'), 'utf8')) as { files: object }
  const files = Object.fromEntries(Object.entries(index.files).filter(([name]) => name === `${stem}.npy`))
  await writeFile(join(expected, 'index.json'), JSON.stringify({ files }))
  await writeFile(join(expected, 'images.json'), '[]')
  await copyFile(join(tiny, 'expected', `${stem}.json`), join(expected, `${stem}.json`))
  const array = new Uint8Array(await readFile(join(tiny, 'expected', `${stem}.npy`)))
  change(new DataView(array.buffer))
  await writeFile(join(expected, `${stem}.npy`), array)
  return folder
}

const stageOf = async (dir: string, stage: string) => (await conformance(dir)).rows.find(row => row.stage === stage)

test('a stage by itself is compared, and one number off by a ten-thousandth fails it', async ({ folder }) => {
  const stage = 'vse_sentences'
  assert.is((await stageOf(await oneStage(join(folder, 'same'), stage), stage))?.ok, true)
  const spoil = (values: DataView<ArrayBuffer>) => {
    const last = values.byteLength - 4
    values.setFloat32(last, values.getFloat32(last, true) + 1e-4, true)
  }
  const row = await stageOf(await oneStage(join(folder, 'spoilt'), stage, spoil), stage)
  assert.is(row?.ok, false)
  assert.ok(Math.abs((row?.error ?? 0) - 1e-4) < 1e-6, `error ${row?.error}`)
})

test('a recorded number that is none fails its stage', async ({ folder }) => {
  const stage = 'vse_sentences'
  const spoil = (values: DataView<ArrayBuffer>) => values.setFloat32(values.byteLength - 4, Number.NaN, true)
  assert.is((await stageOf(await oneStage(join(folder, 'nan'), stage, spoil), stage))?.ok, false)
})

test('a folder without its parts is wrong usage, told by name', async ({ folder }) => {
  const empty = join(folder, 'empty')
  await mkdir(empty)
  const error = await conformance(empty).catch((reason: unknown) => reason)
  assert.instance(error, Error)
  assert.match((error as Error).message, /empty has no weights; give a folder with weights\/, images\/ and expected\//)
})

test.run()
