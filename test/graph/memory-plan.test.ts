// The memory plan: live tensors never overlap, no dispatch reads and writes one slab, offsets fit WebGPU's alignment. On random lives,
// on random graphs, and on the device, where outputs must be what plain loops give.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DeviceError } from '../../lib/core/errors.ts'
import { Count, capacity } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { type Life, type MemoryPlan, planMemory } from '../../lib/graph/memory-plan.ts'
import type { PrintedPlan } from '../../lib/graph/print.ts'
import { beamSearchGraph, sampleGraph } from '../../lib/nets/decoder.ts'
import { encodeSentences, sentenceCounts } from '../../lib/nets/gru.ts'
import { collect } from '../../lib/ops/collect-rows.ts'
import { add, relu, tanh } from '../../lib/ops/elementwise.ts'
import type { Tensor } from '../../lib/ops/op.ts'
import { assertClose, eachCase, runGuarded } from '../support/op-case.ts'
import { purePlan } from '../support/pure-plan.ts'
import { randomGraph } from '../support/random-graph.ts'

function assertSound<T>(plan: MemoryPlan<T>, lives: readonly Life<T>[], apart: ReadonlyMap<T, ReadonlySet<T>>): void {
  const placed = lives.map(life => {
    const place = plan.places.get(life.tensor)
    if (place === undefined) throw new Error('a tensor has no place')
    return { ...life, ...place, end: place.offset + life.bytes }
  })
  for (const [i, a] of placed.entries()) {
    assert.is(a.offset % 256, 0, 'alignment')
    assert.ok(a.end <= (plan.slabs[a.slab] ?? 0), 'inside its slab')
    for (const b of placed.slice(0, i)) {
      if (a.slab !== b.slab) continue
      const together = a.from <= b.to && b.from <= a.to
      assert.ok(!together || a.end <= b.offset || b.end <= a.offset, 'live at the same time, in the same place')
      assert.ok(!apart.get(a.tensor)?.has(b.tensor), 'read and written by one dispatch, in one slab')
    }
  }
}

test('random lives', () =>
  eachCase(
    import.meta.url,
    Array.from({ length: 60 }, (_, i) => ({ tensors: 1 + i, moments: 1 + ((i * 7) % 30) })),
    ({ tensors, moments }, random) => {
      const lives = Array.from({ length: tensors }, (_, tensor) => {
        const from = random.integer(0, moments)
        return { tensor, bytes: 4 * random.integer(1, 600), from, to: from + random.integer(0, 9) }
      })
      const apart = new Map(lives.map(({ tensor }) => [tensor, new Set<number>()]))
      for (let i = 0; i < tensors; i++) {
        const [a, b] = [random.integer(0, tensors - 1), random.integer(0, tensors - 1)]
        if (a === b) continue
        apart.get(a)?.add(b)
        apart.get(b)?.add(a)
      }
      const maxSlab = 4 * random.integer(600, 3000)
      const plan = planMemory(lives, apart, maxSlab)
      assertSound(plan, lives, apart)
      assert.ok(plan.slabs.every(bytes => bytes <= maxSlab))
    },
  ))

test('a tensor larger than any buffer is refused', () => {
  assert.throws(
    () => planMemory([{ tensor: 'x', bytes: 1004, from: 0, to: 1 }], new Map(), 1000),
    (error: unknown) =>
      error instanceof DeviceError && /1004 bytes does not fit this adapter's 1000/.test(error.message),
  )
})

/**
 * Lives and conflicts of a plan's temporaries, worked out anew: a tensor lives from its first binding to its last; what is made outside
 * a loop and used within lives through all of the loop, whose steps come again; outputs live to the end.
 */
function observed({ graph, lowered }: PrintedPlan): { lives: Life<Tensor>[]; apart: Map<Tensor, Set<Tensor>> } {
  const spans = new Map<Tensor, [number, number]>()
  const apart = new Map<Tensor, Set<Tensor>>()
  const see = (tensor: Tensor, from: number, to: number) => {
    const [a, b] = spans.get(tensor) ?? [from, to]
    spans.set(tensor, [Math.min(a, from), Math.max(b, to)])
  }
  let now = 0
  for (const item of lowered) {
    const body = item.kind === 'loop' ? item.body : [item.lowered]
    const carried = new Set(item.kind === 'loop' ? item.loop.carried.map(c => c.next) : [])
    const mine = body.flatMap(({ node }) => Object.values(node.outputs))
    const [start, end] = [now, now + body.length]
    if (item.kind === 'loop') for (const { initial } of item.loop.carried) if (initial) see(initial, start, start)
    for (const { step, kernel } of body) {
      const bound = kernel.bindings.flatMap(({ name, kind }) => {
        const tensor = step.bindings[name]
        return tensor === undefined || carried.has(tensor) ? [] : [{ tensor, kind }]
      })
      for (const { tensor, kind } of bound) {
        const across = item.kind === 'loop' && !mine.includes(tensor)
        see(tensor, across ? start : now, across ? end : now)
        for (const other of bound)
          if (kind === 'read' && other.kind === 'write' && other.tensor !== tensor) {
            apart.set(tensor, new Set([...(apart.get(tensor) ?? []), other.tensor]))
            apart.set(other.tensor, new Set([...(apart.get(other.tensor) ?? []), tensor]))
          }
      }
      now++
    }
    now++
  }
  for (const tensor of graph.outputs.values()) see(tensor, now, now)
  const lives = [...spans].flatMap(([tensor, [from, to]]) =>
    tensor.storage === 'temporary' ? { tensor, bytes: 4 * capacity(tensor.shape), from, to } : [],
  )
  return { lives, apart }
}

function sentences(): Graph {
  const graph = new Graph()
  const counts = sentenceCounts(4, 20, 9)
  graph.output('last', tanh(encodeSentences(graph, 'uni', relu(graph.input('x', 'f32', [counts.words, 6])), 5, counts)))
  return graph
}

/** kept = the state after the last step, where state' = 1 + (state + y), step by step through tensors of the body's own. */
function entered(): Graph {
  const graph = new Graph()
  const y = relu(graph.input('x', 'f32', [1, 3]))
  const one = relu(graph.input('one', 'f32', [1, 3]))
  const kept = graph.keep('kept', 'f32', [1, 3])
  graph.repeat('loop', new Count('steps', 9), loop => {
    const state = loop.carry<2>('state', [1, 3])
    const next = relu(add(one, relu(relu(relu(add(state, y))))))
    collect(next, kept, { first: 0, count: 1 })
    loop.next(state, next)
  })
  graph.output('kept', kept)
  return graph
}

test('what enters a loop is there at every step', async () => {
  const inputs = { x: Float32Array.of(1, 2, 3), one: Float32Array.of(1, 1, 1) }
  const { outputs } = await runGuarded(entered(), { inputs, counts: { steps: 9 } })
  assert.equal([...(outputs.kept?.data ?? [])], [18, 27, 36])
})

test('the plans of nets', () => {
  const decoder = { dim: 4, dimWord: 3, dimContext: 5, nWords: 9, doutput: true }
  const graphs = [
    beamSearchGraph(decoder, { width: 3, maxlen: 4, useUnknown: false }),
    sampleGraph(decoder, { rows: 3, maxlen: 4, useUnknown: true }),
    sentences(),
    entered(),
  ]
  for (const graph of graphs) {
    const plan = purePlan(graph)
    const { lives, apart } = observed(plan)
    assertSound(plan.memory, lives, apart)
  }
})

test('random graphs', () =>
  eachCase(
    import.meta.url,
    Array.from({ length: 60 }, (_, i) => ({ ops: 1 + i })),
    ({ ops }, random) => {
      const plan = purePlan(randomGraph(random, ops).graph)
      const { lives, apart } = observed(plan)
      assertSound(plan.memory, lives, apart)
    },
  ))

test('memory is used again', () => {
  const graph = new Graph()
  let y = graph.input('x', 'f32', [new Count('rows', 1000), 10])
  for (let i = 0; i < 50; i++) y = tanh(y)
  graph.output('y', y)
  assert.equal(purePlan(graph).memory.slabs, [40_000, 40_000])
})

test('random graphs give what plain loops give', () =>
  eachCase(
    import.meta.url,
    Array.from({ length: 30 }, (_, i) => ({ ops: 2 + 2 * i })),
    async ({ ops }, random) => {
      const { graph, inputs, weights, expected } = randomGraph(random, ops)
      const { outputs } = await runGuarded(graph, { inputs, weights })
      for (const [label, plain] of expected) assertClose(outputs[label], plain, 0)
    },
  ))

test.run()
