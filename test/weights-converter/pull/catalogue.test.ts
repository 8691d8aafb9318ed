// The catalogue of published files: whole, and what its names stand for.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InputError } from '../../../lib/core/errors.ts'
import {
  filesNamed,
  isPublished,
  publishedCatalogue,
  readCatalogue,
} from '../../../weights-converter/pull/catalogue.ts'
import { refused, temporaryFolder } from '../files.ts'

const catalogue = publishedCatalogue()
const names = (name?: string) => filesNamed(catalogue, name).map(file => file.name)

test('every file has an address, a source for what is said of it, and a hash or the word that there is none', () => {
  for (const file of catalogue.files) {
    assert.ok(file.mirrors.length > 0 && file.facts.length > 0, file.name)
    assert.is(
      file.mirrors.findIndex(url => url.startsWith('https:')),
      0,
      `${file.name}: https first`,
    )
    for (const url of file.mirrors) assert.ok(decodeURIComponent(url).endsWith(`/${file.name}`), url)
    if (isPublished(file)) assert.ok(file.bytes !== undefined, file.name)
  }
  const unpublished = catalogue.files.filter(file => !isPublished(file)).map(file => file.name)
  assert.equal(unpublished, ['neural_storyteller.zip', 'vgg19.pkl', 'VGG_ILSVRC_19_layers_deploy.prototxt'])
})

test('names: all, a set, a file, a file in an archive, and none', () => {
  assert.is(names().length, 10)
  assert.not(names().includes('vgg19.pkl'))
  assert.equal(names('vgg19'), ['VGG_ILSVRC_19_layers.caffemodel'])
  assert.equal(names('vgg19.pkl'), ['vgg19.pkl'])
  assert.equal(names('romance.npz'), ['neural_storyteller.zip'])
  assert.is(names('skip-thoughts').length, 7)
  assert.throws(
    () => names('vgg16'),
    (error: Error) => error instanceof InputError && /published, storyteller, /.test(error.message),
  )
})

test('a list of one’s own: its form is checked', async () => {
  const list = async (value: unknown) => {
    const path = join(temporaryFolder(), 'list.json')
    writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
    return readCatalogue(path)
  }
  const licence = { id: 'x', title: 'X', text: 'free', url: 'https://a.test/' }
  const file = { name: 'a.npy', set: 's', purpose: 'p', licence: 'x', mirrors: ['https://a.test/a.npy'], facts: [] }
  assert.is((await list({ licences: [licence], files: [file] })).files[0]?.name, 'a.npy')
  await refused(list('{'), /is not JSON/)
  await refused(readCatalogue(join(temporaryFolder(), 'none.json')), /cannot be read/)
  for (const [change, says] of [
    [{ name: '../a.npy' }, /is not a plain file name/],
    [{ name: '.a' }, /is not a plain file name/],
    [{ mirrors: ['file:///etc/passwd'] }, /is not an http or https address/],
    [{ md5: 'xyz' }, /is not such a hash/],
    [{ licence: 'y' }, /names a licence that is not listed/],
  ] as const)
    await refused(list({ licences: [licence], files: [{ ...file, ...change }] }), says)
  await refused(list({ licences: [licence], files: [file, file] }), /two files have one name/)
})

test.run()
