// The pickle machine: reads opcodes and builds inert values. It can make data and nothing else: names come from an exact list
// (globals.ts), long byte strings stay in the file, the memo keeps only what is fetched later.

import type { ByteSource } from '../../../lib/core/bytes.ts'
import { Spool } from '../spool.ts'
import { Budget } from './budget.ts'
import { build, call, findGlobal, newRecord } from './globals.ts'
import { PickleInput } from './input.ts'
import { type Argument, OPCODES } from './opcodes.ts'
import { decimal, float, long, rawUnicode, StringUnescaper, unquoted } from './text.ts'
import { usedMemo } from './used-memo.ts'
import { decodeText, FileBytes, PyDict, PyList, PySet, PyTuple, type PyValue } from './values.ts'

/** Byte strings up to this are held in memory. */
const SHORT = 1024
const LONGEST_TEXT = 2 ** 24
const CARRIAGE_RETURN = 13
/** Marks waiting at once: how deep containers may lie in one another while they are read. */
const MOST_MARKS = 1000
const HIGHEST_PROTOCOL = 5
/** Bytes of a long string that are unescaped at once. */
const PIECE = 2 ** 20
/** It cannot change, so one is enough. */
const EMPTY_TUPLE = new PyTuple([])

export interface PickleOptions {
  /** Classes whose objects are read as records. */
  readonly records?: ReadonlySet<string>
}

export interface Unpickled {
  readonly value: PyValue
  /** The position after STOP. */
  readonly end: number
  /** Gives back the space of long strings that had to be decoded; they cannot be read afterwards. */
  close(): Promise<void>
}

export class PickleMachine {
  readonly #input: PickleInput
  readonly #records: ReadonlySet<string>
  readonly #memo = new Map<number, PyValue>()
  #used = new Set<number>()
  #memoized = 0
  #stack: PyValue[] = []
  /** The stacks below the marks. */
  readonly #below: PyValue[][] = []
  #spool: Spool | undefined
  readonly #budget: Budget

  constructor(source: ByteSource, position: number, { records = new Set() }: PickleOptions = {}) {
    this.#budget = new Budget(source.size)
    this.#input = new PickleInput(source, position)
    this.#records = records
  }

  /** Runs one pickle to its STOP. @throws FileError */
  async run(): Promise<Unpickled> {
    const close = async () => this.#spool?.close()
    try {
      return { value: await this.#run(), end: this.#input.position, close }
    } catch (error) {
      await close()
      throw error
    }
  }

  async #run(): Promise<PyValue> {
    const input = this.#input
    this.#used = await usedMemo(input)
    for (;;) {
      if (!input.isReady) await input.load()
      const at = input.position
      try {
        const opcode = OPCODES.get(input.u1())
        if (opcode === undefined) throw new RangeError('an unknown opcode')
        if (opcode.name === 'STOP') return this.#pop()
        const waiting = this.#step(opcode.name, opcode.argument)
        if (waiting !== undefined) await waiting
      } catch (error) {
        if (error instanceof RangeError) throw input.error(error.message, at)
        throw error
      }
    }
  }

  #step(name: string, argument: Argument): Promise<void> | undefined {
    switch (argument) {
      case 'none':
        this.#plain(name)
        return undefined
      case 'line':
        return this.#line(name)
      case 'lines':
        return this.#names(name)
      case 'bytes1':
        return this.#bytes(name, this.#input.u1())
      case 'bytes4':
        return this.#bytes(name, this.#input.u4())
      case 'bytes4s':
        return this.#bytes(name, this.#input.i4())
      case 'bytes8':
        return this.#bytes(name, this.#input.u8())
      default:
        this.#number(name, this.#input[argument]())
        return undefined
    }
  }

  #plain(name: string): void {
    switch (name) {
      case 'MARK':
        if (this.#below.length >= MOST_MARKS) throw new RangeError(`containers more than ${MOST_MARKS} deep`)
        this.#below.push(this.#stack)
        this.#stack = []
        return
      case 'POP':
        if (this.#stack.length > 0) this.#pop()
        else this.#sinceMark()
        return
      case 'POP_MARK':
        this.#sinceMark()
        return
      case 'DUP':
        this.#push(this.#top())
        return
      case 'NONE':
        return this.#push(null)
      case 'NEWTRUE':
        return this.#push(true)
      case 'NEWFALSE':
        return this.#push(false)
      case 'MEMOIZE':
        return this.#remember(this.#memoized++)
      case 'STACK_GLOBAL': {
        const [attribute, module] = [this.#pop(), this.#pop()]
        if (typeof attribute !== 'string' || typeof module !== 'string') throw new RangeError('a name that is no text')
        return this.#global(module, attribute)
      }
      case 'REDUCE': {
        const args = this.#pop()
        return this.#push(call(this.#pop(), args))
      }
      case 'NEWOBJ':
        this.#pop()
        return this.#push(newRecord(this.#pop()))
      case 'BUILD': {
        const state = this.#pop()
        return build(this.#top(), state)
      }
      default:
        this.#container(name)
    }
  }

  #container(name: string): void {
    switch (name) {
      case 'EMPTY_TUPLE':
        return this.#push(EMPTY_TUPLE)
      case 'TUPLE1':
      case 'TUPLE2':
      case 'TUPLE3':
        return this.#push(new PyTuple(this.#popMany(Number(name.at(-1)))))
      case 'TUPLE':
        return this.#push(new PyTuple(this.#sinceMark()))
      case 'EMPTY_LIST':
        return this.#push(new PyList())
      case 'LIST':
        return this.#push(new PyList(this.#sinceMark()))
      case 'APPEND':
        return this.#append(this.#popMany(1))
      case 'APPENDS':
        return this.#append(this.#sinceMark())
      case 'EMPTY_DICT':
        return this.#push(new PyDict())
      case 'DICT':
        return this.#setItems(this.#sinceMark(), new PyDict())
      case 'SETITEM':
        return this.#setItems(this.#popMany(2))
      case 'SETITEMS':
        return this.#setItems(this.#sinceMark())
      case 'EMPTY_SET':
        return this.#push(new PySet([], false))
      case 'ADDITEMS': {
        const items = this.#sinceMark()
        const set = this.#top()
        if (!(set instanceof PySet) || set.frozen) throw new RangeError('items for something that is no set')
        for (const item of items) set.items.push(item)
        return
      }
      case 'FROZENSET':
        return this.#push(new PySet(this.#sinceMark(), true))
      default:
        throw new RangeError(`${name}, which weight files have no need of`)
    }
  }

  #number(name: string, value: number): void {
    switch (name) {
      case 'PROTO':
        if (value > HIGHEST_PROTOCOL) throw new RangeError(`pickle protocol ${value}`)
        return
      case 'FRAME':
        return
      case 'BINGET':
      case 'LONG_BINGET':
        return this.#fetch(value)
      case 'BINPUT':
      case 'LONG_BINPUT':
        return this.#remember(value)
      case 'EXT1':
      case 'EXT2':
      case 'EXT4':
        throw new RangeError('an extension code, which weight files have no need of')
      default:
        this.#push(value)
    }
  }

  #bytes(name: string, length: number): Promise<void> | undefined {
    const { source, position } = this.#input
    if (name === 'LONG1' || name === 'LONG4') {
      this.#push(long(this.#shortBytes(length)))
      return undefined
    }
    if (name.includes('UNICODE')) {
      if (length <= SHORT) this.#push(decodeUtf8(this.#shortBytes(length)))
      else return this.#longText(length)
      return undefined
    }
    if (length >= 0 && length <= SHORT) this.#push(this.#shortBytes(length))
    else {
      this.#input.skip(length)
      this.#push(new FileBytes(source, position, length))
    }
    return undefined
  }

  #shortBytes(length: number): Uint8Array {
    if (length < 0 || length > SHORT) throw new RangeError(`an integer of ${length} bytes`)
    return this.#input.bytes(length)
  }

  async #longText(length: number): Promise<void> {
    const { source, position } = this.#input
    if (length > LONGEST_TEXT) throw new RangeError(`a text of ${length} bytes`)
    this.#input.skip(length)
    this.#push(decodeUtf8(await source.read(position, length)))
  }

  #line(name: string): Promise<void> | undefined {
    const line = this.#input.lineInWindow()
    if (line === undefined) return this.#longLine(name)
    this.#value(name, line)
    return undefined
  }

  async #longLine(name: string): Promise<void> {
    const begin = this.#input.position
    await this.#input.load()
    const line = this.#input.lineInWindow()
    if (line !== undefined) return this.#value(name, line)
    if (name !== 'STRING') throw this.#input.error('a line that is too long, or has no end', begin)
    await this.#longString()
  }

  /** A Python 2 string that is longer than the window, unescaped into the spool. */
  async #longString(): Promise<void> {
    const { source, position: begin } = this.#input
    const newline = await this.#input.skipLine()
    const byte = async (at: number) => (await source.read(at, 1))[0] ?? 0
    const end = (await byte(newline - 1)) === CARRIAGE_RETURN ? newline - 1 : newline
    // Both quotes, as if they were the whole line: the check that short strings get.
    unquoted(Uint8Array.of(await byte(begin), await byte(end - 1)))
    this.#spool ??= new Spool(source.name)
    const unescaper = new StringUnescaper()
    const offset = this.#spool.size
    for (let at = begin + 1; at < end - 1; at += PIECE) {
      const size = Math.min(PIECE, end - 1 - at)
      this.#spool.append(unescaper.push(await source.read(at, size), at + size === end - 1))
    }
    this.#push(new FileBytes(this.#spool, offset, this.#spool.size - offset))
  }

  #value(name: string, line: Uint8Array): void {
    const text = () => decodeText(line)
    switch (name) {
      case 'INT':
        return this.#push(text() === '00' ? false : text() === '01' ? true : decimal(text()))
      case 'LONG':
        return this.#push(decimal(text()))
      case 'FLOAT':
        return this.#push(float(text()))
      case 'UNICODE':
        return this.#push(rawUnicode(line))
      case 'STRING':
        return this.#push(this.#inMemoryOrNot(new StringUnescaper().push(unquoted(line), true)))
      case 'GET':
        return this.#fetch(memoKey(text()))
      case 'PUT':
        return this.#remember(memoKey(text()))
      default:
        throw new RangeError(`${name}, which weight files have no need of`)
    }
  }

  #inMemoryOrNot(bytes: Uint8Array): Uint8Array | FileBytes {
    if (bytes.length <= SHORT) return bytes
    this.#spool ??= new Spool(this.#input.source.name)
    return new FileBytes(this.#spool, this.#spool.append(bytes), bytes.length)
  }

  #names(name: string): undefined {
    const [module, attribute] = [this.#input.lineInWindow(), this.#input.lineInWindow()]
    if (module === undefined || attribute === undefined) throw new RangeError('a name that is too long, or has no end')
    if (name !== 'GLOBAL') throw new RangeError(`${name}, which weight files have no need of`)
    this.#global(decodeText(module), decodeText(attribute))
  }

  #global(module: string, name: string): void {
    const found = findGlobal(module, name, this.#records)
    if (found === undefined)
      throw new RangeError(
        `the pickle asks for ${JSON.stringify(`${module}.${name}`.slice(0, 100))}, which weight files have no need of; nothing was run`,
      )
    this.#push(found)
  }

  #push(value: PyValue): void {
    this.#budget.spend(value)
    this.#stack.push(value)
  }

  #top(): PyValue {
    const value = this.#stack.at(-1)
    if (value === undefined) throw new RangeError('an empty stack')
    return value
  }

  #pop(): PyValue {
    const value = this.#stack.pop()
    if (value === undefined) throw new RangeError('an empty stack')
    return value
  }

  #popMany(count: number): PyValue[] {
    if (this.#stack.length < count) throw new RangeError('an empty stack')
    return this.#stack.splice(-count)
  }

  #sinceMark(): PyValue[] {
    const items = this.#stack
    const below = this.#below.pop()
    if (below === undefined) throw new RangeError('a missing mark')
    this.#stack = below
    return items
  }

  #append(items: readonly PyValue[]): void {
    const list = this.#top()
    if (!(list instanceof PyList)) throw new RangeError('items for something that is no list')
    for (const item of items) list.items.push(item)
  }

  #setItems(items: readonly PyValue[], fresh?: PyDict): void {
    if (fresh !== undefined) this.#push(fresh)
    const dict = this.#top()
    if (!(dict instanceof PyDict) || items.length % 2 !== 0) throw new RangeError('items for something that is no dict')
    for (let i = 0; i < items.length; i += 2) dict.entries.push([items[i] ?? null, items[i + 1] ?? null])
  }

  #remember(key: number): void {
    if (this.#used.has(key)) this.#memo.set(key, this.#top())
  }

  #fetch(key: number): void {
    const value = this.#memo.get(key)
    if (value === undefined) throw new RangeError(`memo entry ${key}, which was never made`)
    this.#push(value)
  }
}

function memoKey(text: string): number {
  const key = decimal(text)
  if (typeof key !== 'number' || key < 0) throw new RangeError('a memo key that is no number')
  return key
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (error) {
    throw new RangeError('a text that is not UTF-8', { cause: error })
  }
}
