// A fresh bundle passes; a byte, a shape, a file or a word that is not as it was fails a check that has a name and a cure.

import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AbortError } from '../../lib/core/errors.ts'
import type { Manifest } from '../../lib/io/manifest.ts'
import { convert } from '../../weights-converter/convert.ts'
import { type Check, verify } from '../../weights-converter/verify.ts'
import { refused, temporaryFolder, WEIGHTS } from './files.ts'

const whole = join(temporaryFolder(), 'bundle')
await convert({ source: WEIGHTS, out: whole })

/** A copy of the bundle to be damaged. */
function copy(): string {
  const dir = join(temporaryFolder(), 'bundle')
  cpSync(whole, dir, { recursive: true })
  return dir
}
const change = (dir: string, file: string, to: (bytes: Buffer) => Buffer | string) =>
  writeFileSync(join(dir, file), to(readFileSync(join(dir, file))))
const changeManifest = (dir: string, to: (manifest: Manifest) => void) =>
  change(dir, 'manifest.json', bytes => {
    const manifest = JSON.parse(bytes.toString())
    to(manifest)
    return JSON.stringify(manifest)
  })
const failed = (checks: readonly Check[]) => checks.filter(({ ok }) => !ok)
const failures = async (dir: string): Promise<string[]> => failed(await verify(dir)).map(({ name }) => name)

test('a fresh bundle passes every check, and every tensor and word list has one', async () => {
  const checks = await verify(whole)
  assert.equal(failed(checks), [])
  const names = new Set(checks.map(({ name }) => name))
  assert.is(names.size, checks.length)
  const manifest: Manifest = JSON.parse(readFileSync(join(whole, 'manifest.json'), 'utf8'))
  for (const name of Object.keys(manifest.tensors)) {
    assert.ok(names.has(name), name)
    assert.ok(names.has(`shape of ${name}`) || name.startsWith('styles/'), `shape of ${name}`)
  }
  for (const name of [
    'manifest',
    'words of the tables',
    'words of the embedding',
    'words of the decoder',
    'captions',
    'style swift',
  ])
    assert.ok(names.has(name), name)
})

test('f16 and bundles of one net pass too', async () => {
  for (const options of [{ dtype: 'f16' as const }, { only: 'vgg19' }, { only: 'decoder' }, { only: 'bi-skip' }]) {
    const out = join(temporaryFolder(), 'bundle')
    await convert({ source: WEIGHTS, out, ...options })
    assert.equal(await failures(out), [])
  }
})

test('one byte of a tensor, anywhere in its file', async () => {
  for (const file of ['decoder/gru.U.npy', 'vgg19/conv1_1.b.npy', 'styles/swift.npy'])
    for (const at of [0, 70, -1]) {
      const dir = copy()
      change(dir, file, bytes => {
        const index = at < 0 ? bytes.length + at : at
        bytes[index] = (bytes[index] ?? 0) ^ 4
        return bytes
      })
      assert.equal(await failures(dir), [file.replace(/\.npy$/, '')], `${file} ${at}`)
    }
})

test('files that are cut, longer, or not there', async () => {
  const dir = copy()
  change(dir, 'decoder/words.npy', bytes => bytes.subarray(0, -4))
  change(dir, 'word-tables/uni.npy', bytes => Buffer.concat([bytes, Buffer.from([0])]))
  rmSync(join(dir, 'embedding', 'image.b.npy'))
  rmSync(join(dir, 'captions.txt'))
  assert.equal((await failures(dir)).sort(), ['captions', 'decoder/words', 'embedding/image.b', 'word-tables/uni'])
  const check = failed(await verify(dir)).find(({ name }) => name === 'decoder/words')
  assert.match(check?.detail ?? '', /words\.npy/)
  assert.match(check?.cure ?? '', /convert the original files again/)
})

test('a shape in the manifest that is not the file’s', async () => {
  const dir = copy()
  changeManifest(dir, ({ tensors }) => {
    const tensor = tensors['uni-skip/encoder.U']
    if (tensor) tensor.shape = [18, 54]
  })
  assert.equal(await failures(dir), ['uni-skip/encoder.U', 'shape of uni-skip/encoder.U'])
})

test('options that the tensors do not fit', async () => {
  const dir = copy()
  changeManifest(dir, ({ nets }) => {
    if (nets.decoder) nets.decoder.dimContext = 40
    if (nets['bi-skip']) nets['bi-skip'].dimWord = 12
  })
  assert.equal((await failures(dir)).sort(), [
    'shape of bi-skip/backward.W',
    'shape of bi-skip/forward.W',
    'shape of decoder/state.W',
    'shape of word-tables/bi',
    'style caption',
    'style romance',
    'style swift',
  ])
})

test('a tensor that the manifest has lost', async () => {
  const dir = copy()
  changeManifest(dir, ({ tensors }) => {
    delete tensors['decoder/logits.b']
    delete tensors['word-tables/uni']
  })
  const checks = failed(await verify(dir))
  assert.equal(checks.map(({ name }) => name).sort(), ['shape of decoder/logits.b', 'shape of word-tables/uni'])
  assert.match(checks[0]?.detail ?? '', /absent/)
})

test('words and captions: cut, changed, or too few', async () => {
  const damage: Record<string, [file: string, to: (text: string) => string]> = {
    'words of the tables': ['vocabularies/skip-thoughts.txt', text => text.slice(0, -40)],
    'words of the embedding': ['vocabularies/embedding.json', text => text.slice(0, -3)],
    'words of the decoder': [
      'vocabularies/decoder.json',
      text => text.replace(/\["island",\d+\],?/, '').replace(/,\]/, ']'),
    ],
    captions: ['captions.txt', text => text.replace('a', 'b')],
  }
  for (const [name, [file, to]] of Object.entries(damage)) {
    const dir = copy()
    change(dir, file, bytes => to(bytes.toString()))
    assert.equal(await failures(dir), [name])
  }
  const dir = copy()
  changeManifest(dir, ({ vocabularies }) => {
    const words = vocabularies['skip-thoughts']
    if (words) words.count = 91
  })
  assert.equal(await failures(dir), ['shape of word-tables/uni', 'shape of word-tables/bi', 'words of the tables'])
})

test('word lists without a hash are still read', async () => {
  const dir = copy()
  changeManifest(dir, ({ vocabularies }) => {
    for (const entry of Object.values(vocabularies)) delete entry?.sha256
  })
  assert.equal(await failures(dir), [])
  change(dir, 'vocabularies/skip-thoughts.txt', bytes => bytes.toString().replace('UNK\n', 'unk\n'))
  change(dir, 'vocabularies/decoder.json', bytes => bytes.toString().replace('["the",4]', '["the",400]'))
  const checks = failed(await verify(dir))
  assert.equal(
    checks.map(({ name }) => name),
    ['words of the tables', 'words of the decoder'],
  )
  assert.match(checks[0]?.detail ?? '', /no word UNK/)
  assert.match(checks[1]?.detail ?? '', /1 of 83 ids have no word/)
})

test('no bundle, and an abort', async () => {
  await refused(verify(temporaryFolder()), /manifest\.json/)
  const dir = copy()
  change(dir, 'manifest.json', bytes => bytes.subarray(0, 100))
  await refused(verify(dir), /manifest\.json.*not JSON/)
  const controller = new AbortController()
  let calls = 0
  const onProgress = () => {
    if (++calls === 5) controller.abort()
  }
  const error = await verify(whole, { signal: controller.signal, onProgress }).catch(e => e)
  assert.instance(error, AbortError)
  assert.is(calls, 5)
})

test.run()
