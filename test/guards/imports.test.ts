// Who may import whom. Directions keep each part readable without the ones above it; a cycle has no top to start reading from.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { filesIn, type Import, importsOf, read, root, SOURCES } from './sources.ts'

/** For each layer the layers that it may import besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  gpu: ['core'],
  ops: ['core', 'gpu'],
  graph: ['core', 'gpu', 'ops'],
  nets: ['core', 'gpu', 'ops', 'graph'],
  io: ['core'],
  text: ['core'],
  image: ['core'],
  story: ['core', 'gpu', 'ops', 'graph', 'nets', 'io', 'text', 'image'],
  index: ['core', 'gpu', 'ops', 'graph', 'nets', 'io', 'text', 'image', 'story'],
  converter: ['core', 'io', 'text'],
  train: ['core', 'gpu', 'ops', 'graph', 'nets', 'io', 'text'],
  cli: ['core', 'gpu', 'ops', 'graph', 'nets', 'io', 'text', 'image', 'story', 'index', 'converter', 'train'],
}

/** Where, besides the command line, converter and story meet. */
const MEETING_PLACES = ['lib/index.ts', 'lib/open-model.node.ts']
/** Packages that only Node can load, and who may. */
const NODE_PACKAGES: Readonly<Record<string, RegExp>> = {
  webgpu: /^lib\/gpu\/driver\/dawn\.node\.ts$/,
  sharp: /^lib\/image\/.*\.node\.ts$/,
  'tar-fs': /^lib\/gpu\/driver\/embedded\.node\.ts$/,
  commander: /^cli\//,
  'cli-progress': /^cli\//,
  undici: /^weights-converter\/pull\/web\.ts$/,
}

function layerOf(file: string): string | undefined {
  const [top, folder, ...rest] = file.split('/')
  if (top === 'cli') return 'cli'
  if (top === 'weights-converter') return 'converter'
  if (top !== 'lib') return undefined
  return rest.length === 0 ? 'index' : folder
}

function isAllowed({ from, to }: Import): boolean {
  const [here, there] = [layerOf(from), layerOf(to)]
  if (here === undefined || there === undefined) return false
  if (here === there) return true
  if (there === 'converter' && MEETING_PLACES.includes(from)) return true
  // Training reads and writes the originals' checkpoints.
  if (here === 'train' && /^weights-converter\/formats\//.test(to)) return true
  return ALLOWED[here]?.includes(there) ?? false
}

const imports = SOURCES.flatMap(file => importsOf(file))
const ownImports = imports.filter(({ own }) => own)
const packages = imports.filter(({ own, to }) => !own && !to.startsWith('node:'))
const show = ({ from, to }: Import): string => `${from} imports ${to}`

test('the scan sees every form of import', () => {
  const text = `import a from './a.ts'
import type { B } from '../b.ts'
import { type C, c } from "node:c"
import './d.ts'
import {
  e,
} from './e.ts'
export * from './f.ts'
export type { G } from 'g'
const h = await import('./h.ts')
export const notAnImport = 'from'
`
  assert.equal(
    importsOf('lib/x/y.ts', text).map(({ to, typeOnly }) => `${to}${typeOnly ? ' type' : ''}`),
    ['lib/x/a.ts', 'lib/b.ts type', 'node:c', 'lib/x/d.ts', 'lib/x/e.ts', 'lib/x/f.ts', 'g type', 'lib/x/h.ts'],
  )
})

test('the rule refuses what it should', () => {
  const rule = (from: string, to: string) => isAllowed({ from, to, own: true, typeOnly: false })
  assert.is(rule('lib/gpu/device.ts', 'lib/core/errors.ts'), true)
  assert.is(rule('lib/gpu/device.ts', 'lib/ops/op.ts'), false)
  assert.is(rule('lib/io/npy.ts', 'lib/gpu/device.ts'), false)
  assert.is(rule('lib/story/engine.ts', 'lib/index.ts'), false)
  assert.is(rule('lib/story/engine.ts', 'weights-converter/index.ts'), false)
  assert.is(rule('lib/index.ts', 'weights-converter/index.ts'), true)
  assert.is(rule('lib/storyteller.ts', 'weights-converter/index.ts'), false)
  assert.is(rule('weights-converter/index.ts', 'lib/gpu/device.ts'), false)
  assert.is(rule('lib/train/trainer.ts', 'weights-converter/formats/npz.ts'), true)
  assert.is(rule('lib/train/trainer.ts', 'weights-converter/index.ts'), false)
  assert.is(rule('cli/tell.ts', 'lib/index.ts'), true)
  assert.is(rule('cli/tell.ts', 'test/support/gpu.ts'), false)
  assert.is(rule('lib/core/errors.ts', 'bench/harness.ts'), false)
})

test('every source is in a known layer', () => {
  assert.equal(
    SOURCES.filter(file => ALLOWED[layerOf(file) ?? ''] === undefined),
    [],
  )
})

test('imports follow the layers; none leads to tests or benches', () => {
  assert.equal(ownImports.filter(i => !isAllowed(i)).map(show), [])
})

test('every import leads to a file', () => {
  assert.equal(ownImports.filter(({ to }) => !existsSync(join(root, to))).map(show), [])
})

test('there are no cycles', () => {
  const next = new Map<string, string[]>()
  for (const { from, to } of ownImports) next.set(from, [...(next.get(from) ?? []), to])
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file)
    assert.is(at, -1, `cycle: ${[...path.slice(at), file].join(' → ')}`)
    if (done.has(file)) return
    for (const to of next.get(file) ?? []) walk(to, [...path, file])
    done.add(file)
  }
  for (const file of SOURCES) walk(file, [])
})

/** What only Node loads: files that say so, and entries that have another form for browsers. */
const isForNode = (file: string): boolean =>
  /\.node\.ts$|^cli\/|^weights-converter\//.test(file) ||
  (/\/index\.ts$/.test(file) && SOURCES.includes(file.replace('/index.ts', '/index.browser.ts')))

test('Node’s own modules stay out of what browsers load', () => {
  assert.is(isForNode('lib/index.ts'), true)
  const node = imports.filter(({ from, to }) => to.startsWith('node:') && !isForNode(from))
  assert.equal(node.map(show), [])
})

test('files that browsers load import no Node-only file, but for its types', () => {
  const wrong = ownImports.filter(({ from, to, typeOnly }) => !isForNode(from) && isForNode(to) && !typeOnly)
  assert.equal(wrong.map(show), [])
})

test('packages: declared, and Node-only ones in their one place', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
  const name = (to: string) =>
    to
      .split('/')
      .slice(0, to.startsWith('@') ? 2 : 1)
      .join('/')
  assert.equal(packages.filter(({ to }) => dependencies[name(to)] === undefined).map(show), [])
  assert.equal(packages.filter(({ from, to }) => NODE_PACKAGES[to]?.test(from) === false).map(show), [])
})

test('only tests import uvu, and nothing but tests imports test/', () => {
  const others = filesIn(['lib', 'cli', 'weights-converter', 'scripts'], /\.(ts|mjs)$/).flatMap(file => importsOf(file))
  const wrong = others.filter(
    ({ from, to }) => /^test\//.test(to) || (to === 'uvu' && from !== 'scripts/test-file.mjs'),
  )
  assert.equal(wrong.map(show), [])
})

test.run()
