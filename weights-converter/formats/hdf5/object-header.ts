// The header of an object (a group or a dataset): a list of typed messages, in one block or several. Versions 1 and 2.

import type { Cursor, Metadata } from './metadata.ts'

/** Types of messages, by their numbers in the file. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
} as const

export interface Message {
  readonly type: number
  /** What it says stands elsewhere. */
  readonly isShared: boolean
  readonly body: Cursor
}

const SHARED = 2
const PREFIX_V1 = 16
const MOST_MESSAGES = 100_000

/** All messages of the object at an address. @throws FileError where blocks are damaged, or lead back to themselves. */
export async function readObjectHeader(file: Metadata, address: number): Promise<Message[]> {
  const head = await file.upTo(address, PREFIX_V1 + 64)
  const isNew = head.bytes[0] === 0x4f
  const blocks = [isNew ? newBlock(head, address) : oldBlock(head, address)]
  const seen = new Set(blocks.map(block => block.start))
  const messages: Message[] = []
  for (const { start, length, perMessage } of blocks) {
    const block = await file.at(start, length)
    for (const message of messagesIn(block, perMessage)) {
      messages.push(message)
      if (messages.length > MOST_MESSAGES) throw block.error(`more than ${MOST_MESSAGES} messages`)
      if (message.type !== MESSAGE.continuation) continue
      const next = continued(message.body, perMessage)
      if (seen.has(next.start)) throw message.body.error('a header that continues in itself')
      seen.add(next.start)
      blocks.push(next)
    }
  }
  return messages
}

/** Bytes of the head of a message: 8 in version 1; 4 or 6 in version 2. */
type PerMessage = 4 | 6 | 8

interface Block {
  readonly start: number
  readonly length: number
  readonly perMessage: PerMessage
}

function oldBlock(head: Cursor, address: number): Block {
  head.version([1], 'an object’s header')
  head.skip(7)
  return { start: address + PREFIX_V1, length: head.u4(), perMessage: 8 }
}

function newBlock(head: Cursor, address: number): Block {
  head.signature('OHDR')
  head.version([2], 'an object’s header')
  const flags = head.u1()
  if (flags & 0x20) head.skip(16)
  if (flags & 0x10) head.skip(4)
  const length = head.uint(1 << (flags & 3))
  return { start: address + head.position, length, perMessage: flags & 4 ? 6 : 4 }
}

function continued(body: Cursor, perMessage: PerMessage): Block {
  const [start, length] = [body.place(), body.length()]
  if (perMessage === 8) return { start, length, perMessage }
  // "OCHK" before the messages, a checksum behind them.
  if (length < 8) throw body.error(`a block of ${length} bytes`)
  return { start: start + 4, length: length - 8, perMessage }
}

function* messagesIn(block: Cursor, perMessage: PerMessage): Generator<Message> {
  while (block.remaining >= perMessage) {
    const type = perMessage === 8 ? block.u2() : block.u1()
    const size = block.u2()
    const flags = block.u1()
    block.skip(perMessage === 8 ? 3 : perMessage - 4)
    yield { type, isShared: (flags & SHARED) !== 0, body: block.sub(size) }
  }
}

/** The first message of a type; undefined where there is none. @throws FileError where it stands elsewhere. */
export function messageOf(messages: readonly Message[], type: number): Cursor | undefined {
  const found = messages.find(message => message.type === type)
  if (found?.isShared) throw found.body.error('a type that several objects share, which weight files have no need of')
  return found?.body
}
