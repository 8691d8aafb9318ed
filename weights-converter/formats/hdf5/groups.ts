// The links of a group: name → address of an object. Old groups keep them in a B-tree of symbol tables with names in a heap;
// new ones as messages in their header, or, where there are many, in a heap of messages. Only hard links count: others lead to
// other names, or out of the file.

import { denseMessages } from './dense.ts'
import { type Cursor, type Metadata, textOf } from './metadata.ts'
import { MESSAGE, type Message, messageOf } from './object-header.ts'

export interface Link {
  readonly name: string
  readonly address: number
}

/** The links of an object; undefined where it is no group. @throws FileError for damage. */
export async function readLinks(file: Metadata, messages: readonly Message[]): Promise<Link[] | undefined> {
  const table = messageOf(messages, MESSAGE.symbolTable)
  if (table !== undefined) return symbolTable(file, table)
  const info = messageOf(messages, MESSAGE.linkInfo)
  if (info === undefined) return undefined
  const { heap, index } = linkInfo(info)
  const links =
    heap !== undefined && index !== undefined
      ? await denseMessages(file, heap, index)
      : messages.filter(({ type }) => type === MESSAGE.link).map(({ body }) => body)
  return links.flatMap(body => readLink(body) ?? [])
}

function linkInfo(info: Cursor): { heap: number | undefined; index: number | undefined } {
  info.version([0], 'links')
  if (info.u1() & 1) info.skip(8)
  return { heap: info.address(), index: info.address() }
}

const HARD = 0

/** A link's message; undefined for a link that is none of an object in the file. */
function readLink(body: Cursor): Link | undefined {
  body.version([1], 'a link')
  const flags = body.u1()
  const kind = flags & 8 ? body.u1() : HARD
  if (flags & 4) body.skip(8)
  if (flags & 16) body.skip(1)
  const name = new TextDecoder().decode(body.take(body.uint(1 << (flags & 3))))
  return kind === HARD ? { name, address: body.place() } : undefined
}

/** Kinds of trees, and of entries of a symbol table. */
const GROUPS = 0
const SOFT = 2

async function symbolTable(file: Metadata, message: Cursor): Promise<Link[]> {
  const tree = message.place()
  const names = await localHeap(file, message.place())
  const links: Link[] = []
  for await (const { child: leaf } of treeEntries(file, tree, GROUPS, file.widths.length)) {
    const head = await file.at(leaf, 8)
    head.signature('SNOD')
    head.version([1], 'a symbol table')
    head.skip(1)
    const count = head.u2()
    const entries = await file.at(leaf + 8, count * (2 * file.widths.address + 24))
    for (let i = 0; i < count; i++) {
      const name = entries.uint(file.widths.address)
      const address = entries.address()
      const kind = entries.u4()
      entries.skip(20)
      if (name >= names.length) throw entries.error('a name outside the heap of names')
      if (kind !== SOFT && address !== undefined) {
        const text = textOf(names.subarray(name))
        file.spend(text.length, entries.start)
        links.push({ name: text, address })
      }
    }
  }
  return links
}

async function localHeap(file: Metadata, address: number): Promise<Uint8Array> {
  const head = await file.at(address, 8 + 2 * file.widths.length + file.widths.address)
  head.signature('HEAP')
  head.version([0], 'a heap of names')
  head.skip(3)
  const size = head.length()
  head.length()
  return (await file.at(head.place(), size)).bytes
}

export interface TreeEntry {
  readonly key: Cursor
  readonly child: number
}

/** The entries of a B-tree of version 1, in order: of each its first key and its child. @throws FileError where it leads back to itself. */
export async function* treeEntries(
  file: Metadata,
  root: number,
  kind: number,
  keyBytes: number,
): AsyncGenerator<TreeEntry> {
  const seen = new Set<number>()
  const waiting = [root]
  for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) {
    const head = await file.at(address, 8 + 2 * file.widths.address)
    if (seen.has(address)) throw head.error('a tree that leads back to itself')
    seen.add(address)
    head.signature('TREE')
    if (head.u1() !== kind) throw head.error('a tree of another kind')
    const level = head.u1()
    const count = head.u2()
    const body = await file.at(address + head.bytes.length, count * (keyBytes + file.widths.address))
    const children: number[] = []
    for (let i = 0; i < count; i++) {
      const key = body.sub(keyBytes)
      const child = body.place()
      if (level === 0) yield { key, child }
      else children.push(child)
    }
    waiting.push(...children.reverse())
  }
}
