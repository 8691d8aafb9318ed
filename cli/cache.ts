// ls, show, rm: the bundles in the cache.

import type { Command } from 'commander'
import { type CachedBundle, listBundles, removeBundle, showBundle } from '../lib/io/cache.node.ts'
import { type CommonOptions, withOutput } from './options.ts'
import { Output } from './output.ts'

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
const NAME = 'as "storyteller ls" lists it'
const brief = ({ name, bytes, problem }: CachedBundle): string =>
  `${name}  ${megabytes(bytes)}${problem === undefined ? '' : `  damaged: ${problem}`}`

export function registerCache(root: Command): void {
  withOutput(root.command('ls').description('list the bundles in the cache')).action(async (flags: CommonOptions) => {
    const output = new Output(flags)
    const bundles = await listBundles()
    output.object(bundles.map(({ name, dir, bytes, problem }) => ({ name, dir, bytes, problem })))
    for (const bundle of bundles) output.line(brief(bundle))
    if (bundles.length === 0) output.note('the cache is empty; "storyteller convert" or "--model FOLDER" fills it')
  })
  withOutput(root.command('show').description('tell what a bundle of the cache holds').argument('<name>', NAME)).action(
    async (name: string, flags: CommonOptions) => {
      const output = new Output(flags)
      const bundle = await showBundle(name)
      const { nets, captions, styles, sources } = bundle.manifest ?? {}
      output.object({
        name,
        dir: bundle.dir,
        bytes: bundle.bytes,
        problem: bundle.problem,
        nets,
        captions,
        styles,
        sources,
      })
      output.line(brief(bundle))
      output.line(bundle.dir)
      for (const [net, options] of Object.entries(nets ?? {})) output.line(`  ${net}: ${JSON.stringify(options)}`)
      output.line(`  captions: ${captions?.count ?? 0}   styles: ${styles?.join(', ') ?? ''}`)
      for (const { file, role } of sources ?? []) output.line(`  ${role}: ${file}`)
    },
  )
  withOutput(root.command('rm').description('remove a bundle from the cache').argument('<name>', NAME)).action(
    async (name: string, flags: CommonOptions) => {
      const output = new Output(flags)
      const { bytes } = await removeBundle(name)
      output.object({ removed: name, bytes })
      output.line(`removed ${name} (${megabytes(bytes)})`)
    },
  )
}
