// npm run bench:plot: the rooflines of all kept results, into docs/.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RESULTS } from './harness/results.ts'
import { hasLimits, roofline } from './harness/roofline.ts'
import type { Row } from './harness/row.ts'

const docs = fileURLToPath(new URL('../docs/', import.meta.url))

for (const name of readdirSync(RESULTS).filter(file => file.endsWith('.json'))) {
  const rows = JSON.parse(readFileSync(join(RESULTS, name), 'utf8')) as Row[]
  if (!hasLimits(rows)) {
    process.stdout.write(`${name}: not both limits are among its rows; run gemm and gemv there\n`)
    continue
  }
  const file = join(docs, `roofline-${name.replace(/\.json$/, '.svg')}`)
  writeFileSync(file, roofline(rows))
  process.stdout.write(`${file}\n`)
}
