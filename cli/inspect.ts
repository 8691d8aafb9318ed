// inspect FILE: what a weight file holds, by its content; inspect FOLDER: what each file is, and what a story lacks.

import { stat } from 'node:fs/promises'
import type { Command } from 'commander'
import type { ByteSource } from '../lib/core/bytes.ts'
import { openFile } from '../lib/io/bytes.node.ts'
import { gapSentence, inspectFile, inspectFolder, withPublishedSize } from '../weights-converter/index.ts'
import { type CommonOptions, withOutput } from './options.ts'
import { Output } from './output.ts'

/** Characters of a pickle's values that people get to see. */
const SHOWN = 200

/** Whoever reads from it stops where the user wants to. */
const interruptible = (source: ByteSource, signal: AbortSignal): ByteSource => ({
  name: source.name,
  size: source.size,
  async read(offset, length, into) {
    signal.throwIfAborted()
    return source.read(offset, length, into)
  },
  close: () => source.close(),
})

export function registerInspect(root: Command, signal: AbortSignal): void {
  const inspectVerb = root
    .command('inspect')
    .description('tell what a weight file holds, by its content; of a folder, what each is and what a story lacks')
    .argument('<file>', '.npy, .npz, pickle, .caffemodel, .h5, dictionary or captions')
  withOutput(inspectVerb).action(async (file: string, flags: CommonOptions) => {
    const output = new Output(flags)
    if ((await stat(file).catch(() => undefined))?.isDirectory()) return showFolder(file, output, signal)
    const source = interruptible(await openFile(file), signal)
    try {
      const found = await inspectFile(source)
      output.object(found)
      output.line(`${file}: ${found.kind}`)
      for (const { name, dtype, shape, sha256 } of found.arrays)
        output.line(`  ${name}  ${dtype}[${shape.join(', ')}]  ${sha256.slice(0, 16)}…`)
      if (found.values !== undefined) output.line(`  ${JSON.stringify(found.values).slice(0, SHOWN)}`)
    } catch (error) {
      throw await withPublishedSize(error)
    } finally {
      await source.close()
    }
  })
}

async function showFolder(folder: string, output: Output, signal: AbortSignal): Promise<void> {
  const found = await inspectFolder(folder, { signal })
  output.object(found)
  for (const { file, role, problem } of found.files) output.line(`${file}: ${role ?? `not usable: ${problem}`}`)
  const whole = `${folder}: all that a story needs is there`
  output.line(found.missing.length > 0 ? gapSentence(folder, found.missing) : whole)
}
