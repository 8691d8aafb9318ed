// npm run demo:train [-- --seed N --out DIR --work DIR]: makes the embedded model anew from nothing but a seed, in under an hour on two
// cores. Stopped and started again it goes on with the stage it was in.

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makeModel } from '../demo/recipe/index.ts'
import { lexiconText } from '../demo/text/lexicon.ts'
import { packageRoot } from '../lib/io/package-root.node.ts'

const demo = join(packageRoot(), 'demo')
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: join(demo, 'model') },
    work: { type: 'string', default: join(demo, '.work') },
  },
})
const seed = Number(values.seed)
if (!Number.isInteger(seed) || seed < 0) throw new RangeError(`--seed is ${values.seed}; give a whole number`)
const start = performance.now()
const log = (line: string): void => {
  const minutes = (performance.now() - start) / 60_000
  process.stderr.write(`${minutes.toFixed(1).padStart(5)} min  ${line}\n`)
}
const work = join(resolve(values.work), `seed-${seed}`)
await mkdir(work, { recursive: true })
const out = resolve(values.out)
const recipe = await makeModel({ seed, work, out, log })
const beside = dirname(out)
await writeFile(join(beside, 'recipe.json'), `${JSON.stringify(recipe, undefined, 1)}\n`)
await writeFile(join(beside, 'lexicon.json'), lexiconText())
log(`${out}: done`)
