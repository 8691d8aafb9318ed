// npm run conformance -- DIR [--adapter A] [--json]: holds this program to outputs recorded from the original. DIR has weights/,
// images/ and expected/ in the layout of test/golden/tiny. One row a stage; exit 1 where one fails.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { StorytellerError, UsageError } from '../lib/core/errors.ts'
import { Storyteller } from '../lib/index.ts'
import { compareDecoders } from './conformance/decoders.ts'
import { comparePictures } from './conformance/pictures.ts'
import { Recorded } from './conformance/recorded.ts'
import { announce, Report } from './conformance/report.ts'
import { compareSentences } from './conformance/sentences.ts'
import { compareStories } from './conformance/stories.ts'

/** Runs every comparison that the folder has data for. */
export async function conformance(dir: string, adapter?: string, report = new Report()): Promise<Report> {
  for (const part of ['weights', 'images', join('expected', 'index.json')])
    if (!existsSync(join(dir, part)))
      throw new UsageError(`${dir} has no ${part}; give a folder with weights/, images/ and expected/`)
  const recorded = new Recorded(join(dir, 'expected'))
  const teller = await Storyteller.load(join(dir, 'weights'), { adapter, compat: true })
  try {
    await comparePictures(dir, recorded, teller, report)
    await compareSentences(dir, recorded, teller, report)
    await compareStories(dir, recorded, teller, report)
  } finally {
    await teller.dispose()
  }
  await compareDecoders(dir, recorded, adapter, report)
  return report
}

function readArguments(): { dir: string; adapter: string | undefined; json: boolean } {
  try {
    const { values, positionals } = parseArgs({
      options: { adapter: { type: 'string' }, json: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const [dir, ...more] = positionals
    if (dir === undefined || more.length > 0) throw new UsageError('give one folder')
    return { dir, adapter: values.adapter, json: values.json }
  } catch (error) {
    throw new UsageError(
      `npm run conformance -- DIR [--adapter A] [--json]: ${error instanceof Error ? error.message : error}`,
    )
  }
}

async function main(): Promise<number> {
  const { dir, adapter, json } = readArguments()
  const report = await conformance(dir, adapter, new Report(announce))
  process.stdout.write(json ? `${JSON.stringify(report.rows, null, 1)}\n` : `${report.table()}\n`)
  return report.failed === 0 ? 0 : 1
}

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1])
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof StorytellerError)) throw error
    process.stderr.write(`conformance: ${error.message}\n`)
    process.exitCode = error.exitCode
  }
