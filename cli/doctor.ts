// doctor: what this machine offers to run on, what is chosen and why, what would be better, and whether it computes right.
// Exit 3 where there is no adapter, 1 where the self-test fails. --fix unpacks the distribution's lavapipe into the cache, --tune measures
// which sizes of kernels are best.

import type { Command } from 'commander'
import { StorytellerError } from '../lib/core/errors.ts'
import { type Diagnosis, diagnose } from '../lib/doctor.node.ts'
import { fixLavapipe } from '../lib/fix-lavapipe.node.ts'
import { removeCachedLavapipe } from '../lib/gpu/driver/cached-lavapipe.node.ts'
import { listDrivers } from '../lib/gpu/driver.node.ts'
import { type CommonOptions, refuseBoth, withOutput } from './options.ts'
import { Output } from './output.ts'
import { tuneAdapter, tuningLine, untuneAdapter } from './tune.ts'

interface DoctorFlags extends CommonOptions {
  fix?: boolean
  unfix?: boolean
  tune?: boolean
  untune?: boolean
}

export function registerDoctor(root: Command, signal: AbortSignal): void {
  const verb = root
    .command('doctor')
    .description('examine adapters, drivers and memory, and test the chosen adapter')
    .option('--adapter <name>', 'the one to choose: gpu, lavapipe, swiftshader, or a part of an adapter’s name')
    .option('--fix', 'unpack the distribution’s lavapipe, a faster software driver, into the cache; needs no root')
    .option('--unfix', 'remove it from the cache again')
    .option('--tune', 'measure which sizes of kernels are fastest on the chosen adapter, and use them from then on')
    .option('--untune', 'forget what was measured')
  withOutput(verb).action(async (flags: DoctorFlags, command: Command) => {
    refuseBoth(command, 'fix', 'unfix', 'tune', 'untune', 'adapter')
    refuseBoth(command, 'unfix', 'tune', 'untune')
    refuseBoth(command, 'tune', 'untune')
    const output = new Output(flags)
    if (flags.fix) return fix(output, signal)
    if (flags.unfix) return unfix(output)
    if (flags.tune) return tuneAdapter(output, flags.adapter, signal)
    if (flags.untune) return untuneAdapter(output, flags.adapter)
    output.note('examining …')
    const found = await diagnose(flags.adapter, signal)
    output.object({ ...found, problem: found.problem?.message })
    for (const line of report(found)) output.line(line)
    if (found.problem !== undefined) throw found.problem
    const wrong = found.checks.filter(({ ok }) => !ok).map(({ name }) => name)
    if (wrong.length > 0)
      throw new StorytellerError(
        `${found.adapter?.label} computes wrongly: ${wrong.join(', ')}; update its driver, or choose another with --adapter`,
      )
  })
}

/** Nothing where something better is there already. */
async function fix(output: Output, signal: AbortSignal): Promise<void> {
  const better = (await listDrivers()).find(({ kind, adapters }) => kind !== 'swiftshader' && adapters.length > 0)
  if (better !== undefined) {
    output.object({ fixed: false, adapter: better.adapters[0], title: better.title })
    output.line(`nothing to fix: ${better.title} is used, ${better.adapters[0]}`)
    return
  }
  output.note('fetching the distribution’s lavapipe …')
  const { lavapipe, label, checks } = await fixLavapipe({ signal, onProgress: output.progress })
  output.object({ fixed: true, adapter: label, ...lavapipe, checks })
  output.line(`${label} is used from now on; ${checks.length} checks of the self-test passed`)
  output.line(`  from ${lavapipe.packages.join(', ')}`)
  output.line(`  in ${lavapipe.folder}; "storyteller doctor --unfix" removes it`)
}

async function unfix(output: Output): Promise<void> {
  const removed = await removeCachedLavapipe()
  output.object({ removed })
  output.line(removed ? 'the lavapipe of the cache is removed' : 'there is no lavapipe in the cache')
}

function report(found: Diagnosis): string[] {
  return [
    `Node ${found.node} on ${found.platform}`,
    '',
    'drivers, best first',
    ...(found.drivers.length === 0 ? ['  none'] : found.drivers.flatMap(driverLines)),
    ...adapterLines(found),
    '',
    ...memoryLines(found),
    ...found.remedies.flatMap(({ advice, command }) => [
      '',
      advice,
      ...(command ? [`  as root: ${command}`] : []),
      ...withoutRoot(command),
    ]),
    ...checkLines(found),
  ]
}

/** What does the same for this user alone, where packages come by apt. */
const withoutRoot = (command: string | undefined): string[] =>
  command?.includes('apt-get') ? ['  without root: storyteller doctor --fix'] : []

function driverLines({ title, manifests, adapters, problem }: Diagnosis['drivers'][number]): string[] {
  return [
    `  ${title}: ${adapters.join(', ') || 'no adapter'}`,
    ...manifests.map(path => `    ${path}`),
    ...(problem === undefined ? [] : [`    ${problem}`]),
  ]
}

function adapterLines({ adapter }: Diagnosis): string[] {
  if (adapter === undefined) return []
  return [
    '',
    `chosen: ${adapter.label} (${adapter.kind}): ${adapter.why}`,
    ...adapter.notes.map(note => `  ${note}`),
    `  ${tuningLine(adapter.tuned)}`,
    `  features: ${adapter.features.join(', ') || 'none'}`,
    ...Object.entries(adapter.limits).map(([name, value]) => `  ${name}: ${value.toLocaleString('en-US')}`),
  ]
}

function memoryLines({ memory: { free, total, budget } }: Diagnosis): string[] {
  const main = `memory: ${gigabytes(free)} free of ${gigabytes(total)}`
  if (budget === undefined) return [main]
  return [main, `budget on the adapter: ${Number.isFinite(budget) ? gigabytes(budget) : 'as much as it has'}`]
}

function checkLines({ checks }: Diagnosis): string[] {
  if (checks.length === 0) return []
  const line = ({ name, error, limit, ok, problem }: Diagnosis['checks'][number]) =>
    `  ${ok ? 'pass' : 'FAIL'}  ${name}: ${problem ?? `error ${error.toExponential(1)}, limit ${limit.toExponential(1)}`}`
  return ['', 'self-test against plain loops in f64', ...checks.map(line)]
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
