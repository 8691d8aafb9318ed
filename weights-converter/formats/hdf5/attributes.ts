// Attributes of an object, as far as Keras writes them: texts and numbers, single or in a row. Others are named by their type.

import { elementsOf } from '../../../lib/io/manifest.ts'
import { type Datatype, readDataspace, readDatatype } from './datatype.ts'
import { type Cursor, type Metadata, textOf } from './metadata.ts'
import { MESSAGE, type Message } from './object-header.ts'

export type AttributeValue = string | number | AttributeValue[]

/** The attributes in an object's header, by name; those that it has too many of for its header are left out. */
export async function readAttributes(
  file: Metadata,
  messages: readonly Message[],
): Promise<Map<string, AttributeValue>> {
  const attributes = new Map<string, AttributeValue>()
  for (const { type, isShared, body } of messages)
    if (type === MESSAGE.attribute && !isShared) {
      const [name, value] = await readAttribute(file, body)
      attributes.set(name, value)
    }
  return attributes
}

const SHARED_TYPE = 1

async function readAttribute(file: Metadata, body: Cursor): Promise<[string, AttributeValue]> {
  const version = body.version([1, 2, 3], 'an attribute')
  const flags = body.u1()
  const sizes = [body.u2(), body.u2(), body.u2()]
  if (version === 3) body.skip(1)
  // Version 1 fills each part up to eight bytes.
  const [nameBytes = 0, typeBytes = 0, spaceBytes = 0] = version === 1 ? sizes.map(n => 8 * Math.ceil(n / 8)) : sizes
  const name = textOf(body.take(nameBytes))
  const type = body.sub(typeBytes)
  const shape = readDataspace(body.sub(spaceBytes))
  if (version > 1 && flags & SHARED_TYPE) return [name, 'a value of a shared type']
  return [name, await readValue(file, body, readDatatype(type), shape)]
}

async function readValue(
  file: Metadata,
  body: Cursor,
  type: Datatype,
  shape: readonly number[],
): Promise<AttributeValue> {
  if (type.kind === 'other') return type.name
  const count = elementsOf(shape)
  if (count * type.size > body.remaining || type.size === 0) throw body.error(`a value of ${count} elements`)
  const values: AttributeValue[] = []
  for (let i = 0; i < count; i++) {
    const element = body.sub(type.size)
    if (type.kind === 'number') values.push(number(element, type.code))
    else values.push(type.isVariable ? await variableText(file, element) : textOf(element.bytes))
  }
  return shape.length === 0 ? (values[0] ?? '') : values
}

function number({ bytes }: Cursor, code: string): number {
  const own = code.startsWith('>') ? bytes.toReversed() : bytes.slice()
  const view = new DataView(own.buffer, own.byteOffset)
  switch (code.slice(1)) {
    case 'f4':
      return view.getFloat32(0, true)
    case 'f8':
      return view.getFloat64(0, true)
    case 'i8':
      return Number(view.getBigInt64(0, true))
    case 'u8':
      return Number(view.getBigUint64(0, true))
    case 'i4':
      return view.getInt32(0, true)
    case 'i2':
      return view.getInt16(0, true)
    case 'i1':
      return view.getInt8(0)
    default:
      return own.reduceRight((value, byte) => 256 * value + byte, 0)
  }
}

/** A text whose characters are in a collection shared by many. */
async function variableText(file: Metadata, element: Cursor): Promise<string> {
  const length = element.u4()
  const address = element.address()
  const index = element.u4()
  if (length === 0 || address === undefined || address === 0) return ''
  const head = await file.at(address, 8 + file.widths.length)
  head.signature('GCOL')
  head.version([1], 'a collection of texts')
  head.skip(3)
  const size = head.length() - head.bytes.length
  const objects = await file.at(address + head.bytes.length, Math.max(0, size))
  const perObject = 8 + file.widths.length
  while (objects.remaining >= perObject) {
    const id = objects.u2()
    objects.skip(6)
    const bytes = objects.length()
    if (id === index) return textOf(objects.take(Math.min(length, bytes)))
    if (id === 0) break
    objects.skip(Math.min(objects.remaining, 8 * Math.ceil(bytes / 8)))
  }
  throw element.error('a text that is nowhere')
}
