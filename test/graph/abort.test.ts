// A loop that is stopped half-way: a typed error, nothing left on the device, and the plan runs again.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError } from '../../lib/core/errors.ts'
import { Random } from '../../lib/core/random.ts'
import { inMemory, Weights } from '../../lib/gpu/weights.ts'
import { compile } from '../../lib/graph/compile.ts'
import type { Run } from '../../lib/graph/plan.ts'
import { beamSearchGraph } from '../../lib/nets/decoder.ts'
import { testDevice } from '../support/gpu.ts'

test('stopped between two chunks, with reads under way', async () => {
  const unheard: unknown[] = []
  const note = (reason: unknown) => unheard.push(reason)
  process.on('unhandledRejection', note)
  const device = await testDevice()
  const before = device.memory.used
  const maxlen = 80
  const graph = beamSearchGraph(
    { dim: 8, dimWord: 4, dimContext: 3, nWords: 50, doutput: false },
    { width: 3, maxlen, useUnknown: false },
  )
  const weights = new Weights(device)
  const random = new Random(1)
  for (const [name, { shape }] of graph.parameters) {
    const sizes = shape as readonly number[]
    const data = random.floats(sizes.reduce((n, d) => n * d, 1))
    // The end token never wins, so that the search goes on to the last step.
    if (name === 'decoder/logits.b') data[0] = -1000
    await weights.load(name, inMemory(sizes, data))
  }
  const plan = await compile(graph, device, weights)
  const zeros = new Float32Array(3)
  const run: Run = {
    inputs: { vectors: zeros, negative: zeros, positive: zeros },
    counts: { vectors: 1, steps: maxlen },
  }
  const held = device.memory.used
  const whole = await plan.run(run)
  const stop = new AbortController()
  let records = 0
  const stopped = plan.run({
    ...run,
    signal: stop.signal,
    onRecord: ({ steps }) => {
      records++
      assert.ok(steps < maxlen, 'stopped too late')
      stop.abort(new Error('enough'))
    },
  })
  const error = await stopped.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, AbortError)
  assert.is(((error as AbortError).cause as Error).message, 'enough')
  assert.ok(records >= 1)
  assert.is(device.memory.used, held)
  assert.equal(await plan.run(run), whole)
  plan.dispose()
  weights.free()
  assert.is(device.memory.used, before)
  await new Promise(resolve => setImmediate(resolve))
  process.off('unhandledRejection', note)
  assert.equal(unheard, [])
})

test.run()
