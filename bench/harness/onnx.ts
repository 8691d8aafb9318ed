// Writes a small ONNX model (onnx.proto, IR 8, opset 17) whose weights stand in a file beside it: protocol buffers by hand, for lists of
// nodes with integer attributes and float32 tensors.

const encoder = new TextEncoder()

type Bytes = Uint8Array

function join(parts: readonly Bytes[]): Bytes {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

function varint(value: number): Bytes {
  const out: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128)
  return Uint8Array.of(...out, rest)
}

/** A field that is a number. */
const integer = (field: number, value: number): Bytes => join([varint(field * 8), varint(value)])
/** A field that is bytes: a text or a message. */
function bytes(field: number, value: string | readonly Bytes[]): Bytes {
  const data = typeof value === 'string' ? encoder.encode(value) : join(value)
  return join([varint(field * 8 + 2), varint(data.length), data])
}

const FLOAT = 1
const [INT, INTS] = [2, 7]
const EXTERNAL = 1

export interface OnnxNode {
  readonly op: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>
}

export interface StoredTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** Byte in the weights' file. */
  readonly offset: number
}

const attribute = ([name, value]: [string, number | readonly number[]]): Bytes =>
  bytes(5, [
    bytes(1, name),
    ...(typeof value === 'number'
      ? [integer(3, value), integer(20, INT)]
      : [...value.map(n => integer(8, n)), integer(20, INTS)]),
  ])

const node = ({ op, inputs, output, attributes = {} }: OnnxNode): Bytes =>
  bytes(1, [
    ...inputs.map(name => bytes(1, name)),
    bytes(2, output),
    bytes(4, op),
    ...Object.entries(attributes).map(attribute),
  ])

function initializer({ name, shape, offset }: StoredTensor, location: string): Bytes {
  const length = 4 * shape.reduce((n, d) => n * d, 1)
  const entries = Object.entries({ location, offset: String(offset), length: String(length) })
  return bytes(5, [
    ...shape.map(d => integer(1, d)),
    integer(2, FLOAT),
    bytes(8, name),
    ...entries.map(([key, value]) => bytes(13, [bytes(1, key), bytes(2, value)])),
    integer(14, EXTERNAL),
  ])
}

const valueInfo = (field: number, [name, shape]: readonly [string, readonly number[]]): Bytes => {
  const dims = shape.map(d => bytes(1, [integer(1, d)]))
  return bytes(field, [bytes(1, name), bytes(2, [bytes(1, [integer(1, FLOAT), bytes(2, dims)])])])
}

/** A model of one input and one output. `location`: the weights' file, beside the model's. */
export function onnxModel(
  nodes: readonly OnnxNode[],
  tensors: readonly StoredTensor[],
  ends: { readonly input: readonly [string, readonly number[]]; readonly output: readonly [string, readonly number[]] },
  location: string,
): Bytes {
  const graph = [
    ...nodes.map(node),
    bytes(2, 'bench'),
    ...tensors.map(tensor => initializer(tensor, location)),
    valueInfo(11, ends.input),
    valueInfo(12, ends.output),
  ]
  return join([integer(1, 8), bytes(8, [bytes(1, ''), integer(2, 17)]), bytes(7, graph)])
}
