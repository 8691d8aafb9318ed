// The opcodes of pickle protocols 0 to 5, with the form of their argument. What is not here is unknown and refused.

/** How an argument is stored after its opcode. */
export type Argument =
  | 'none'
  | 'u1'
  | 'u2'
  | 'u4'
  | 'u8'
  | 'i4'
  | 'f8'
  /** Text up to a newline; two of them. */
  | 'line'
  | 'lines'
  /** A length of 1, 4 or 8 bytes, then as many bytes. */
  | 'bytes1'
  | 'bytes4'
  | 'bytes4s'
  | 'bytes8'

export interface Opcode {
  readonly name: string
  readonly argument: Argument
}

const TABLE: Readonly<Record<Argument, Readonly<Record<string, number>>>> = {
  none: {
    MARK: 0x28,
    STOP: 0x2e,
    POP: 0x30,
    POP_MARK: 0x31,
    DUP: 0x32,
    NONE: 0x4e,
    REDUCE: 0x52,
    APPEND: 0x61,
    BUILD: 0x62,
    DICT: 0x64,
    APPENDS: 0x65,
    LIST: 0x6c,
    SETITEM: 0x73,
    TUPLE: 0x74,
    SETITEMS: 0x75,
    EMPTY_DICT: 0x7d,
    EMPTY_LIST: 0x5d,
    EMPTY_TUPLE: 0x29,
    NEWOBJ: 0x81,
    TUPLE1: 0x85,
    TUPLE2: 0x86,
    TUPLE3: 0x87,
    NEWTRUE: 0x88,
    NEWFALSE: 0x89,
    EMPTY_SET: 0x8f,
    ADDITEMS: 0x90,
    FROZENSET: 0x91,
    STACK_GLOBAL: 0x93,
    MEMOIZE: 0x94,
    BINPERSID: 0x51,
    OBJ: 0x6f,
    NEWOBJ_EX: 0x92,
    NEXT_BUFFER: 0x97,
    READONLY_BUFFER: 0x98,
  },
  u1: { PROTO: 0x80, BININT1: 0x4b, BINGET: 0x68, BINPUT: 0x71, EXT1: 0x82 },
  u2: { BININT2: 0x4d, EXT2: 0x83 },
  u4: { LONG_BINGET: 0x6a, LONG_BINPUT: 0x72, EXT4: 0x84 },
  u8: { FRAME: 0x95 },
  i4: { BININT: 0x4a },
  f8: { BINFLOAT: 0x47 },
  line: { FLOAT: 0x46, INT: 0x49, LONG: 0x4c, PERSID: 0x50, STRING: 0x53, UNICODE: 0x56, GET: 0x67, PUT: 0x70 },
  lines: { GLOBAL: 0x63, INST: 0x69 },
  bytes1: { SHORT_BINSTRING: 0x55, SHORT_BINBYTES: 0x43, SHORT_BINUNICODE: 0x8c, LONG1: 0x8a },
  bytes4: { BINBYTES: 0x42, BINUNICODE: 0x58 },
  bytes4s: { BINSTRING: 0x54, LONG4: 0x8b },
  bytes8: { BINBYTES8: 0x8e, BINUNICODE8: 0x8d, BYTEARRAY8: 0x96 },
}

export const OPCODES: ReadonlyMap<number, Opcode> = new Map(
  Object.entries(TABLE).flatMap(([argument, codes]) =>
    Object.entries(codes).map(([name, code]) => [code, { name, argument: argument as Argument }] as const),
  ),
)
