// The cache folder: where it is, what is in it, and that names and keys do what they promise.

import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../lib/core/errors.ts'
import { bundlePath, listBundles, removeBundle, showBundle, sourceKey, sourceName } from '../../lib/io/cache.node.ts'
import { manifestText } from '../../lib/io/manifest.ts'

const cache = suite('cache')
let home = ''
cache.before.each(() => {
  home = mkdtempSync(join(tmpdir(), 'storyteller-cache-'))
})
cache.after.each(() => rmSync(home, { recursive: true, force: true }))

function makeBundle(name: string): void {
  const dir = join(home, 'bundles', name)
  mkdirSync(join(dir, 'styles'), { recursive: true })
  const text = manifestText({
    format: 1,
    name,
    tensors: {},
    nets: {},
    vocabularies: {},
    styles: [],
    sources: [],
    leftOut: [],
  })
  writeFileSync(join(dir, 'manifest.json'), text)
  writeFileSync(join(dir, 'styles', 'x.npy'), new Uint8Array(1000))
}

const rejects = async (work: Promise<unknown>, part: RegExp): Promise<void> => {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  )
  assert.instance(error, InputError)
  assert.match((error as Error).message, part)
}

cache('an absent cache is empty', async () => {
  assert.equal(await listBundles(join(home, 'nowhere')), [])
})

cache('lists, shows and removes', async () => {
  makeBundle('b')
  makeBundle('a')
  mkdirSync(join(home, 'bundles', 'broken'))
  mkdirSync(join(home, 'bundles', '.b.partial-1'))
  const bundles = await listBundles(home)
  assert.equal(
    bundles.map(b => b.name),
    ['a', 'b', 'broken'],
  )
  assert.is(bundles[0]?.manifest?.name, 'a')
  assert.ok((bundles[0]?.bytes ?? 0) > 1000)
  assert.ok(bundles[2]?.problem)
  assert.is((await showBundle('b', home)).dir, bundlePath('b', home))
  await removeBundle('b', home)
  assert.not(existsSync(join(home, 'bundles', 'b')))
  assert.equal(
    (await listBundles(home)).map(b => b.name),
    ['a', 'broken'],
  )
})

cache('a name that is not there is refused, with those that are', async () => {
  makeBundle('romance')
  await rejects(showBundle('romans', home), /there are romance/)
  await rejects(removeBundle('romans', home), /no bundle romans/)
})

cache('names never leave the cache', async () => {
  for (const name of ['..', '.', '', 'a/b', '../x', '/etc', '.hidden', 'a\\b', 'x\0'])
    await rejects(
      Promise.resolve().then(() => removeBundle(name, home)),
      /not a bundle's name/,
    )
})

cache('the key of a folder follows names, sizes, times and options', async () => {
  const dir = join(home, 'my model!')
  mkdirSync(dir)
  writeFileSync(join(dir, 'a.npz'), 'one')
  const first = await sourceKey([dir])
  assert.is(await sourceKey([dir]), first)
  assert.is.not(await sourceKey([dir], { dtype: 'f16' }), first)
  utimesSync(join(dir, 'a.npz'), 1, 1)
  const later = await sourceKey([dir])
  assert.is.not(later, first)
  writeFileSync(join(dir, 'b.npz'), '')
  assert.is.not(await sourceKey([dir]), later)
  assert.match(await sourceName(dir), /^my-model--[0-9a-f]{12}$/)
  assert.ok(bundlePath(await sourceName(dir), home))
  await rejects(sourceKey([join(home, 'none')]), /none: cannot be read/)
})

cache.run()
