// bench: how fast this program is here, against the adapter's limits and against peers. The benches are part of the repository, not of
// the package: they run in a process of their own, from their sources.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Command, Option } from 'commander'
import { StorytellerError, UsageError } from '../lib/core/errors.ts'
import { packageRoot } from '../lib/io/package-root.node.ts'
import { type CommonOptions, whole, withOutput } from './options.ts'

interface BenchFlags extends CommonOptions {
  format?: string
  peers?: string | true
  repeat: number
  clock: string
  save?: boolean
}

export function registerBench(root: Command, signal: AbortSignal): void {
  const verb = root
    .command('bench')
    .description('measure speed: each workload against the adapter’s limits, peers and the original')
    .argument('[workload...]', 'gemm, conv, gemv, vgg19, encode, encode-one, beam, retrieval, … (default: all)')
    .addOption(new Option('--format <format>', 'of the rows on stdout (default: md)').choices(['md', 'json', 'csv']))
    .option('--peers [names]', 'run the peers of bench/peers beside it, all or those named, with commas between')
    .option('--repeat <n>', 'rounds', whole(1, 1000), 7)
    .addOption(
      new Option('--clock <clock>', 'cpu: CPU time over cores, for software adapters on a busy machine')
        .choices(['wall', 'cpu'])
        .default('wall'),
    )
    .option('--save', 'keep the rows in bench/results')
    .option('--adapter <name>', 'gpu, lavapipe, swiftshader, or a part of an adapter’s name (default: the best)')
  withOutput(verb).action(async (workloads: string[], flags: BenchFlags) => {
    if (flags.json && flags.format !== undefined && flags.format !== 'json')
      throw new UsageError(`--json and --format ${flags.format} exclude each other; give one of them`)
    await start(
      {
        workloads,
        format: flags.json ? 'json' : (flags.format ?? 'md'),
        adapter: flags.adapter,
        repeat: flags.repeat,
        peers: flags.peers === undefined ? [] : flags.peers === true ? ['all'] : flags.peers.split(','),
        quiet: flags.quiet === true,
        clock: flags.clock,
        save: flags.save === true,
      },
      signal,
    )
  })
}

/** Runs bench/main.ts, which prints for itself, and ends as it ends. */
async function start(request: object, signal: AbortSignal): Promise<void> {
  const main = join(packageRoot(), 'bench', 'main.ts')
  if (!existsSync(main))
    throw new StorytellerError('the benches are not part of the package; clone the repository and run them there')
  const loader = pathToFileURL(join(packageRoot(), 'node_modules', 'tsx', 'dist', 'loader.mjs')).href
  const args = ['--import', loader, main, JSON.stringify(request)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], signal, killSignal: 'SIGINT' })
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', status => resolve(status ?? 1))
  })
  if (code !== 0) throw new BenchError(code)
}

/** The benches have told what is wrong; this passes their exit code on. */
class BenchError extends StorytellerError {
  override readonly exitCode: number
  constructor(code: number) {
    super('the bench did not end well; see above')
    this.exitCode = code
  }
}
