// verify [DIR]: whether a bundle is whole; of the published weights, whether they tell the published story.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { StorytellerError, UsageError } from '../lib/core/errors.ts'
import { EXAMPLE, publishedStoryChecks, Storyteller } from '../lib/index.ts'
import type { Manifest } from '../lib/io/manifest.ts'
import { openModel } from '../lib/open-model.node.ts'
import { type Check, extrasFolder, isPublishedModel, verify } from '../weights-converter/index.ts'
import { type CommonOptions, withOutput } from './options.ts'
import { Output } from './output.ts'
import { loading } from './session.ts'

interface Flags extends CommonOptions {
  image?: string
  story: boolean
}

export function registerVerify(root: Command, signal: AbortSignal): void {
  const verb = root
    .command('verify')
    .description('check a bundle: hashes, shapes, dictionaries; with the published weights, the published story')
    .argument('[dir]', 'a bundle, or one of the cache by name (default: the embedded one)')
    .option('--image <file>', `the original’s images/${EXAMPLE.file}, whose stories are compared (default: as pulled)`)
    .option('--no-story', 'leave the story out')
    .option('--adapter <name>', 'where the story is told: gpu, lavapipe, swiftshader (default: the best)')
  withOutput(verb).action(async (model: string | undefined, flags: Flags) => {
    if (!flags.story && flags.image !== undefined)
      throw new UsageError('--image and --no-story exclude each other; give one of them')
    const output = new Output(flags)
    try {
      const { bundle, dir } = await openModel(model, { signal, onProgress: output.progress })
      await bundle.close()
      const checks = await verify(dir, { signal, onProgress: output.progress })
      checks.push(...(await storyChecks(dir, bundle.manifest, flags, signal, output)))
      report(dir, checks, output)
    } finally {
      output.close()
    }
  })
}

function report(dir: string, checks: readonly Check[], output: Output): void {
  const failed = checks.filter(check => !check.ok)
  output.object({ ok: failed.length === 0, checks })
  for (const { name, ok, detail, cure } of checks)
    output.line(`${ok ? 'pass' : 'FAIL'}  ${name}: ${detail}${cure === undefined ? '' : `; ${cure}`}`)
  if (failed.length === 0) output.line(`${dir}: all ${checks.length} checks passed`)
  if (failed.length > 0) throw new StorytellerError(`${dir}: ${failed.length} of ${checks.length} checks failed`)
}

/** The published stories, where the weights are the published ones or a picture is given. */
async function storyChecks(
  dir: string,
  manifest: Manifest,
  flags: Flags,
  signal: AbortSignal,
  output: Output,
): Promise<Check[]> {
  if (!flags.story || (flags.image === undefined && !isPublishedModel(manifest))) return []
  const pulled = join(extrasFolder(), EXAMPLE.file)
  const image = flags.image ?? (existsSync(pulled) ? pulled : undefined)
  if (image === undefined) {
    output.note(
      `the published stories are not compared: their picture is not in this repository; "storyteller pull ${EXAMPLE.file}" fetches it, or give it with --image`,
    )
    return []
  }
  const teller = await Storyteller.load(dir, loading(flags, signal, output))
  try {
    const picture = await teller.prepare(image)
    const told = await publishedStoryChecks(teller, picture, { signal, onProgress: output.progress })
    return [await pictureCheck(image), ...told]
  } finally {
    await teller.dispose()
  }
}

async function pictureCheck(image: string): Promise<Check> {
  const sha256 = createHash('sha256')
    .update(await readFile(image))
    .digest('hex')
  const name = `the picture ${EXAMPLE.file}`
  if (sha256 === EXAMPLE.sha256) return { name, ok: true, detail: 'as in the original’s repository' }
  const cure = `take images/${EXAMPLE.file} of github.com/ryankiros/neural-storyteller`
  return { name, ok: false, detail: `${image} is another picture: its SHA-256 is ${sha256}`, cure }
}
