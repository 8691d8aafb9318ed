// Rows as a table to paste, as JSON, and as CSV.

import type { CaseRow, Figures, Row } from './row.ts'

export const FORMATS = ['md', 'json', 'csv'] as const
export type Format = (typeof FORMATS)[number]

export function format(rows: readonly Row[], as: Format): string {
  switch (as) {
    case 'json':
      return `${JSON.stringify(rows, null, 2)}\n`
    case 'csv':
      return csv(rows)
    case 'md':
      return markdown(rows)
  }
}

/** Four significant digits at most, thousands with commas. */
function number(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.max(Math.abs(value), 1e-9))) - 1)
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.min(4, digits) })
}

const percent = (share: number | undefined): string => (share === undefined ? '' : `${Math.round(100 * share)} %`)
const times = (ratio: number): string => `${number(ratio)} ×`

const HEADER = ['workload', 'median', 'p10–p90', 'n', 'rate', 'of the limit', 'peers (their time ÷ ours)', 'original']

function cells(name: string, row: Figures): string[] {
  const rates = [
    ...(row.gflops === undefined ? [] : [`${number(row.gflops)} GFLOP/s`]),
    ...(row.gbps === undefined ? [] : [`${number(row.gbps)} GB/s`]),
  ]
  const limit = row.limit && `${percent(row.ceilingShare)} of ${number(row.limit.value)} (${row.limit.kind})`
  const peers = Object.entries(row.peers).map(
    ([peer, { median, ratio }]) => `${peer} ${number(median)}: ${times(ratio)}`,
  )
  const { original } = row
  return [
    name,
    `${number(row.median)} ${row.unit}`,
    `${number(row.p10)}–${number(row.p90)}`,
    String(row.n),
    rates.join(', '),
    limit ?? '',
    peers.join('; '),
    original ? `${number(original.scaled ?? original.recorded)}: ${times(original.ratio)}` : '',
  ]
}

function markdown(rows: readonly Row[]): string {
  const lines = rows.flatMap(row => [
    cells(`**${row.workload}** ${row.title}`, row),
    ...row.cases.map(part => cells(`· ${part.times > 1 ? `${part.times} × ` : ''}${part.case}`, part)),
  ])
  const all = [HEADER, ...lines]
  const widths = HEADER.map((_, i) => Math.max(...all.map(line => (line[i] ?? '').length)))
  const line = (parts: readonly string[]) => `| ${parts.map((part, i) => part.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map(width => '-'.repeat(width + 2)).join('|')}|`
  return `${[line(HEADER), rule, ...lines.map(line), '', ...notes(rows)].join('\n')}\n`
}

/** Where and of what the figures are, who was missing, what was not checked. */
function notes(rows: readonly Row[]): string[] {
  const clocks = { wall: 'wall time', cpu: 'CPU time over cores' }
  const where = new Set(
    rows.map(row => `${row.adapter}, commit ${row.commit}, ${row.date.slice(0, 10)}, ${clocks[row.clock]}`),
  )
  const missing = new Map(rows.flatMap(row => Object.entries(row.missing)))
  const versions = new Map(rows.flatMap(row => Object.entries(row.peers)))
  const unchecked = rows.filter(row => !row.checked).map(row => row.workload)
  const scaled = rows.some(row => row.original?.scaled !== undefined)
  return [
    ...[...where].map(
      text =>
        `Measured on ${text}; every timed output was checked${unchecked.length ? ` but those of ${unchecked.join(', ')}` : ''}.`,
    ),
    ...(versions.size > 0
      ? [
          `Peers: ${[...versions].map(([name, { version, adapter }]) => `${name} ${version} on ${adapter}`).join('; ')}.`,
        ]
      : []),
    ...[...missing].map(([name, why]) => `Missing: ${name} (${why}).`),
    ...(rows.some(row => row.original)
      ? [
          `The original’s times are recorded ones${scaled ? ', scaled by numpy’s GEMM in this run' : ', unscaled for want of numpy'}.`,
        ]
      : []),
  ]
}

const COLUMNS = ['workload', 'case', 'median', 'p10', 'p90', 'n', 'unit', 'gflops', 'gbps', 'ceilingShare'] as const

function csv(rows: readonly Row[]): string {
  const flat: Record<string, unknown>[] = rows.flatMap(row => [
    { ...row, case: '' },
    ...row.cases.map((part: CaseRow) => ({
      ...part,
      workload: row.workload,
      adapter: row.adapter,
      commit: row.commit,
    })),
  ])
  const names = [...new Set(flat.flatMap(row => Object.keys(row.peers as object)))].sort()
  const header = [...COLUMNS, 'original', 'adapter', 'commit', 'checked', ...names]
  const lines = flat.map(row => {
    const peers = row.peers as Row['peers']
    const original = row.original as Row['original']
    return [
      ...COLUMNS.map(name => row[name]),
      original?.scaled ?? original?.recorded,
      row.adapter,
      row.commit,
      row.checked,
      ...names.map(name => peers[name]?.median),
    ]
  })
  return `${[header, ...lines].map(line => line.map(quoted).join(',')).join('\n')}\n`
}

function quoted(value: unknown): string {
  const text = value === undefined ? '' : String(value)
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
