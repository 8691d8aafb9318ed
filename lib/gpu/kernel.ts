// From a kernel file to the text that is compiled: specialises knobs, reads the interface off the text.
// A kernel is valid as it stands; this never adds or removes a line, so compiler errors keep the file's own numbers.
// Knows nothing of devices, tensors or ops.

import { StorytellerError } from '../core/errors.ts'

/** What a variant turns: constants, type aliases, pipeline overrides and optional lines. */
export interface Knobs {
  readonly constants?: Readonly<Record<string, number | boolean>>
  readonly types?: Readonly<Record<string, string>>
  readonly overrides?: Readonly<Record<string, number>>
  readonly flags?: Readonly<Record<string, boolean>>
}

export type BindingKind = 'uniform' | 'read' | 'write' | 'texture' | 'texture-write'

export interface Binding {
  readonly name: string
  readonly index: number
  readonly kind: BindingKind
}

export interface ParamField {
  readonly name: string
  readonly type: 'u32' | 'i32' | 'f32'
}

/** A specialised kernel: its text is its identity, together with the overrides. */
export interface Kernel {
  readonly name: string
  readonly code: string
  readonly overrides: Readonly<Record<string, number>>
  readonly bindings: readonly Binding[]
  readonly params: readonly ParamField[]
  /** Features that the text enables (`enable subgroups;`). */
  readonly features: readonly string[]
}

/** Gives the text of a kernel by its name without `.wgsl`. @throws KernelError where there is none. */
export type KernelSource = (name: string) => string

export class KernelError extends StorytellerError {}

const CONDITION = /^\s*\/\/#if (\w+)$/
const END = /^\s*\/\/#end$/
const DIRECTIVE = /^\s*\/\/#/
const CONSTANT = /^const (\w+): (\w+) = [^;]+;/
const ALIAS = /^alias (\w+) = [^;]+;/
const OVERRIDE = /^override (\w+)\b/

const literal = (type: string, value: number | boolean): string =>
  type === 'bool'
    ? String(Boolean(value))
    : type === 'u32'
      ? `${Number(value)}u`
      : type === 'f32'
        ? `f32(${Number(value)})`
        : String(Number(value))

/** Applies `knobs` to a kernel's text and reads its bindings and parameters. Unknown knobs are an error. */
export function specialise(name: string, text: string, knobs: Knobs = {}): Kernel {
  const code = specialiseText(name, text, knobs)
  const params = readParams(name, code)
  return {
    name,
    code,
    overrides: knobs.overrides ?? {},
    bindings: readBindings(code),
    params,
    features: [...code.matchAll(/^enable (\w+);/gm)].map(m => m[1] ?? ''),
  }
}

function specialiseText(name: string, text: string, knobs: Knobs): string {
  const used = new Set<string>()
  const open: boolean[] = []
  const lines = text.split('\n').map((line, i) => {
    const condition = CONDITION.exec(line)?.[1]
    if (condition !== undefined) {
      used.add(`flags ${condition}`)
      open.push(knobs.flags?.[condition] ?? true)
      return ''
    }
    if (END.test(line)) {
      if (open.pop() === undefined) throw new KernelError(`${name}.wgsl:${i + 1}: //#end without //#if`)
      return ''
    }
    if (DIRECTIVE.test(line)) throw new KernelError(`${name}.wgsl:${i + 1}: unknown directive "${line.trim()}"`)
    return open.includes(false) ? '' : turn(line, knobs, used)
  })
  if (open.length > 0) throw new KernelError(`${name}.wgsl: //#if not closed`)
  for (const [kind, group] of Object.entries(knobs))
    for (const knob of Object.keys(group ?? {}))
      if (!used.has(`${kind} ${knob}`)) throw new KernelError(`${name}.wgsl: no knob named ${knob} in ${kind}`)
  return lines.join('\n')
}

function turn(line: string, knobs: Knobs, used: Set<string>): string {
  const constant = CONSTANT.exec(line)
  const value = constant?.[1] === undefined ? undefined : knobs.constants?.[constant[1]]
  if (constant?.[1] !== undefined && constant[2] !== undefined && value !== undefined) {
    used.add(`constants ${constant[1]}`)
    return `const ${constant[1]}: ${constant[2]} = ${literal(constant[2], value)};`
  }
  const alias = ALIAS.exec(line)?.[1]
  const type = alias === undefined ? undefined : knobs.types?.[alias]
  if (alias !== undefined && type !== undefined) {
    used.add(`types ${alias}`)
    return `alias ${alias} = ${type};`
  }
  const override = OVERRIDE.exec(line)?.[1]
  if (override !== undefined) used.add(`overrides ${override}`)
  return line
}

function readBindings(code: string): Binding[] {
  const declared = code.matchAll(/@group\(0\) @binding\((\d+)\) var(?:<([^>]+)>)? (\w+)\s*:([^;]*)/g)
  return [...declared].map(([, index, space, name, type = '']) => ({
    name: name ?? '',
    index: Number(index),
    kind: bindingKind(space, type),
  }))
}

function bindingKind(space: string | undefined, type: string): BindingKind {
  if (space === undefined) return type.includes('write') ? 'texture-write' : 'texture'
  if (space === 'uniform') return 'uniform'
  return space.includes('read_write') ? 'write' : 'read'
}

/** The fields of `struct Params`, scalars of 32 bits each, in order. */
function readParams(name: string, code: string): ParamField[] {
  const body = /struct Params \{([^}]*)\}/.exec(code)?.[1]
  if (body === undefined) return []
  const fields = [...body.replaceAll(/\/\/.*$/gm, '').matchAll(/(\w+)\s*:\s*([\w<>]+)/g)]
  return fields.map(([, field, type]) => {
    if (type !== 'u32' && type !== 'i32' && type !== 'f32')
      throw new KernelError(`${name}.wgsl: Params.${field} is ${type}; only u32, i32 and f32 are known`)
    return { name: field ?? '', type }
  })
}

/** Writes `values` into `target` in the order of the kernel's Params; a missing or surplus name is an error. */
export function writeParams(
  kernel: Kernel,
  values: Readonly<Record<string, number>>,
  target: DataView,
  offset: number,
): void {
  for (const [i, field] of kernel.params.entries()) {
    const value = values[field.name]
    if (value === undefined) throw new KernelError(`${kernel.name}.wgsl: Params.${field.name} has no value`)
    const at = offset + 4 * i
    if (field.type === 'f32') target.setFloat32(at, value, true)
    else if (field.type === 'i32') target.setInt32(at, value, true)
    else target.setUint32(at, value, true)
  }
  for (const given of Object.keys(values))
    if (!kernel.params.some(field => field.name === given))
      throw new KernelError(`${kernel.name}.wgsl: Params has no field ${given}`)
}
