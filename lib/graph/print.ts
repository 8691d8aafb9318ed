// Graphs and plans for people: as text, and as DOT for Graphviz. Shows ops, kernels and variants, shapes, where each tensor lives,
// and loops with their bodies. Reads only; knows no device, so a plan prints the same wherever its kernels are the same.

import { type Dim, showShape } from '../core/shape.ts'
import type { Operands, Tensor } from '../ops/op.ts'
import type { Compiled } from './compiled.ts'
import type { Graph, Loop } from './graph.ts'
import { carriedOf, type Lowered } from './lower.ts'

export type PrintFormat = 'text' | 'dot'

/** What of a compiled plan is printed. */
export type PrintedPlan = Pick<Compiled, 'graph' | 'lowered' | 'memory'>

type Role = 'reads' | 'changes' | 'writes'

interface Operand {
  readonly role: Role
  readonly name: string
  readonly tensor: Tensor
}

/** One op of a graph, or one dispatch of a plan. */
interface Box {
  readonly label: string
  readonly detail: string
  readonly operands: readonly Operand[]
}

interface Stretch {
  readonly loop: Loop | undefined
  readonly boxes: readonly Box[]
}

interface Drawing {
  readonly title: string
  readonly graph: Graph
  readonly stretches: readonly Stretch[]
  readonly place: (tensor: Tensor) => string
}

/** The recorded graph, before fusion. */
export function printGraph(graph: Graph, format: PrintFormat = 'text'): string {
  const stretches = graph.items.map(item =>
    item.kind === 'loop'
      ? { loop: item.loop, boxes: item.loop.body.map(opBox) }
      : { loop: undefined, boxes: [opBox(item.node)] },
  )
  return draw({ title: 'graph', graph, stretches, place: storage }, format)
}

/** The dispatches of a compiled plan (`plan.compiled`), with their kernels and their tensors' places in memory. */
export function printPlan({ graph, lowered, memory }: PrintedPlan, format: PrintFormat = 'text'): string {
  const written = new Set<Tensor>()
  const stretches = lowered.map(item =>
    item.kind === 'loop'
      ? { loop: item.loop, boxes: item.body.map(dispatch => dispatchBox(dispatch, written)) }
      : { loop: undefined, boxes: [dispatchBox(item.lowered, written)] },
  )
  const loops = stretches.flatMap(({ loop }) => loop ?? [])
  const place = (tensor: Tensor): string => {
    const at = memory.places.get(tensor)
    if (at !== undefined) return `slab ${at.slab} + ${at.offset}`
    const carried = loops.flatMap(loop => carriedOf(tensor, loop) ?? [])[0]
    return carried === undefined ? storage(tensor) : `next ${carried.current.label}`
  }
  const slabs = memory.slabs.map((bytes, i) => `slab ${i} of ${bytes} bytes`)
  return draw({ title: ['plan', ...slabs].join(', '), graph, stretches, place }, format)
}

const draw = (drawing: Drawing, format: PrintFormat): string => (format === 'text' ? text(drawing) : dot(drawing))

const storage = ({ storage }: Tensor): string => (storage === 'parameter' ? 'weight' : storage)

const shown = ({ dtype, shape }: Tensor): string => `${dtype} ${showShape(shape as readonly Dim[])}`

const operandsOf = (role: Role, operands: Operands): Operand[] =>
  Object.entries(operands).map(([name, tensor]) => ({ role, name, tensor }))

function opBox({ op, label, attributes, inputs, updates, outputs }: Lowered['node']): Box {
  const operands = [...operandsOf('reads', inputs), ...operandsOf('changes', updates), ...operandsOf('writes', outputs)]
  return { label, detail: op.title?.(attributes) ?? op.name, operands }
}

/** `written`: the tensors that dispatches before this one have written; this one's are added. */
function dispatchBox({ node, variant, step, kernel }: Lowered, written: Set<Tensor>): Box {
  const { constants, overrides, types, flags } = step.knobs
  const values = Object.entries({ ...types, ...constants, ...overrides }).map(([name, value]) => `${name}=${value}`)
  const set = Object.entries(flags ?? {}).flatMap(([name, on]) => (on ? name : []))
  const operands = kernel.bindings.flatMap(({ name, kind }): Operand[] => {
    const tensor = step.bindings[name]
    if (tensor === undefined) return []
    if (kind !== 'write') return [{ role: 'reads', name, tensor }]
    const role = tensor.storage === 'kept' || written.has(tensor) ? 'changes' : 'writes'
    written.add(tensor)
    return [{ role, name, tensor }]
  })
  return { label: node.label, detail: [`${kernel.name}.wgsl`, variant, ...values, ...set].join(' '), operands }
}

const MARKS = { reads: '  ', changes: '↔ ', writes: '→ ' } as const

function text({ title, graph, stretches, place }: Drawing): string {
  const lines = [title]
  const list = (name: string, tensors: Iterable<readonly [string, Tensor]>) => {
    for (const [label, tensor] of tensors) lines.push(`${name} ${label}: ${shown(tensor)}`)
  }
  list('input', graph.inputs)
  list('weight', graph.parameters)
  list(
    'kept',
    [...graph.kept.keys()].map(tensor => [tensor.label, tensor] as const),
  )
  for (const { loop, boxes } of stretches) {
    if (loop !== undefined) lines.push('', ...loopLines(loop))
    for (const box of boxes) {
      const indent = loop === undefined ? '' : '  '
      lines.push('', `${indent}${box.label}  (${box.detail})`)
      for (const { role, name, tensor } of box.operands)
        lines.push(`${indent}  ${MARKS[role]}${name}: ${tensor.label}  ${shown(tensor)}  ${place(tensor)}`)
    }
  }
  lines.push('')
  for (const [label, tensor] of graph.outputs) lines.push(`output ${label}: ${tensor.label}  ${shown(tensor)}`)
  return `${lines.join('\n')}\n`
}

function loopLines({ label, steps, alive, carried }: Loop): string[] {
  const end = alive === undefined ? '' : `, until ${alive.control.label} says that ${alive.count.name} is 0`
  return [
    `loop ${label}: up to ${steps.max} steps${end}`,
    ...carried.map(({ current, initial, next }) => {
      const from = initial === undefined ? 'zeros' : initial.label
      return `  carries ${current.label}: ${shown(current)}, first ${from}, then ${next?.label}`
    }),
  ]
}

/** Boxes are ops or dispatches, ellipses tensors that no box makes; an arrow is a tensor on its way; a loop is a frame. */
function dot({ title, graph, stretches, place }: Drawing): string {
  const writer = new DotWriter(place)
  for (const tensor of [...graph.inputs.values(), ...graph.parameters.values(), ...graph.kept.keys()])
    writer.declare(tensor)
  for (const stretch of stretches) writer.stretch(stretch)
  for (const [label, tensor] of graph.outputs) writer.output(label, tensor)
  return writer.finish(title)
}

class DotWriter {
  #makers = new Map<Tensor, string>()
  #nodes: string[] = []
  #edges: string[] = []
  #count = 0
  readonly place: (tensor: Tensor) => string

  constructor(place: (tensor: Tensor) => string) {
    this.place = place
  }

  finish(title: string): string {
    const head = [`digraph ${quote(title)} {`, '  node [shape=box, fontname=monospace]']
    return `${[...head, ...this.#nodes, ...this.#edges, '}'].join('\n')}\n`
  }

  declare(tensor: Tensor): void {
    this.#makers.set(tensor, this.#node(`${tensor.label}\n${shown(tensor)}\n${this.place(tensor)}`, 'ellipse'))
  }

  output(label: string, tensor: Tensor): void {
    this.#edge(tensor, this.#node(`output ${label}`, 'plaintext'))
  }

  stretch({ loop, boxes }: Stretch): void {
    if (loop !== undefined)
      this.#nodes.push(`  subgraph cluster${this.#count++} {`, `  label=${quote(loopLines(loop)[0] ?? '')}`)
    for (const { current } of loop?.carried ?? []) this.declare(current)
    for (const box of boxes) this.#box(box)
    if (loop !== undefined) this.#nodes.push('  }')
    for (const { current, initial, next } of loop?.carried ?? []) {
      const to = this.#makers.get(current) ?? ''
      if (initial !== undefined) this.#edge(initial, to)
      if (next !== undefined) this.#edge(next, to, ', style=dashed, constraint=false')
    }
  }

  #box({ label, detail, operands }: Box): void {
    const box = this.#node(`${label}\n${detail}`, 'box')
    for (const { role, tensor } of operands) {
      if (role === 'reads') this.#edge(tensor, box)
      if (role === 'changes') this.#edge(tensor, box, ', dir=both')
      if (role === 'writes') this.#makers.set(tensor, box)
    }
  }

  #node(label: string, shape: string): string {
    const name = `${shape}${this.#count++}`
    this.#nodes.push(`  ${name} [shape=${shape}, label=${quote(label)}]`)
    return name
  }

  #edge(from: Tensor, to: string, style = ''): void {
    const label = quote(`${shown(from)}\n${this.place(from)}`)
    this.#edges.push(`  ${this.#makers.get(from)} -> ${to} [label=${label}${style}]`)
  }
}

const quote = (value: string): string =>
  `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
