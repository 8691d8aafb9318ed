// Trainers beyond the recorded numbers: gradients of what the original does not train (two encoders joined, pictures) by finite
// differences; runs that repeat and resume bit by bit; updates that read nothing; what is refused, and numbers that go wrong.

import ndarray, { type NdArray } from 'ndarray'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../../lib/core/random.ts'
import { Trainer, TrainingError } from '../../lib/train/index.ts'
import type { NamedArrays, SkipThoughtsBatch, TrainerOptions } from '../../lib/train/types.ts'
import { testDevice } from '../support/gpu.ts'

const device = await testDevice()
const random = new Random(20)

type Shapes = Readonly<Record<string, readonly number[]>>

const arrays = (shapes: Shapes, scale: number): NamedArrays =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const length = shape.reduce((n, d) => n * d, 1)
      return [name, ndarray(random.floats(length, scale), [...shape])]
    }),
  )

const gru = (name: string, inputs: number, units: number): Shapes => ({
  [`${name}_W`]: [inputs, 2 * units],
  [`${name}_b`]: [2 * units],
  [`${name}_U`]: [units, 2 * units],
  [`${name}_Wx`]: [inputs, units],
  [`${name}_Ux`]: [units, units],
  [`${name}_bx`]: [units],
})

const [WORDS, WIDTH, DIM] = [11, 3, 6]
const LOGITS = { ff_logit_W: [DIM, WORDS], ff_logit_b: [WORDS] }
const DECODER: Shapes = {
  Wemb: [WORDS, WIDTH],
  ff_state_W: [5, DIM],
  ff_state_b: [DIM],
  ...gru('decoder', WIDTH, DIM),
  ...LOGITS,
}
const BI: Shapes = {
  Wemb: [WORDS, WIDTH],
  ...gru('encoder', WIDTH, DIM / 2),
  ...gru('encoder_r', WIDTH, DIM / 2),
  ...gru('decoder_f', WIDTH, DIM),
  ...gru('decoder_b', WIDTH, DIM),
  ...LOGITS,
}

/** Sentences of the given lengths, `<eos>` not counted, as the original pads them. */
function sentences(lengths: readonly number[]): { ids: NdArray<Int32Array>; mask: NdArray<Float32Array> } {
  const shape = [Math.max(...lengths) + 1, lengths.length]
  const size = (shape[0] ?? 0) * (shape[1] ?? 0)
  const [ids, mask] = [ndarray(new Int32Array(size), shape), ndarray(new Float32Array(size), shape)]
  for (const [column, length] of lengths.entries())
    for (let i = 0; i <= length; i++) {
      ids.set(i, column, i === length ? 0 : random.integer(1, WORDS - 1))
      mask.set(i, column, 1)
    }
  return { ids, mask }
}

function decoderBatch(lengths: readonly number[]) {
  const { ids, mask } = sentences(lengths)
  return { x: ids, mask, ctx: ndarray(random.floats(5 * lengths.length), [lengths.length, 5]) }
}

function skipThoughtsBatch(): SkipThoughtsBatch {
  const [x, y, z] = [sentences([4, 2, 3]), sentences([1, 3, 3]), sentences([2, 2, 5])]
  return { x: x.ids, xMask: x.mask, y: y.ids, yMask: y.mask, z: z.ids, zMask: z.mask }
}

/** Central differences of the trainer's own cost at some elements of each parameter, in f32: good to some 1e-3 of the largest. */
async function assertDifferences(
  parameters: NamedArrays,
  gradients: NamedArrays,
  cost: (parameters: NamedArrays) => Promise<number>,
): Promise<void> {
  const step = 2 ** -6
  for (const [name, { data }] of Object.entries(parameters)) {
    const at = [0, Math.floor(data.length / 2), data.length - 1]
    for (const i of new Set(at)) {
      const shifted = async (by: number) => {
        const moved = ndarray(data.slice(), parameters[name]?.shape)
        moved.data[i] = (data[i] ?? 0) + by
        return cost({ ...parameters, [name]: moved })
      }
      const difference = ((await shifted(step)) - (await shifted(-step))) / (2 * step)
      const found = gradients[name]?.data[i] ?? Number.NaN
      assert.ok(
        Math.abs(found - difference) <= 2e-3 + 5e-3 * Math.abs(difference),
        `${name}[${i}]: ${found}, by differences ${difference}`,
      )
    }
  }
}

test('skip-thoughts with two encoders: gradients equal finite differences', async () => {
  const [parameters, batch, options] = [arrays(BI, 0.4), skipThoughtsBatch(), { encoder: 'bi' } as TrainerOptions]
  const of = (given: NamedArrays) => Trainer.create('skip-thoughts', options, given, { device })
  const trainer = await of(parameters)
  const { gradients, cost } = await trainer.gradients(batch)
  assert.ok(Math.abs(cost - (await trainer.cost(batch))) < 1e-4)
  await trainer.dispose()
  await assertDifferences(parameters, gradients, async given => {
    const other = await of(given)
    const cost = await other.cost(batch)
    await other.dispose()
    return cost
  })
})

const PICTURES: Shapes = {
  'vgg19/conv1_1.W': [4, 3, 3, 3],
  'vgg19/conv1_1.b': [4],
  'vgg19/conv1_2.W': [5, 4, 3, 3],
  'vgg19/conv1_2.b': [5],
  'vgg19/conv2_1.W': [6, 5, 3, 3],
  'vgg19/conv2_1.b': [6],
  'vgg19/fc6.W': [7, 24],
  'vgg19/fc6.b': [7],
  'vgg19/fc7.W': [6, 7],
  'vgg19/fc7.b': [6],
  'vgg19/fc8.W': [3, 6],
  'vgg19/fc8.b': [3],
}

test('a small VGG: its cost falls, and its gradients equal finite differences where no kink is near', async () => {
  const parameters = arrays(PICTURES, 0.5)
  const batch = {
    image: ndarray(random.floats(6 * 3 * 64), [6, 3, 8, 8]),
    labels: ndarray(Int32Array.of(0, 1, 2, 2, 1, 0), [6]),
  }
  const trainer = await Trainer.create('vgg19', { lrate: 0.01 }, parameters, { device })
  const { gradients } = await trainer.gradients(batch)
  const before = await trainer.cost(batch)
  for (let i = 0; i < 60; i++) await trainer.update(batch, { cost: false })
  const after = await trainer.cost(batch)
  assert.ok(after < before / 2, `from ${before} to ${after}`)
  await trainer.dispose()
  // The last layer has no kinks; layers before it are held to differences in graph/autodiff.test.ts, op by op.
  const last = Object.fromEntries(Object.entries(parameters).filter(([name]) => name.startsWith('vgg19/fc8')))
  await assertDifferences(last, gradients, async given => {
    const other = await Trainer.create('vgg19', {}, { ...parameters, ...given }, { device })
    const cost = await other.cost(batch)
    await other.dispose()
    return cost
  })
})

const bytes = (arrays: NamedArrays): string =>
  Object.entries(arrays)
    .map(([name, { data }]) => `${name} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')}`)
    .join('\n')

test('the same run gives the same bits, with costs read or not; and so does one that is resumed', async () => {
  const parameters = arrays(DECODER, 0.3)
  // Growing batches: plans are made anew on the way.
  const batches = [[3, 1], [2], [4, 4, 2, 1], [9, 5, 5], Array.from({ length: 20 }, (_, i) => 1 + (i % 6))].map(
    decoderBatch,
  )
  const of = (given = parameters, settings = {}) =>
    Trainer.create('decoder', { grad_clip: 2 }, given, { device, ...settings })
  const [first, second] = [await of(), await of()]
  for (const batch of batches) {
    await first.update(batch)
    assert.ok(Number.isNaN(await second.update(batch, { cost: false })))
  }
  const end = await first.parameters()
  assert.is(bytes(await second.parameters()), bytes(end))
  assert.is(second.step, batches.length)
  const half = await of()
  for (const batch of batches.slice(0, 3)) await half.update(batch)
  const resumed = await of(await half.parameters(), { moments: await half.moments() })
  assert.is(resumed.step, 3)
  for (const batch of batches.slice(3)) await resumed.update(batch)
  assert.is(bytes(await resumed.parameters()), bytes(end))
  assert.is(bytes((await resumed.moments()).v), bytes((await first.moments()).v))
  for (const trainer of [first, second, half, resumed]) await trainer.dispose()
})

test('a trainer reads its weights as they are now: at its end it equals one that is made from them', async () => {
  // Sizes that are multiples of 4, which other kernels take.
  const [words, width, dim] = [12, 8, 16]
  const shapes: Shapes = {
    Wemb: [words, width],
    ff_state_W: [4, dim],
    ff_state_b: [dim],
    ...gru('decoder', width, dim),
    ff_logit_W: [dim, words],
    ff_logit_b: [words],
  }
  const { x, mask } = decoderBatch([3, 2, 2])
  const batch = { x, mask, ctx: ndarray(random.floats(12), [3, 4]) }
  const trainer = await Trainer.create('decoder', { lrate: 0.05 }, arrays(shapes, 0.3), { device })
  const start = await trainer.cost(batch)
  for (let i = 0; i < 3; i++) await trainer.update(batch)
  const end = await trainer.cost(batch)
  const other = await Trainer.create('decoder', {}, await trainer.parameters(), { device })
  assert.ok(end < start - 1, `from ${start} to ${end}`)
  assert.is(await other.cost(batch), end)
  await trainer.dispose()
  await other.dispose()
})

test('the textbook’s first step is the step size, the original’s about 3.5 times that', async () => {
  const parameters = arrays(DECODER, 0.3)
  const batch = decoderBatch([3, 2])
  for (const [compat, ratio] of [
    [false, 1],
    [true, (Math.sqrt(0.999) * Math.sqrt(1000) * 0.1) / 0.9],
  ] as const) {
    const trainer = await Trainer.create('decoder', { compat }, parameters, { device })
    await trainer.update(batch)
    const now = await trainer.parameters()
    const moved = Math.abs((now.ff_logit_b?.data[0] ?? 0) - (parameters.ff_logit_b?.data[0] ?? 0))
    assert.ok(Math.abs(moved / 0.0002 - ratio) < 0.01, `${moved / 0.0002}, expected ${ratio}`)
    await trainer.dispose()
  }
})

test('an update that reads nothing reads nothing', async () => {
  const trainer = await Trainer.create('decoder', {}, arrays(DECODER, 0.3), { device })
  const batch = decoderBatch([3, 2])
  const before = device.bytesRead
  for (let i = 0; i < 6; i++) await trainer.update(batch, { cost: false })
  assert.is(device.bytesRead, before)
  await trainer.update(batch)
  assert.ok(device.bytesRead - before <= 64, `${device.bytesRead - before} bytes for a cost`)
  await trainer.dispose()
})

test('numbers that are none stop it, with the update and the tensor named', async () => {
  const parameters = arrays(DECODER, 0.3)
  parameters.ff_logit_W?.set(0, 0, Number.NaN)
  const trainer = await Trainer.create('decoder', {}, parameters, { device })
  try {
    await trainer.update(decoderBatch([3, 2]))
    assert.unreachable('the update went through')
  } catch (error) {
    assert.instance(error, TrainingError)
    assert.is((error as TrainingError).update, 1)
    const { message } = error as TrainingError
    assert.match(message, /update 1: the cost is \S+ and the gradient of .+ is not finite/)
  }
  await trainer.dispose()
})

test('what is refused, in words', async () => {
  const parameters = arrays(DECODER, 0.3)
  const refused = async (make: () => Promise<unknown>, words: RegExp) => {
    let message = ''
    await make().catch((error: unknown) => {
      message = String(error)
    })
    assert.match(message, words)
  }
  const create = (options: TrainerOptions, given = parameters) => Trainer.create('decoder', options, given, { device })
  const { Wemb, ...rest } = parameters
  await refused(() => create({}, rest), /parameter Wemb is missing/)
  await refused(() => create({ dim: 9 }), /dim is 9, but parameter ff_state_W is \[5, 6\]/)
  await refused(() => create({ optimizer: 'sgd' }), /there is only "adam"/)
  await refused(() => create({ compat: true, lrate: 0.1 }), /with compat the decoder takes 0.0002/)
  await refused(() => create({}, { ...parameters, extra: Wemb as NdArray<Float32Array> }), /no parameter extra/)
  const trainer = await create({})
  const { x, mask, ctx } = decoderBatch([2, 1])
  const wrongWord = ndarray(
    Int32Array.from(x.data, id => (id === 0 ? 0 : WORDS)),
    x.shape,
  )
  await refused(() => trainer.update({ x: wrongWord, mask, ctx }), /is 11; word ids are from 0 to 10/)
  await refused(
    () =>
      trainer.update({
        x,
        mask: ndarray(
          mask.data.map(m => m / 2),
          mask.shape,
        ),
        ctx,
      }),
    /it holds 0 and 1/,
  )
  await refused(() => trainer.update({ x, mask, ctx: ndarray(new Float32Array(5), [1, 5]) }), /ctx is \[1, 5\]/)
  assert.is(trainer.step, 0)
  await trainer.dispose()
})

test.run()
