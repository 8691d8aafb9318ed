// `npm run test:kills -- 200`: kill -9 at that many random moments of pulls, with another seed each time.

import { Random } from '../../lib/core/random.ts'
import { killPulls } from '../support/killed-pull.ts'

const kills = Number(process.argv[2] ?? 200)
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 32)
process.stdout.write(`seed ${seed}\n`)
const result = await killPulls(kills, new Random(seed))
process.stdout.write(
  `${result.kills} pulls killed, ${result.resumed} parts left to go on from, ${result.repeated} bytes fetched twice; every file right\n`,
)
