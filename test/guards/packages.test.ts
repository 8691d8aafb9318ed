// What users get with an install: packages under licences that allow it, each named in NOTICE, none that runs code of its own.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { read } from './sources.ts'

const LICENCES = ['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD', 'BlueOak-1.0.0']
/** Not linked into this program: sharp loads it as a library of its own, which users may replace. */
const AS_LIBRARY = /^node_modules\/@img\/sharp-/
/** Clears a quarantine mark on macOS; everything works without. */
const HARMLESS_SCRIPTS = ['node_modules/webgpu']

interface Manifest {
  readonly version: string
  readonly license: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
}

interface Locked {
  readonly version?: string
  readonly dev?: boolean
  readonly license?: string
  readonly hasInstallScript?: boolean
}

const parse = <T>(file: string): T => JSON.parse(read(file)) as T
const own = parse<Manifest>('package.json')
const direct = Object.keys(own.dependencies ?? {})
const locked = Object.entries(parse<{ packages: Record<string, Locked> }>('package-lock.json').packages).filter(
  ([path, { dev }]) => path !== '' && !dev,
)

test('direct dependencies: exact versions, allowed licences, the version that is installed', () => {
  assert.ok(direct.length > 0)
  for (const name of direct) {
    const { version, license } = parse<Manifest>(`node_modules/${name}/package.json`)
    assert.is(own.dependencies?.[name], version, `${name}: package.json does not name the installed version`)
    assert.ok(LICENCES.includes(license), `${name} is under ${license}`)
  }
})

test('everything that is installed with them is under an allowed licence', () => {
  const others = locked.filter(([path, { license = '' }]) => !LICENCES.includes(license) && !AS_LIBRARY.test(path))
  assert.equal(
    others.map(([path, { license }]) => `${path} ${license}`),
    [],
  )
})

test('no install scripts, neither here nor in what is installed', () => {
  assert.equal(
    Object.keys(own.scripts ?? {}).filter(name => /^(pre|post)?install$|^prepare$/.test(name)),
    [],
  )
  const withScripts = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)
  assert.equal(withScripts, HARMLESS_SCRIPTS)
})

test('NOTICE names every direct dependency with its licence', () => {
  const notice = read('NOTICE')
  const missing = direct.filter(name => {
    const { license } = parse<Manifest>(`node_modules/${name}/package.json`)
    return !notice.split('\n').some(line => line.includes(` ${name} `) && line.includes(license))
  })
  assert.equal(missing, [])
})

test.run()
