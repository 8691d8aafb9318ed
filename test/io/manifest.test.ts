// The manifest's check: what it takes, and what it refuses with a cure.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError } from '../../lib/core/errors.ts'
import { type Manifest, manifestText, parseManifest } from '../../lib/io/manifest.ts'

const sha256 = 'ab'.repeat(32)
const good: Manifest = {
  format: 1,
  name: 'tiny',
  tensors: {
    'styles/romance': { file: 'styles/romance.npy', dtype: 'f32', shape: [32], layout: 'dim', sha256 },
    'vgg19/conv1_1.W': { file: 'vgg19/conv1_1.W.npy', dtype: 'f16', shape: [3, 3, 3, 3], layout: 'out, in', sha256 },
  },
  nets: { decoder: { dim: 22, dimWord: 9, dimContext: 32, nWords: 83, doutput: false } },
  vocabularies: { decoder: { file: 'vocabularies/decoder.json', count: 98 } },
  captions: { file: 'captions.txt', count: 200, embeddings: false },
  styles: ['romance'],
  sources: [{ file: 'romance_style.npy', bytes: 256, sha256, role: 'style romance' }],
  leftOut: [{ file: 'notes.txt', why: 'not a file of the model' }],
}

/** The good manifest with one value changed at a path like "tensors.styles/romance.file". */
function changed(path: string, value: unknown): string {
  const copy: unknown = structuredClone(good)
  const keys = path.split('.')
  let at = copy as Record<string, unknown>
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>
  at[keys.at(-1) ?? ''] = value
  return JSON.stringify(copy)
}

const refused = (text: string, part: RegExp) =>
  assert.throws(
    () => parseManifest(text, 'm/manifest.json'),
    (e: unknown) => e instanceof FileError && e.message.startsWith('m/manifest.json') && part.test(e.message),
  )

test('reads what it writes', () => {
  assert.equal(parseManifest(manifestText(good), 'x'), good)
})

test('shapes stay on one line', () => {
  assert.match(manifestText(good), '"shape": [3, 3, 3, 3]')
})

test('refused: not JSON, not an object', () => {
  refused('{"format": 1', /not a bundle manifest/)
  refused('[]', /format|object/i)
  refused('null', /object/i)
})

test('refused: another version, with what to do', () => {
  refused(changed('format', 2), /format 2, this version reads format 1; update neural-storyteller/)
  refused(changed('format', 0), /convert the original files again/)
})

test('refused: files outside the bundle', () => {
  for (const file of ['../x.npy', '/etc/passwd', 'a/../../b', 'a//b', '', 'c:\\x', 'a\\..\\b', './x', 'x\0y'])
    refused(changed('tensors.styles/romance.file', file), /tensors\.styles\/romance\.file.*not a path inside/)
})

test('refused: impossible sizes, types and hashes', () => {
  const tensor = 'tensors.styles/romance'
  for (const shape of [[], [0], [-1], [1.5], [2 ** 40, 2 ** 40], [1, 1, 1, 1, 1], 'x', [2 ** 53]])
    refused(changed(`${tensor}.shape`, shape), /shape/)
  refused(changed(`${tensor}.dtype`, 'f64'), /dtype/)
  refused(changed(`${tensor}.sha256`, 'xyz'), /SHA-256/)
  refused(changed('nets.decoder.dim', '22'), /nets\.decoder\.dim/)
  refused(changed('nets.decoder.doutput', undefined), /doutput/)
})

test('refused: a listed style without its tensor', () => {
  refused(changed('styles', ['romance', 'swift']), /style swift is listed but has no tensor/)
})

test('names like __proto__ are no tensors', () => {
  const text = manifestText(good).replace('"vgg19/conv1_1.W"', '"__proto__"')
  assert.equal(Object.keys(parseManifest(text, 'x').tensors), ['styles/romance'])
})

test.run()
