// What every file keeps to, whatever is in it.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BENCHES, filesIn, read, root, SOURCES } from './sources.ts'

const MAX_LINES = 400

const code = [
  ...SOURCES,
  ...filesIn(['test', 'scripts', 'demo'], /\.(ts|mjs)$/).filter(file => !file.startsWith('test/golden/')),
  ...BENCHES,
]
const tests = code.filter(file => file.endsWith('.test.ts'))
const kernels = filesIn(['kernels'], /\.wgsl$/)

/** The files that git knows, or where this is no clone, the sources, tests and kernels. */
function tracked(): string[] {
  if (!existsSync(join(root, '.git'))) return [...code, ...kernels]
  const list = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  return list.split('\0').filter(file => file !== '' && existsSync(join(root, file)))
}

test('every test file runs its tests', () => {
  assert.ok(tests.length > 20)
  const silent = tests.filter(file => !/^\w+\.run\(\)$/m.test(read(file)))
  assert.equal(silent, [])
})

test('every suite of a file is run', () => {
  const missing = tests.flatMap(file => {
    const text = read(file)
    const suites = [...text.matchAll(/^const (\w+) = suite\b/gm)].map(match => match[1] ?? '')
    return suites.filter(name => !new RegExp(`^${name}\\.run\\(\\)$`, 'm').test(text)).map(name => `${file}: ${name}`)
  })
  assert.equal(missing, [])
})

test('no test is left out or runs alone', () => {
  assert.equal(
    tests.filter(file => /^\s*\w+\.(only|skip)\(/m.test(read(file))),
    [],
  )
})

test(`no file is longer than ${MAX_LINES} lines`, () => {
  const long = [...code, ...kernels].filter(file => read(file).split('\n').length > MAX_LINES)
  assert.equal(long, [])
})

test('every source and kernel opens with a comment that says what it is for', () => {
  const silent = [...SOURCES, ...BENCHES, ...kernels].filter(file => !/^(#!.*\n)?\/\/ \S/.test(read(file)))
  assert.equal(silent, [])
})

test('names are kebab-case', () => {
  const odd = [...code, ...kernels].filter(
    file => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/.test(basename(file)),
  )
  assert.equal(odd, [])
})

test('every kernel is used by an op or by the graph', () => {
  const users = filesIn(['lib/ops', 'lib/graph', 'lib/gpu'], /\.ts$/).map(read).join('\n')
  const unused = kernels.filter(file => !users.includes(`'${basename(file, '.wgsl')}'`))
  assert.equal(unused, [])
})

test('every op has a plain reference and a test', () => {
  const ops = filesIn(['lib/ops'], /\.ts$/).map(file => basename(file, '.ts'))
  const missing = ops
    .filter(name => !['op', 'index', 'quad', 'subgroup'].includes(name))
    .flatMap(name => [`test/reference/${name}.ts`, `test/ops/${name}.test.ts`])
    .filter(file => !existsSync(join(root, file)))
  assert.equal(missing, [])
})

test('the library prints nothing', () => {
  const loud = SOURCES.filter(file => !file.startsWith('cli/')).filter(file =>
    /\bconsole\.|process\.std(out|err)\.write/.test(read(file)),
  )
  assert.equal(loud, [])
})

test('only the command line ends the process', () => {
  assert.equal(
    SOURCES.filter(file => !file.startsWith('cli/')).filter(file => /process\.exit(Code)?\b/.test(read(file))),
    [],
  )
})

test('no file names places of the machine that it was written on', () => {
  // Put together here, so that this file does not name them either.
  const machine = new RegExp(`(^|[^\\w.:/-])/(${['wo', 'ro'].join('rk|')}ot)/`)
  const home = new RegExp(`/(home|Us${'ers'})/[a-z]\\w+/`)
  const temporary = new RegExp(`(^|[^\\w.:/-])/t${'mp'}/`)
  const found = tracked().flatMap(file => {
    const bytes = readFileSync(join(root, file))
    if (bytes.includes(0)) return []
    const inTests = file.startsWith('test/')
    return bytes
      .toString()
      .split('\n')
      .flatMap((line, i) =>
        machine.test(line) || home.test(line) || (!inTests && temporary.test(line)) ? `${file}:${i + 1}` : [],
      )
  })
  assert.equal(found, [])
})

test.run()
