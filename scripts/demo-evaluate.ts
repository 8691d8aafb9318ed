// npm run demo:evaluate -- --seed N --scenes 200 --out DIR [--model DIR] [--adapter A] [--json]: tells scenes that the embedded model has
// not seen, in every manner, and scores what it told. Each picture, its truth, captions and stories go to DIR.

import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { score, summary, type Told } from '../demo/evaluate/score.ts'
import { SceneTeller } from '../demo/evaluate/tell.ts'
import { passageTexts } from '../demo/recipe/texts.ts'
import { lexicon } from '../demo/text/lexicon.ts'
import { drawScene, PICTURE_SIDE } from '../demo/world/picture.ts'
import { sceneOf } from '../demo/world/scene.ts'
import { writeFolder, writeWhole } from '../lib/io/folder.node.ts'
import { packageRoot } from '../lib/io/package-root.node.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    scenes: { type: 'string', default: '200' },
    out: { type: 'string' },
    model: { type: 'string', default: join(packageRoot(), 'demo', 'model') },
    adapter: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

const whole = (name: string, text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`--${name} is ${text}; give a whole number`)
  return value
}

async function writeTold(folder: string, name: string, { scene, ...told }: Told): Promise<void> {
  const raw = { width: PICTURE_SIDE, height: PICTURE_SIDE, channels: 3 } as const
  const picture = await sharp(drawScene(scene), { raw }).png().toBuffer()
  const text = new TextEncoder().encode(`${JSON.stringify({ truth: scene, ...told }, undefined, 1)}\n`)
  await writeFolder(
    folder,
    new Map([
      [`${name}.png`, picture],
      [`${name}.json`, text],
    ]),
  )
}

/** All passages that the decoder was trained on, by the seed that stands beside the model. */
async function trainingText(model: string): Promise<Set<string>> {
  const text = await readFile(join(dirname(resolve(model)), 'recipe.json'), 'utf8')
  const { seed } = JSON.parse(text) as { seed: number }
  return new Set(Object.values(passageTexts(seed)).flat())
}

const known = await trainingText(values.model)
const [seed, count] = [whole('seed', values.seed), whole('scenes', values.scenes)]
const teller = await SceneTeller.open(values.model, values.adapter)
const told: Told[] = []
try {
  for (let i = 0; i < count; i++) {
    const one = await teller.tell(sceneOf('unseen', seed, i))
    told.push(one)
    if (values.out !== undefined) await writeTold(values.out, `scene-${String(i).padStart(4, '0')}`, one)
    if ((i + 1) % 20 === 0) process.stderr.write(`${i + 1} of ${count} scenes told\n`)
  }
} finally {
  await teller.dispose()
}
const scores = score(told, lexicon(), story => known.has(story))
if (values.out !== undefined)
  await writeWhole(join(values.out, 'scores.json'), `${JSON.stringify(scores, undefined, 1)}\n`)
if (values.json) console.log(JSON.stringify(summary(scores)))
else console.log({ ...summary(scores), manners: scores.manners })
