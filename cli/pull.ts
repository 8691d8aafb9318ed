// pull [NAME]: the published weights into the cache, and from them the bundle that --model published names.

import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { StorytellerError, UsageError } from '../lib/core/errors.ts'
import {
  EVERYTHING,
  gapSentence,
  type Licence,
  type PublishedBundle,
  type Pulled,
  publishedBundle,
  publishedCatalogue,
  pull,
  readCatalogue,
} from '../weights-converter/index.ts'
import { type CommonOptions, withOutput } from './options.ts'
import { Output } from './output.ts'

interface Flags extends CommonOptions {
  from?: string
  out?: string
  offline?: boolean
  acceptLicense?: boolean
  catalogue?: string
  convert: boolean
}

export function registerPull(root: Command, signal: AbortSignal): void {
  const verb = root
    .command('pull')
    .description('fetch the published weights, check them, and make a model of them')
    .argument('[name]', 'a file, a set (storyteller, skip-thoughts, vgg19), or all that a story needs', EVERYTHING)
    .option('--from <dir|url>', 'a folder with files that you have already, or an address where all of them are')
    .option('--out <dir>', 'put the files there, and leave them as they are (default: the cache)')
    .option('--offline', 'ask no server')
    .option('--accept-license', 'accept the licences of the files; they are shown once')
    .option('--catalogue <file>', 'a list of files of your own, with addresses and hashes')
    .option('--no-convert', 'fetch only')
  withOutput(verb).action(async (name: string, flags: Flags) => {
    const output = new Output(flags)
    try {
      await run(name, flags, signal, output)
    } catch (error) {
      if (signal.aborted) output.note('what was fetched stays; the same command goes on from there')
      throw error
    } finally {
      output.close()
    }
  })
}

async function run(name: string, flags: Flags, signal: AbortSignal, output: Output): Promise<void> {
  const { from, out, offline } = flags
  if (offline && from !== undefined && /^https?:/i.test(from))
    throw new UsageError('--offline and an address in --from exclude each other; give one of them')
  const catalogue = flags.catalogue === undefined ? publishedCatalogue() : await readCatalogue(flags.catalogue)
  const accept = (licences: readonly Licence[]) => acceptance(licences, flags, signal, output)
  const onProgress = ({ stage, done, total }: { stage: string; done: number; total: number }) =>
    output.progress({ stage: `${stage}, MB`, done: Math.floor(done / 1e6), total: Math.ceil(total / 1e6) })
  const pulled = await pull({ name, from, folder: out, offline, catalogue, accept, signal, onProgress })
  report(pulled, output)
  const converted =
    out === undefined && flags.convert ? await publishedBundle(pulled.folder, { signal, onProgress }) : undefined
  output.object({ ...pulled, ...converted })
  conclude(pulled, converted, output)
}

function report({ files, failed }: Pulled, output: Output): void {
  for (const { name, from, bytes, sha256, published } of files) {
    const held = published ? 'as published' : `no hash is published: pinned to ${sha256.slice(0, 16)}…`
    output.line(`${name}: ${bytes.toLocaleString('en')} bytes, ${held} (${from})`)
  }
  for (const { name, reasons } of failed) {
    output.line(`${name}: could not be had`)
    for (const reason of reasons) output.line(`  ${reason}`)
  }
}

/** What comes of it; @throws StorytellerError where something that a story needs could not be had. */
function conclude(
  { folder, failed }: Pulled,
  converted: Awaited<ReturnType<typeof publishedBundle>> | undefined,
  output: Output,
): void {
  const missing = failed.filter(({ extra }) => !extra).map(({ name }) => name)
  if (converted !== undefined && 'dir' in converted) return output.line(ready(converted))
  if (converted !== undefined) output.note(gapSentence(folder, converted.gaps))
  else output.line(folder)
  if (missing.length > 0)
    throw new StorytellerError(
      `${missing.join(', ')} could not be had from anywhere that is known; if you have ${missing.length === 1 ? 'it' : 'them'}, or know a server that has, give it with --from DIR or --from URL`,
    )
}

const ready = ({ dir, made }: PublishedBundle): string =>
  `${dir}: ${made ? 'made' : 'there already'}; "storyteller tell photo.jpg --model ${EVERYTHING}" uses it`

async function acceptance(
  licences: readonly Licence[],
  { acceptLicense }: Flags,
  signal: AbortSignal,
  output: Output,
): Promise<boolean> {
  const told = licences.map(({ title, text, url }) => `${title}: ${text} (${url})`)
  // Whoever has accepted unseen may have it quiet; whoever is asked must see.
  if (acceptLicense) {
    for (const line of told) output.note(line)
    return true
  }
  process.stderr.write(`${told.join('\n')}\n`)
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new UsageError('the licences above are not accepted yet; --accept-license accepts them')
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await prompt.question('Accept? [y/N] ', { signal })).trim())
  } finally {
    prompt.close()
  }
}
