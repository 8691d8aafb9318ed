// Printed graphs and plans: the decoder's with beam search is a golden text, DOT is well formed and complete.

import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Count } from '../../lib/core/shape.ts'
import { Graph } from '../../lib/graph/graph.ts'
import { printGraph, printPlan } from '../../lib/graph/print.ts'
import { beamSearchGraph } from '../../lib/nets/decoder.ts'
import { relu } from '../../lib/ops/elementwise.ts'
import { dispatchesOf, purePlan } from '../support/pure-plan.ts'

const decoder = { dim: 4, dimWord: 3, dimContext: 5, nWords: 9, doutput: true }
const graph = beamSearchGraph(decoder, { width: 3, maxlen: 4, useUnknown: false })

test('the way from vectors to hypotheses is one plan, as it was', () => {
  const golden = new URL('../golden/plan-decoder.txt', import.meta.url)
  const printed = printPlan(purePlan(graph))
  if (process.env.RENEW === '1') writeFileSync(golden, printed)
  const hint =
    'the plan changed; if it should have: RENEW=1 node --import tsx scripts/test-file.mjs test/graph/print.test.ts'
  assert.is(printed, readFileSync(golden, 'utf8').replaceAll('\r\n', '\n'), hint)
})

test('a printed graph shows ops before fusion', () => {
  const printed = printGraph(graph)
  for (const line of [
    'tanh  (tanh)',
    'loop beam search: up to 4 steps, until control says that live is 0',
    '  carries decoder state: f32 [live≤3, 4], first tanh, then gru-cell',
    '    ↔ history: history  u32 [4, 3]  kept',
  ])
    assert.ok(printed.split('\n').includes(line), line)
})

/** Nodes that a DOT text declares, and the ends of its edges; throws where a line is neither. */
function readDot(dot: string): { nodes: Set<string>; edges: string[][]; clusters: number } {
  const nodes = new Set<string>()
  const edges: string[][] = []
  let [clusters, depth] = [0, 0]
  const label = '"(?:[^"\\\\]|\\\\.)*"'
  for (const line of dot.trimEnd().split('\n')) {
    const node = new RegExp(`^ +(\\w+) \\[shape=\\w+, label=${label}\\]$`).exec(line)?.[1]
    const edge = new RegExp(`^ +(\\w+) -> (\\w+) \\[label=${label}(?:, \\w+=\\w+)*\\]$`).exec(line)?.slice(1)
    if (node !== undefined) nodes.add(node)
    else if (edge !== undefined) edges.push(edge)
    else if (/^(digraph ".*"|\s+subgraph \w+) \{$/.test(line)) {
      depth++
      if (line.includes('subgraph')) clusters++
    } else if (/^\s*\}$/.test(line)) depth--
    else assert.ok(new RegExp(`^ +(label=${label}|node \\[.*\\])$`).test(line), `unexpected line ${line}`)
  }
  assert.is(depth, 0, 'braces')
  return { nodes, edges, clusters }
}

test('DOT has a box for each dispatch, a frame for each loop, and edges between declared nodes', () => {
  const plan = purePlan(graph)
  const { nodes, edges, clusters } = readDot(printPlan(plan, 'dot'))
  assert.is([...nodes].filter(name => name.startsWith('box')).length, dispatchesOf(plan).length)
  assert.is(clusters, 1)
  for (const [from = '', to = ''] of edges) assert.ok(nodes.has(from) && nodes.has(to), `${from} -> ${to}`)
  const outputs = [...nodes].filter(name => name.startsWith('plaintext'))
  assert.is(outputs.length, graph.outputs.size)
  for (const output of outputs)
    assert.ok(
      edges.some(([, to]) => to === output),
      `nothing leads to ${output}`,
    )
})

test('DOT of a graph has a box for each op', () => {
  const { nodes } = readDot(printGraph(graph, 'dot'))
  const ops = graph.items.flatMap(item => (item.kind === 'node' ? [item.node] : item.loop.body))
  assert.is([...nodes].filter(name => name.startsWith('box')).length, ops.length)
})

test('names with quotes and line breaks are escaped', () => {
  const odd = new Graph()
  odd.output('say "\\', relu(odd.input('two\nlines "quoted"', 'f32', [new Count('n', 3)])))
  const { nodes, edges } = readDot(printPlan(purePlan(odd), 'dot'))
  assert.is(nodes.size, 3)
  assert.is(edges.length, 2)
})

test.run()
