// npm run test:full [-- --adapter A]: the published sizes. Writes seeded originals (1.2 GB) into a temporary folder, converts them and
// holds every stage to the recorded outputs; ends with `N passed, N failed`. Minutes on lavapipe.

import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { announce, Report } from '../../scripts/conformance/report.ts'
import { conformance } from '../../scripts/conformance.ts'
import { type Manifest, writeOriginals } from './originals.ts'

const golden = fileURLToPath(new URL('../golden/full/', import.meta.url))
const { values } = parseArgs({ options: { adapter: { type: 'string' } } })

const folder = mkdtempSync(join(tmpdir(), 'neural-storyteller-full-'))
try {
  process.env.STORYTELLER_HOME = join(folder, 'home')
  cpSync(golden, folder, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(golden, 'expected', 'manifest.json'), 'utf8')) as Manifest
  writeOriginals(join(folder, 'weights'), manifest, name => process.stderr.write(`writing ${name}\n`))
  const report = await conformance(folder, values.adapter, new Report(announce))
  const compared = report.rows.filter(({ limit }) => limit !== undefined)
  process.stdout.write(`${report.table()}\n\n${compared.length - report.failed} passed, ${report.failed} failed\n`)
  process.exitCode = report.failed === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
