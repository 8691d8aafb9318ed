// Specialising a kernel's text: what is turned, what is refused, and that no line ever moves.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../../lib/core/random.ts'
import { KernelError, type Knobs, specialise, writeParams } from '../../lib/gpu/kernel.ts'
import { kernelNames, kernelSource } from '../../lib/gpu/kernel-source.node.ts'

const TEXT = `// A kernel of every knob.
enable subgroups;
alias T = f32;
const TILE: u32 = 4u; // register tile
const SHIFT: i32 = 2;
const SCALE: f32 = f32(1.0);
const EXACT: bool = false;
override WG: u32 = 8u;

struct Params {
  rows: u32, // of the input
  offset: i32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<T>;
//#if BIAS
@group(0) @binding(2) var<storage, read> bias: array<f32>;
  //#if WIDE
@group(0) @binding(3) var<storage, read> more: array<f32>;
  //#end
//#end
@group(0) @binding(4) var<storage, read_write> output: array<f32>;
@group(0) @binding(5) var table: texture_storage_2d<rgba32float, read>;
`

const line = (code: string, start: string): string => code.split('\n').find(l => l.startsWith(start)) ?? ''

/** Throws a KernelError whose message fits. */
function refuses(work: () => unknown, message: RegExp): void {
  assert.throws(work, (error: unknown) => error instanceof KernelError && message.test(error.message))
}

test('knobs are turned by name, each in the way of its type', () => {
  const { code, overrides } = specialise('k', TEXT, {
    constants: { TILE: 8, SHIFT: -3, SCALE: 0.25, EXACT: true },
    types: { T: 'vec4<f32>' },
    overrides: { WG: 16 },
  })
  assert.is(line(code, 'const TILE'), 'const TILE: u32 = 8u;')
  assert.is(line(code, 'const SHIFT'), 'const SHIFT: i32 = -3;')
  assert.is(line(code, 'const SCALE'), 'const SCALE: f32 = f32(0.25);')
  assert.is(line(code, 'const EXACT'), 'const EXACT: bool = true;')
  assert.is(line(code, 'alias T'), 'alias T = vec4<f32>;')
  assert.is(line(code, 'override WG'), 'override WG: u32 = 8u;')
  assert.equal(overrides, { WG: 16 })
})

test('without knobs only the directives go', () => {
  const expected = TEXT.split('\n').map(l => (/^\s*\/\/#/.test(l) ? '' : l))
  assert.equal(specialise('k', TEXT).code.split('\n'), expected)
})

test('the interface is read off the text', () => {
  const { bindings, params, features } = specialise('k', TEXT)
  assert.equal(
    bindings.map(({ name, index, kind }) => `${index} ${name} ${kind}`),
    ['0 params uniform', '1 input read', '2 bias read', '3 more read', '4 output write', '5 table texture'],
  )
  assert.equal(params, [
    { name: 'rows', type: 'u32' },
    { name: 'offset', type: 'i32' },
    { name: 'scale', type: 'f32' },
  ])
  assert.equal(features, ['subgroups'])
})

test('#if blocks: what is off is blank, bindings within it are gone, nested ones too', () => {
  const names = (flags: Record<string, boolean>) => specialise('k', TEXT, { flags }).bindings.map(b => b.name)
  assert.equal(names({ BIAS: true, WIDE: false }), ['params', 'input', 'bias', 'output', 'table'])
  assert.equal(names({ BIAS: false }), ['params', 'input', 'output', 'table'])
  assert.equal(names({ BIAS: false, WIDE: true }), ['params', 'input', 'output', 'table'])
})

test('an unknown knob is refused, and one of another kind is unknown', () => {
  refuses(() => specialise('k', TEXT, { constants: { TILES: 8 } }), /^k\.wgsl: no knob named TILES in constants$/)
  refuses(() => specialise('k', TEXT, { constants: { WG: 8 } }), /WG in constants/)
  refuses(() => specialise('k', TEXT, { overrides: { TILE: 8 } }), /TILE in overrides/)
  refuses(() => specialise('k', TEXT, { types: { TILE: 'u32' } }), /TILE in types/)
  refuses(() => specialise('k', TEXT, { flags: { EXACT: true } }), /EXACT in flags/)
  refuses(() => specialise('k', TEXT, { flags: { constructor: true } }), /constructor in flags/)
})

test('directives that do not add up are refused with their line', () => {
  refuses(() => specialise('k', 'a\n//#end\n'), /^k\.wgsl:2: \/\/#end without \/\/#if$/)
  refuses(() => specialise('k', '//#if A\n'), /k\.wgsl: \/\/#if not closed/)
  refuses(() => specialise('k', 'a\n\n//#else\n'), /^k\.wgsl:3: unknown directive "\/\/#else"$/)
  refuses(() => specialise('k', '//#if A && B\n//#end\n'), /k\.wgsl:1: unknown directive/)
})

test('Params takes 32-bit scalars only, written by name', () => {
  refuses(() => specialise('k', 'struct Params { size: vec2<u32>, }'), /Params\.size is vec2<u32>/)
  const kernel = specialise('k', TEXT)
  const view = new DataView(new ArrayBuffer(16))
  writeParams(kernel, { scale: 0.5, rows: 2 ** 32 - 1, offset: -7 }, view, 4)
  assert.equal([view.getUint32(4, true), view.getInt32(8, true), view.getFloat32(12, true)], [2 ** 32 - 1, -7, 0.5])
  refuses(() => writeParams(kernel, { rows: 1, offset: 1 }, view, 0), /Params\.scale has no value/)
  refuses(() => writeParams(kernel, { rows: 1, offset: 1, scale: 1, more: 1 }, view, 0), /no field more/)
})

test('lines of real kernels never shift, whatever the flags', () => {
  const random = new Random(7)
  for (const name of kernelNames()) {
    const text = kernelSource(name)
    const flags = [...text.matchAll(/\/\/#if (\w+)/g)].map(m => m[1] ?? '')
    for (let i = 0; i < 4; i++) {
      const knobs: Knobs = { flags: Object.fromEntries(flags.map(flag => [flag, random.uniform() < 0.5])) }
      const [before, after] = [text.split('\n'), specialise(name, text, knobs).code.split('\n')]
      assert.is(after.length, before.length, name)
      for (const [at, now] of after.entries())
        assert.ok(now === '' || now === before[at], `${name}.wgsl:${at + 1} with ${JSON.stringify(knobs)}: ${now}`)
    }
  }
})

test('a kernel that does not exist is refused', () => {
  refuses(() => kernelSource('no-such'), /kernels\/no-such\.wgsl does not exist/)
  refuses(() => kernelSource('../package.json'), /does not exist/)
})

test.run()
