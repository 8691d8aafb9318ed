// Which memo entries a pickle ever fetches: found by running over its opcodes once. A table of a million rows memoises
// millions of values and fetches a handful; the machine keeps only those.

import { PickleInput } from './input.ts'
import { type Argument, OPCODES } from './opcodes.ts'

const MOST_KEYS = 2 ** 20

/** The keys that GET, BINGET or LONG_BINGET name, up to the STOP of the pickle that begins at `position`. */
export async function usedMemo(input: PickleInput): Promise<Set<number>> {
  const scan = new PickleInput(input.source, input.position)
  const used = new Set<number>()
  for (;;) {
    if (!scan.isReady) await scan.load()
    scan.skipOpcodes(PLAIN)
    if (!scan.isReady) continue
    const opcode = OPCODES.get(scan.u1())
    // Whatever is wrong with the pickle, the machine will say so at the same place.
    if (opcode === undefined || opcode.name === 'STOP') return used
    if (opcode.name === 'BINGET') used.add(scan.u1())
    else if (opcode.name === 'LONG_BINGET') used.add(scan.u4())
    else if (opcode.name === 'GET') used.add(Number(new TextDecoder('latin1').decode(await line(scan))))
    else await skip(scan, opcode.argument)
    if (used.size > MOST_KEYS) throw scan.error(`more than ${MOST_KEYS} memo entries in use`)
  }
}

/** The opcodes whose arguments have a known width and name no memo entry. */
const PLAIN = new Int8Array(256).fill(-1)
const WIDTHS: Partial<Record<Argument, number>> = { none: 0, u1: 1, u2: 2, u4: 4, i4: 4, u8: 8, f8: 8 }
for (const [code, { name, argument }] of OPCODES)
  if (name !== 'STOP' && !name.endsWith('BINGET')) PLAIN[code] = WIDTHS[argument] ?? -1

async function skip(scan: PickleInput, argument: Argument): Promise<void> {
  const width = WIDTHS[argument]
  if (width !== undefined) return scan.skip(width)
  if (argument === 'line') await skipLine(scan)
  else if (argument === 'lines') {
    await skipLine(scan)
    await skipLine(scan)
  } else if (argument === 'bytes1') scan.skip(scan.u1())
  else if (argument === 'bytes4') scan.skip(scan.u4())
  else if (argument === 'bytes4s') scan.skip(scan.i4())
  else scan.skip(scan.u8())
}

async function skipLine(scan: PickleInput): Promise<void> {
  if (scan.lineInWindow() === undefined) await scan.skipLine()
}

const LONGEST_KEY = 20

async function line(scan: PickleInput): Promise<Uint8Array> {
  if (!scan.isReady) await scan.load()
  const found = scan.lineInWindow()
  if (found === undefined || found.length > LONGEST_KEY) throw scan.error('a memo key that is no number')
  return found
}
