// The account of device memory: sizes, the budget's words, and that everything comes back.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DeviceError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import { Memory } from '../../lib/gpu/memory.ts'
import { memoryBudget } from '../../lib/gpu/open.node.ts'
import { testDevice } from '../support/gpu.ts'

const { gpu } = await testDevice()
const USAGE = GPUBufferUsage.STORAGE
const MIB = 2 ** 20

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    assert.instance(error, DeviceError)
    return (error as Error).message
  }
  throw new Error('nothing was refused')
}

test('sizes are rounded up to 16 bytes and counted', () => {
  const memory = new Memory(gpu, MIB)
  for (const [bytes, size] of [
    [0, 16],
    [1, 16],
    [16, 16],
    [17, 32],
  ] as const) {
    const buffer = memory.allocate('x', bytes, USAGE)
    assert.equal([buffer.size, memory.used, buffer.label], [size, size, 'x'])
    memory.free(buffer)
  }
  assert.is(memory.used, 0)
  assert.is(memory.peak, 32)
})

test('over the budget: the numbers and the cure, and nothing is held for it', () => {
  const memory = new Memory(gpu, 3 * MIB)
  memory.allocate('weights', 2 * MIB, USAGE)
  const message = refusal(() => memory.allocate('slab 0', 1.5 * MIB, USAGE))
  assert.is(
    message,
    'slab 0 needs 2 MiB, but 2 MiB of the budget of 3 MiB are in use; raise memoryLimit or use a smaller model',
  )
  assert.is(memory.used, 2 * MIB)
  memory.allocate('fits exactly', MIB, USAGE)
  memory.freeAll()
  assert.is(memory.used, 0)
})

test('one buffer above the adapter’s limit is refused before the adapter sees it', () => {
  const memory = new Memory(gpu, Number.POSITIVE_INFINITY)
  const message = refusal(() => memory.allocate('fc6', gpu.limits.maxBufferSize + 1, USAGE))
  assert.match(message, /^fc6 needs \d+ MiB in one buffer, this adapter allows \d+ MiB;/)
  assert.is(memory.used, 0)
})

test('freeing twice, or what is not its own, changes nothing', () => {
  const [mine, other] = [new Memory(gpu, MIB), new Memory(gpu, MIB)]
  const buffer = mine.allocate('x', 64, USAGE)
  other.free(buffer)
  assert.is(mine.used, 64)
  mine.free(buffer)
  mine.free(buffer)
  assert.is(mine.used, 0)
})

test('any order of allocating and freeing keeps the account', () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed)
    const memory = new Memory(gpu, 64 * 1024)
    const held: GPUBuffer[] = []
    for (let i = 0; i < 40; i++) {
      const bytes = random.integer(1, 4096)
      if (held.length > 0 && random.uniform() < 0.4) {
        const [buffer] = held.splice(random.integer(0, held.length - 1), 1)
        if (buffer !== undefined) memory.free(buffer)
      } else if (memory.used + Math.ceil(bytes / 16) * 16 <= memory.limit) held.push(memory.allocate('x', bytes, USAGE))
      else refusal(() => memory.allocate('x', bytes, USAGE))
      assert.is(
        memory.used,
        held.reduce((sum, { size }) => sum + size, 0),
        `seed ${seed}`,
      )
    }
    memory.freeAll()
    assert.is(memory.used, 0)
  }
})

test('the budget: three quarters of what a software adapter may use, none for a GPU', () => {
  assert.is(memoryBudget('gpu', 1000, 0), Number.POSITIVE_INFINITY)
  assert.is(memoryBudget('swiftshader', 1000, 0), 750)
  assert.is(memoryBudget('lavapipe', 1000, 200), 150)
  assert.is(memoryBudget('lavapipe', 1000, 2 ** 64), 750)
})

test.run()
