// Weights on the device: cut into pieces where a binding is too small, uploaded once, freed when anything goes wrong.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError, DeviceError, InputError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import type { Device } from '../../lib/gpu/device.ts'
import { Memory } from '../../lib/gpu/memory.ts'
import { packedStride } from '../../lib/gpu/packing.ts'
import { inMemory, type WeightSource, Weights } from '../../lib/gpu/weights.ts'
import { testDevice } from '../support/gpu.ts'

const device = await testDevice()

/** The same device as it would be with other limits. */
function limited(limits: { binding?: number; budget?: number; side?: number }): Device {
  const { binding = device.gpu.limits.maxStorageBufferBindingSize, budget = Number.POSITIVE_INFINITY } = limits
  const side = limits.side ?? device.gpu.limits.maxTextureDimension2D
  const gpu = new Proxy(device.gpu, {
    get(target, name) {
      if (name === 'limits')
        return {
          maxBufferSize: target.limits.maxBufferSize,
          maxStorageBufferBindingSize: binding,
          maxTextureDimension2D: side,
        }
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const memory = new Memory(device.gpu, budget)
  return new Proxy(device, {
    get(target, name) {
      if (name === 'gpu') return gpu
      if (name === 'memory') return memory
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** The source in parts of random lengths. */
const inParts = (shape: readonly number[], data: Float32Array, random: Random): WeightSource => ({
  shape,
  async *parts(most) {
    for (let offset = 0; offset < data.length; ) {
      const length = Math.min(random.integer(1, most), random.integer(1, data.length - offset))
      yield { offset, data: data.subarray(offset, offset + length) }
      offset += length
    }
  },
})

async function rejection(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, Error)
  return error as Error
}

test('pieces are whole rows within one binding, and hold the numbers in order', async () => {
  for (let seed = 0; seed < 12; seed++) {
    const random = new Random(seed)
    const [rows, columns] = [random.integer(1, 40), random.integer(1, 9)]
    const binding = 4 * columns * random.integer(1, rows + 1) + 4 * random.integer(0, columns - 1)
    const data = random.floats(rows * columns)
    const small = limited({ binding })
    const weights = new Weights(small)
    await weights.load('w', inParts([rows, columns], data, random))
    const again = `seed ${seed}: [${rows}, ${columns}] in bindings of ${binding} bytes`
    let next = 0
    for (const piece of weights.get('w')) {
      assert.is(piece.first, next, again)
      assert.is(piece.bytes, 4 * piece.rows * columns, again)
      assert.ok(piece.bytes <= binding, again)
      const got = new Float32Array(await device.read(piece.buffer, 0, piece.bytes))
      assert.equal(got, data.slice(next * columns, (next + piece.rows) * columns), again)
      next += piece.rows
    }
    assert.is(next, rows, again)
    weights.free()
    assert.is(small.memory.used, 0, again)
  }
})

test('axes after the first stay together, and a vector is cut anywhere', async () => {
  const weights = new Weights(limited({ binding: 100 }))
  await weights.load('conv', inMemory([5, 2, 3, 3], new Float32Array(90)))
  assert.equal(
    weights.get('conv').map(({ first, rows }) => [first, rows]),
    [0, 1, 2, 3, 4].map(first => [first, 1]),
  )
  await weights.load('bias', inMemory([60], new Float32Array(60)))
  assert.equal(
    weights.get('bias').map(({ first, rows }) => [first, rows]),
    [
      [0, 25],
      [25, 25],
      [50, 10],
    ],
  )
  weights.free()
})

test('one row above a binding is refused', async () => {
  const error = await rejection(
    new Weights(limited({ binding: 64 })).load('w', inMemory([2, 17], new Float32Array(34))),
  )
  assert.instance(error, DeviceError)
  assert.match(error.message, /weight w: one row of 68 bytes exceeds/)
})

test('a weight that is not there is named', () => {
  assert.throws(() => new Weights(device).get('decoder/words'), /weight decoder\/words is not on the device/)
})

test('what fails leaves nothing behind: budget, source, signal, too few numbers', async () => {
  const over = limited({ binding: 1024, budget: 3000 })
  const error = await rejection(new Weights(over).load('w', inMemory([4, 256], new Float32Array(1024))))
  assert.instance(error, DeviceError)
  assert.is(over.memory.used, 0)

  const small = limited({})
  const weights = new Weights(small)
  const broken: WeightSource = {
    shape: [8],
    async *parts() {
      yield { offset: 0, data: new Float32Array(4) }
      throw new InputError('the file ends early')
    },
  }
  assert.match((await rejection(weights.load('w', broken))).message, /the file ends early/)
  const stop = AbortSignal.abort()
  assert.instance(await rejection(weights.load('w', inMemory([8], new Float32Array(8)), stop)), AbortError)
  const short = await rejection(weights.load('w', inMemory([8], new Float32Array(7))))
  assert.match(short.message, /weight w: 7 numbers came; its shape \[8\] takes 8/)
  assert.is(weights.has('w'), false)
  assert.is(small.memory.used, 0)
})

test('loaded twice at once it goes up once', async () => {
  const small = limited({})
  const weights = new Weights(small)
  let reads = 0
  const source: WeightSource = {
    shape: [4],
    async *parts() {
      reads++
      await Promise.resolve()
      yield { offset: 0, data: Float32Array.of(1, 2, 3, 4) }
    },
  }
  await Promise.all([weights.load('w', source), weights.load('w', source), weights.load('w', source)])
  await weights.load('w', source)
  assert.is(reads, 1)
  assert.is(small.memory.used, 16)
  weights.free()
  assert.is(small.memory.used, 0)
})

test('where the first of two callers stops, the second loads', async () => {
  const weights = new Weights(limited({}))
  const source = inMemory([4], Float32Array.of(1, 2, 3, 4))
  const first = rejection(weights.load('w', source, AbortSignal.abort()))
  await weights.load('w', source)
  assert.instance(await first, AbortError)
  assert.ok(weights.has('w'))
  weights.free()
})

const WINOGRAD = { kernel: 'conv2d.winograd-weight', params: { filters: 2 }, groups: [1, 1, 1] } as const

test('on software adapters no piece takes over 512 MiB: SwiftShader has no memory for the gigabyte that it offers', async () => {
  const device = await testDevice()
  const weights = new Weights(device)
  const shape = [9, 2 ** 24]
  const zeros = new Float32Array(2 ** 22)
  await weights.load('large', {
    shape,
    async *parts() {
      for (let offset = 0; offset < 9 * 2 ** 24; offset += zeros.length) yield { offset, data: zeros }
    },
  })
  const pieces = weights.get('large')
  assert.is(
    pieces.reduce((n, { rows }) => n + rows, 0),
    9,
  )
  if (!device.facts.isHardware) for (const { bytes } of pieces) assert.ok(bytes <= 2 ** 29, `${bytes} bytes`)
  device.check()
  weights.free()
})

test('derived twice at once it is made once, and both find it', async () => {
  const given = limited({})
  const weights = new Weights(given)
  await weights.load('w', inMemory([2, 1, 3, 3], new Float32Array(18).fill(1)))
  const before = given.memory.used
  const make = () => weights.derive('w:winograd', [72, 1], { from: 'w', ...WINOGRAD })
  await Promise.all([make(), make(), make()])
  assert.is(given.memory.used - before, 72 * 4)
  const [piece] = weights.get('w:winograd')
  assert.ok(piece)
  // G·1·Gᵀ begins with (1/4)², and ends with the tap itself.
  const values = new Float32Array(await device.read(piece.buffer, 0, piece.bytes))
  assert.ok(Math.abs((values[0] ?? 0) - 1 / 16) < 1e-7)
  assert.is(values[70], 1)
  weights.free()
  assert.is(given.memory.used, 0)
})

test('what cannot be derived leaves nothing behind', async () => {
  const given = limited({ binding: 100 })
  const weights = new Weights(given)
  await weights.load('w', inMemory([2, 1, 3, 3], new Float32Array(18)))
  const before = given.memory.used
  await assertRejects(weights.derive('w:winograd', [72, 1], { from: 'w', ...WINOGRAD }), DeviceError)
  await assertRejects(weights.derive('v:winograd', [2, 1], { from: 'v', ...WINOGRAD }), InputError)
  assert.is(given.memory.used, before)
  assert.not(weights.has('w:winograd'))
  weights.free()
})

async function assertRejects(work: Promise<void>, kind: new (...args: never[]) => Error): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, kind)
}

/** The rows of a packed weight, read where packing.ts says that they stand. */
async function unpacked(weights: Weights, name: string, columns: number): Promise<number[]> {
  const rows: number[] = []
  for (const { texture, first, rows: count } of weights.packed(name)) {
    assert.is(first * columns, rows.length, 'pieces follow one another')
    const bytesPerRow = Math.ceil((16 * texture.width) / 256) * 256
    const size = bytesPerRow * texture.height
    const buffer = device.memory.allocate('texels', size, GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC)
    const encoder = device.gpu.createCommandEncoder()
    encoder.copyTextureToBuffer({ texture }, { buffer, bytesPerRow }, [texture.width, texture.height])
    device.gpu.queue.submit([encoder.finish()])
    const texels = new Float32Array(await device.read(buffer, 0, size))
    device.memory.free(buffer)
    for (let row = 0; row < count; row++) {
      const x = Math.floor(row / texture.height) * packedStride(columns)
      const at = ((row % texture.height) * bytesPerRow) / 4 + 4 * x
      rows.push(...texels.subarray(at, at + columns))
    }
  }
  return rows
}

/** Parts of random multiples of 4. */
const inFours = (shape: readonly number[], data: Float32Array, random: Random): WeightSource => ({
  shape,
  async *parts() {
    for (let offset = 0; offset < data.length; ) {
      const end = Math.min(data.length, offset + 4 * random.integer(1, 40))
      yield { offset, data: data.subarray(offset, end) }
      offset = end
    }
  },
})

test('a packed weight stands where it should: streamed in any parts, or packed on the device; in one texture or several', async () => {
  for (let seed = 0; seed < 16; seed++) {
    const random = new Random(seed)
    const [rows, columns] = [random.integer(40, 120), 4 * random.integer(1, 12)]
    const shape = [rows, columns]
    const data = random.floats(rows * columns)
    const side = random.integer(packedStride(columns), 40)
    const whole = seed % 2 === 0
    const weights = new Weights(limited({ side, binding: 4 * columns * (whole ? rows : random.integer(1, rows)) }))
    await weights.load('streamed', inFours(shape, data, random), undefined, 'packed')
    assert.equal(await unpacked(weights, 'streamed', columns), [...data], `streamed, seed ${seed}`)
    await weights.load('plain', inMemory(shape, data))
    await weights.pack('plain', columns)
    weights.dropPlain('plain')
    assert.not.ok(weights.has('plain'))
    assert.equal(await unpacked(weights, 'plain', columns), [...data], `packed, seed ${seed}`)
    weights.free()
    assert.is(weights.device.memory.used, 0)
  }
})

test('rows that are too long for a texture are refused by name, and parts that are no multiples of 4', async () => {
  const long = new Weights(limited({ side: 16 }))
  const error = await rejection(long.load('W', inMemory([1, 80], new Float32Array(80)), undefined, 'packed'))
  assert.instance(error, DeviceError)
  assert.match(error.message, /weight W: rows of 80/)
  const weights = new Weights(device)
  const odd: WeightSource = {
    shape: [1, 4],
    parts: async function* () {
      yield { offset: 0, data: new Float32Array(3) }
    },
  }
  assert.instance(await rejection(weights.load('odd', odd, undefined, 'packed')), InputError)
  assert.not.ok(weights.has('odd', 'packed'))
})

test.run()
