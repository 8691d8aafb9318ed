// Caffe models: protocol buffers of named layers with blobs of numbers (NetParameter, with V1LayerParameter or LayerParameter).
// Only messages' heads are parsed: the numbers stay in the file. Source of the field numbers: caffe.proto.

import type { ByteSource } from '../../lib/core/bytes.ts'
import { FileError } from '../../lib/core/errors.ts'
import { part } from './byte-sources.ts'
import { type SourceArray, sourceArray } from './source-array.ts'

const LAYERS_V1 = 2
const LAYERS_V2 = 100
const LAYER_FIELDS = new Map([
  [LAYERS_V1, { name: 4, blobs: 6 }],
  [LAYERS_V2, { name: 1, blobs: 7 }],
])
/** `legacy` are num, channels, height and width, of models older than `shape`. */
const BLOB = { legacy: [1, 2, 3, 4] as readonly number[], data: 5, shape: 7, doubles: 8 }
const SHAPE_DIM = 1

const WIRE = { varint: 0, eight: 1, bytes: 2, four: 5 } as const
const LONGEST_TEXT = 4096
const MOST_AXES = 32
const WINDOW = 4096
const CURE = 'fetch the .caffemodel again'

interface Span {
  readonly start: number
  readonly end: number
}
interface Field extends Span {
  readonly number: number
  readonly wire: number
  /** Of a varint; 0 of anything else. */
  readonly value: number
}

/** The layers' blobs as arrays, "conv1_1[0]" and so on, in the file's order. @throws FileError where it is no Caffe model. */
export async function readCaffeModel(source: ByteSource): Promise<SourceArray[]> {
  const file = new Messages(source)
  const arrays: SourceArray[] = []
  for await (const field of file.fields({ start: 0, end: source.size })) {
    const layer = LAYER_FIELDS.get(field.number)
    if (layer !== undefined && field.wire === WIRE.bytes) arrays.push(...(await readLayer(file, field, layer)))
  }
  if (arrays.length === 0) throw file.error('a Caffe model without a single layer of weights', 0)
  return arrays
}

/** Whether the file begins like a Caffe model: with the net's name, or, where it has none, a layer. */
export const isCaffeModel = (head: Uint8Array): boolean =>
  (head[0] === 0x0a && /^[ -~]*$/.test(String.fromCharCode(...head.subarray(2, 2 + (head[1] ?? 0))))) ||
  head[0] === 0x12 ||
  (head[0] === 0xa2 && head[1] === 0x06)

async function readLayer(
  file: Messages,
  layer: Span,
  { name, blobs }: { name: number; blobs: number },
): Promise<SourceArray[]> {
  let layerName = ''
  const found: Span[] = []
  for await (const field of file.fields(layer)) {
    if (field.number === name && field.wire === WIRE.bytes) layerName = await file.text(field)
    if (field.number === blobs && field.wire === WIRE.bytes) found.push(field)
  }
  const arrays: SourceArray[] = []
  for (const [i, blob] of found.entries()) arrays.push(await readBlob(file, blob, `${layerName}[${i}]`))
  return arrays
}

async function readBlob(file: Messages, blob: Span, name: string): Promise<SourceArray> {
  const legacy: number[] = []
  let shape: number[] | undefined
  let data: Field | undefined
  for await (const field of file.fields(blob)) {
    const axis = BLOB.legacy.indexOf(field.number)
    if (axis >= 0) legacy[axis] = field.value
    if (field.number === BLOB.shape) shape = await readShape(file, field)
    if (field.number !== BLOB.data && field.number !== BLOB.doubles) continue
    if (field.wire !== WIRE.bytes || data !== undefined)
      throw file.error(`the numbers of ${name} are not packed in one piece`, field.start)
    data = field
  }
  if (data === undefined) throw file.error(`${name} has no numbers`, blob.start)
  const size = data.end - data.start
  const dtype = data.number === BLOB.data ? '<f4' : '<f8'
  return sourceArray({
    name,
    dtype,
    shape: shape ?? usedAxes(legacy),
    fortran: false,
    bytes: part(file.source, data.start, size),
  })
}

/** Old models give every blob four axes: a matrix begins with two ones, a bias with three. */
function usedAxes([num = 1, channels = 1, height = 1, width = 1]: readonly number[]): number[] {
  if (num !== 1 || channels !== 1) return [num, channels, height, width]
  return height === 1 ? [width] : [height, width]
}

async function readShape(file: Messages, shape: Span): Promise<number[]> {
  const axes: number[] = []
  for await (const field of file.fields(shape)) {
    if (field.number !== SHAPE_DIM) continue
    axes.push(...(field.wire === WIRE.bytes ? await file.varints(field) : [field.value]))
    if (axes.length > MOST_AXES) throw file.error(`a shape of more than ${MOST_AXES} axes`, shape.start)
  }
  return axes
}

/** The messages of a file, read through a small window; long fields are passed over. */
class Messages {
  readonly source: ByteSource
  #window: Uint8Array = new Uint8Array()
  #start = 0

  constructor(source: ByteSource) {
    this.source = source
  }

  async *fields({ start, end }: Span): AsyncGenerator<Field> {
    for (let at = start; at < end; ) {
      const key = await this.#varint(at, end)
      const [number, wire] = [Math.floor(key.value / 8), key.value % 8]
      const field = await this.#content(wire, key.end, end)
      if (field === undefined || number === 0) throw this.error('not a field of a Caffe model', at)
      yield { number, wire, ...field }
      at = field.end
    }
  }

  async text({ start, end }: Span): Promise<string> {
    if (end - start > LONGEST_TEXT) throw this.error(`a name of more than ${LONGEST_TEXT} bytes`, start)
    return new TextDecoder().decode(await this.source.read(start, end - start))
  }

  /** Varints packed into one field. */
  async varints({ start, end }: Span): Promise<number[]> {
    const values: number[] = []
    for (let at = start; at < end && values.length <= MOST_AXES; ) {
      const { value, end: next } = await this.#varint(at, end)
      values.push(value)
      at = next
    }
    return values
  }

  error(problem: string, offset: number): FileError {
    return new FileError(problem, { file: this.source.name, offset, cure: CURE })
  }

  /** What follows a key; undefined where no such thing can follow. */
  async #content(wire: number, start: number, end: number): Promise<Omit<Field, 'number' | 'wire'> | undefined> {
    if (wire === WIRE.varint) return { start, ...(await this.#varint(start, end)) }
    const length =
      wire === WIRE.bytes
        ? await this.#varint(start, end)
        : { value: wire === WIRE.eight ? 8 : wire === WIRE.four ? 4 : Number.POSITIVE_INFINITY, end: start }
    if (length.end + length.value > end) return undefined
    return { start: length.end, end: length.end + length.value, value: 0 }
  }

  async #varint(start: number, end: number): Promise<{ value: number; end: number }> {
    let value = 0
    for (let at = start, scale = 1; at < end && scale < 2 ** 56; at++, scale *= 128) {
      const byte = await this.#byte(at)
      value += (byte & 127) * scale
      if (byte < 128 && Number.isSafeInteger(value)) return { value, end: at + 1 }
    }
    throw this.error('a number that is too large or cut short', start)
  }

  async #byte(at: number): Promise<number> {
    if (at < this.#start || at >= this.#start + this.#window.length) {
      this.#window = await this.source.read(at, Math.min(WINDOW, this.source.size - at))
      this.#start = at
    }
    return this.#window[at - this.#start] ?? 0
  }
}
