// doctor --tune and --untune: measures which sizes of kernels are best on the chosen adapter, says so in tables and keeps it in the
// cache; or forgets it.

import { identityOf } from '../lib/gpu/adapter.ts'
import { openAdapter } from '../lib/gpu/driver.node.ts'
import { openDeviceOn } from '../lib/gpu/open.node.ts'
import { forgetTuning, type SavedTuning, saveTuning } from '../lib/gpu/saved-tuning.node.ts'
import { DEFAULT_TUNING } from '../lib/gpu/tuning.ts'
import { type Figure, type TunedKnob, tune } from '../lib/tune.ts'
import type { Output } from './output.ts'

export async function tuneAdapter(output: Output, request: string | undefined, signal: AbortSignal): Promise<void> {
  const opened = await openAdapter(request)
  const { label } = opened
  const device = await openDeviceOn(opened, undefined, DEFAULT_TUNING)
  try {
    const { tuning, knobs } = await tune(device, { signal, onProgress: output.progress })
    if (knobs.length === 0) {
      output.object({ adapter: label, knobs })
      output.line(`nothing to tune: ${label} leaves no choice of sizes`)
      return
    }
    const file = await saveTuning(identityOf(opened.adapter.info), tuning)
    output.object({ adapter: label, knobs, tuning, file })
    output.line(`${label}: milliseconds, and all of them beside the default's`)
    for (const line of knobs.flatMap(tableOf)) output.line(line)
    output.line()
    output.line(`used from now on: ${file}; "storyteller doctor --untune" forgets it`)
  } finally {
    await device.dispose()
  }
}

export async function untuneAdapter(output: Output, request: string | undefined): Promise<void> {
  const { adapter, label } = await openAdapter(request)
  const forgotten = await forgetTuning(identityOf(adapter.info))
  output.object({ adapter: label, forgotten })
  output.line(forgotten ? `what was measured on ${label} is forgotten` : `nothing was measured on ${label}`)
}

/** Whether an adapter's tuning is in effect, in one line. */
export function tuningLine(tuned: SavedTuning | undefined): string {
  if (tuned === undefined)
    return 'sizes of kernels: the defaults; "storyteller doctor --tune" measures which are best here'
  const usual: Readonly<Record<string, unknown>> = { ...DEFAULT_TUNING }
  const changed = Object.entries(tuned.tuning).filter(([name, value]) => value !== usual[name])
  const what = changed.map(([name, value]) => `${name} ${value}`).join(', ') || 'the defaults are best'
  return `sizes of kernels: as measured on ${tuned.date.slice(0, 10)}: ${what}`
}

const NAME_WIDTH = 24

/** A table: a row a candidate, a column a product. */
export function tableOf({ title, works, figures }: TunedKnob): string[] {
  const widths = works.map(work => Math.max(work.length, 9) + 2)
  const row = (name: string, cells: readonly string[], rest: string) =>
    `  ${name.padEnd(NAME_WIDTH)}${cells.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('')}  ${rest}`.trimEnd()
  const figureRow = (figure: Figure) =>
    row(
      figure.title,
      figure.ms.map(ms => ms.toPrecision(3)),
      `${`${(100 * figure.share).toFixed(0)} %`.padStart(5)}${figure.chosen ? '  chosen' : ''}`,
    )
  return ['', title, row('', works, ''), ...figures.map(figureRow)]
}
