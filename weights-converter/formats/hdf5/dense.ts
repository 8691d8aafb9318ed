// Messages that an object has too many of for its header: in a fractal heap, found by a B-tree of version 2 of their names. Read as
// far as groups of a few thousand links go.

import type { Cursor, Metadata } from './metadata.ts'

/** The messages that the index at `index` finds in the heap at `heap`. */
export async function denseMessages(file: Metadata, heap: number, index: number): Promise<Cursor[]> {
  const read = await openHeap(file, heap)
  const messages: Cursor[] = []
  for (const record of await indexRecords(file, index)) {
    // A hash of the name stands before the place in the heap.
    record.skip(4)
    messages.push(await read(record))
  }
  return messages
}

const NAMES = 5
const CHECKSUM = 4
/** Signature, version and kind. */
const NODE_HEAD = 6

async function indexRecords(file: Metadata, address: number): Promise<Cursor[]> {
  const head = await file.at(address, 22 + file.widths.address + file.widths.length)
  head.signature('BTHD')
  head.version([0], 'an index of names')
  if (head.u1() !== NAMES) throw head.error('an index of something else than names')
  const nodeBytes = head.u4()
  const recordBytes = head.u2()
  const depth = head.u2()
  head.skip(2)
  const root = head.address()
  const count = head.u2()
  if (root === undefined) return []
  if (depth > 1 || recordBytes < 5) throw head.error(`an index ${depth} levels deep, of ${recordBytes} bytes an entry`)
  const records = async (at: number, signature: string, n: number): Promise<{ found: Cursor[]; rest: Cursor }> => {
    const node = await file.at(at, nodeBytes)
    node.signature(signature)
    node.skip(2)
    return { found: Array.from({ length: n }, () => node.sub(recordBytes)), rest: node }
  }
  if (depth === 0) return (await records(root, 'BTLF', count)).found
  const { found, rest } = await records(root, 'BTIN', count)
  const most = Math.floor((nodeBytes - NODE_HEAD - CHECKSUM) / recordBytes)
  for (let child = 0; child <= count; child++) {
    const at = rest.place()
    found.push(...(await records(at, 'BTLF', rest.uint(most < 256 ? 1 : 2))).found)
  }
  return found
}

type ReadObject = (id: Cursor) => Promise<Cursor>

/** A heap's objects by their ids. */
async function openHeap(file: Metadata, address: number): Promise<ReadObject> {
  const { address: a, length: l } = file.widths
  const head = await file.at(address, 22 + 12 * l + 3 * a)
  head.signature('FRHP')
  head.version([0], 'a heap')
  head.skip(2)
  if (head.u2() !== 0) throw head.error('a filtered heap, which weight files have no need of')
  head.skip(5 + l + a + l + a + 8 * l)
  const width = head.u2()
  const [starting, largest] = [head.length(), head.length()]
  const offsetBytes = Math.ceil(head.u2() / 8)
  head.skip(2)
  const root = head.place()
  const rows = head.u2()
  if (width === 0 || starting === 0 || offsetBytes > 8) throw head.error('a heap of impossible sizes')
  const blocks = rows === 0 ? [root] : await blocksOf(file, root, offsetBytes, rows * width)
  return async id => {
    const kind = id.u1()
    if (kind >> 4 !== 0) throw id.error('an object of a heap’s other kinds, which weight files have no need of')
    const offset = id.uint(offsetBytes)
    const length = id.uint(Math.min(id.remaining, 8))
    const { block, first } = placeIn(offset, width, starting, largest)
    const at = blocks[block]
    if (at === undefined) throw id.error('a place outside the heap')
    return file.at(at + offset - first, length)
  }
}

/** The blocks that the root's table lists, in order. */
async function blocksOf(file: Metadata, root: number, offsetBytes: number, count: number) {
  const { address } = file.widths
  const table = await file.at(root, 5 + address + offsetBytes + count * address)
  table.signature('FHIB')
  table.skip(1 + address + offsetBytes)
  return Array.from({ length: count }, () => table.address())
}

/** Blocks lie `width` in a row; the first two rows have the starting size, each further one twice that of the one before. */
function placeIn(offset: number, width: number, starting: number, largest: number): { block: number; first: number } {
  let [block, first] = [0, 0]
  for (let size = starting; size <= largest; size *= block === width ? 1 : 2) {
    const row = width * size
    if (offset < first + row) {
      const column = Math.floor((offset - first) / size)
      return { block: block + column, first: first + column * size }
    }
    block += width
    first += row
  }
  return { block: Number.POSITIVE_INFINITY, first }
}
