// inspect FILE: what a weight file holds, by its content; verify [DIR]: whether a bundle is whole.

import type { Command } from 'commander'
import { StorytellerError } from '../lib/core/errors.ts'
import { openFile } from '../lib/io/bytes.node.ts'
import { openModel } from '../lib/open-model.node.ts'
import { inspectFile, verify } from '../weights-converter/index.ts'
import { type CommonOptions, withOutput } from './options.ts'
import { Output } from './output.ts'

const SHOWN = 200

export function registerInspect(root: Command, signal: AbortSignal): void {
  withOutput(root.command('inspect').description('what a weight file holds').argument('<file>')).action(
    async (file: string, flags: CommonOptions) => {
      const output = new Output(flags)
      const source = await openFile(file)
      try {
        const found = await inspectFile(source)
        output.object(found)
        output.line(`${file}: ${found.kind}`)
        for (const { name, dtype, shape, sha256 } of found.arrays)
          output.line(`  ${name}  ${dtype}[${shape.join(', ')}]  ${sha256.slice(0, 16)}…`)
        if (found.values !== undefined) output.line(`  ${JSON.stringify(found.values).slice(0, SHOWN)}`)
      } finally {
        await source.close()
      }
    },
  )
  withOutput(
    root.command('verify').description('check a bundle: hashes, shapes, dictionaries').argument('[dir]'),
  ).action(async (model: string | undefined, flags: CommonOptions) => {
    const output = new Output(flags)
    const { bundle, dir } = await openModel(model)
    await bundle.close()
    const checks = await verify(dir, { signal, onProgress: output.progress })
    const failed = checks.filter(check => !check.ok)
    output.object({ ok: failed.length === 0, checks })
    for (const { name, ok, detail, cure } of checks)
      output.line(`${ok ? 'pass' : 'FAIL'}  ${name}: ${detail}${cure === undefined ? '' : `; ${cure}`}`)
    if (failed.length > 0) throw new StorytellerError(`${dir}: ${failed.length} of ${checks.length} checks failed`)
  })
}
