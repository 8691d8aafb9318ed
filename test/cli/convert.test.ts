// convert, verify, inspect, and the bundles of the cache (ls, show, rm), as users type them. What is converted, and what a file
// holds, is tested in test/weights-converter.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { storyteller, temporaryHome } from '../support/cli.ts'
import { original, picture, tiny } from '../support/tiny-model.ts'
import { original as seeded } from '../weights-converter/originals.ts'

interface Context {
  folder: string
  bundle: string
  remove(): Promise<void>
}

const test = suite<Context>('convert')
const WEIGHTS = join(tiny, 'weights')

test.before(async context => {
  Object.assign(context, await temporaryHome())
  context.bundle = join(context.folder, 'home', 'bundles', 'small')
})
test.after(({ remove }) => remove())

test('convert: a bundle with its captions embedded, and what was made of which file', async ({ bundle }) => {
  const { code, stdout, stderr } = await storyteller('convert', WEIGHTS, '--out', bundle, '--json')
  assert.is(code, 0, stderr)
  const { name, out, dtype, nets, captions, styles, sources, leftOut, missing, tensors, ...rest } = JSON.parse(stdout)
  assert.equal([rest, missing], [{}, []])
  assert.equal([name, out, dtype, captions, styles], ['weights', bundle, 'f32', 200, ['caption', 'romance', 'swift']])
  assert.equal(Object.keys(nets).sort(), ['bi-skip', 'decoder', 'embedding', 'uni-skip', 'vgg19'])
  assert.ok(sources.some(({ file, role }: { file: string; role: string }) => file === 'vgg19.pkl' && role === 'vgg19'))
  assert.ok(
    leftOut.some(({ file, why }: { file: string; why: string }) => file === 'romance_doutput.npz' && why !== ''),
  )
  assert.ok(tensors > 60)
  const manifest = JSON.parse(await readFile(join(bundle, 'manifest.json'), 'utf8'))
  assert.is(manifest.captions.embeddings, true)
  assert.ok(existsSync(join(bundle, manifest.tensors['captions/embeddings'].file)))
})

test('convert: options; for people one line ends with the bundle', async ({ folder }) => {
  const out = join(folder, 'half')
  const args = ['convert', WEIGHTS, '--out', out, '--only', 'decoder', '--dtype', 'f16', '--no-cache', '--quiet']
  const { code, stdout, stderr } = await storyteller(...args)
  assert.equal([code, stderr], [0, ''])
  assert.match(stdout, /^decoder: \{.*"dim":22.*\}\n/)
  assert.ok(stdout.endsWith(`${out}: ready\n`))
  const { nets, tensors } = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'))
  assert.equal(Object.keys(nets), ['decoder'])
  assert.is(tensors['decoder/words'].dtype, 'f16')
  const told = await storyteller('tell', picture('mill'), '--model', out)
  assert.is(told.code, 1)
  assert.match(told.stderr, /this model has no .*; convert it again with/)
})

test('convert: what stands in the way, or is no model, is told; nothing is left beside', async ({ folder, bundle }) => {
  const cases: [string[], number, RegExp][] = [
    [[WEIGHTS, '--out', bundle], 1, /small: exists already and is not empty; choose another --out, or remove it first/],
    [[join(folder, 'nowhere'), '--out', join(folder, 'x')], 1, /nowhere/],
    [[join(tiny, 'images'), '--out', join(folder, 'x')], 1, /holds no weights of the original program/],
    [[WEIGHTS, '--out', join(folder, 'x'), '--only', 'vgg16'], 1, /vgg16/],
    [[WEIGHTS, '--out', join(folder, 'x'), '--dtype', 'f64'], 2, /Allowed choices are f32, f16/],
    [[WEIGHTS], 2, /required option '--out <dir>' not specified/],
  ]
  for (const [args, code, message] of cases) {
    const ended = await storyteller('convert', ...args)
    assert.is(ended.code, code, args.join(' '))
    assert.is(ended.stdout, '')
    assert.match(ended.stderr, message)
    assert.is(existsSync(join(folder, 'x')), false)
  }
  assert.equal(
    (await readdir(folder)).filter(name => name.startsWith('.')),
    [],
  )
})

test('verify: all checks pass; a changed number is found, named, and exit 1', async ({ folder, bundle }) => {
  const good = await storyteller('verify', bundle, '--json', '--quiet')
  assert.is(good.code, 0)
  const { ok, checks, ...rest } = JSON.parse(good.stdout)
  assert.equal([ok, rest], [true, {}])
  for (const check of checks) assert.is(check.ok, true, check.name)
  const spoilt = join(folder, 'spoilt')
  await cp(bundle, spoilt, { recursive: true })
  const file = join(spoilt, 'decoder', 'words.npy')
  const bytes = await readFile(file)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  await writeFile(file, bytes)
  const bad = await storyteller('verify', spoilt)
  assert.is(bad.code, 1)
  assert.match(bad.stdout, /^FAIL {2}decoder\/words: /m)
  assert.match(bad.stderr, /spoilt: 1 of \d+ checks failed/)
  assert.is(JSON.parse((await storyteller('verify', spoilt, '--json')).stdout).ok, false)
  assert.is((await storyteller('verify', 'small')).code, 0)
  assert.is((await storyteller('verify', join(folder, 'nowhere'))).code, 1)
})

test('verify --image: the published stories, which the tiny model does not tell', async ({ bundle }) => {
  const { code, stdout, stderr } = await storyteller('verify', bundle, '--image', picture('mill'))
  assert.is(code, 1)
  assert.match(
    stdout,
    /^FAIL {2}the picture ex1\.jpg: .*mill\.png is another picture: its SHA-256 is [0-9a-f]{64}; take /m,
  )
  assert.match(
    stdout,
    /^FAIL {2}the published story of ex1\.jpg, romance: the first \d+ of 113 words are the same, then comes /m,
  )
  assert.match(stdout, /^FAIL {2}the published story of ex1\.jpg, swift: the first \d+ of 34 words /m)
  assert.match(stdout, /^pass {2}original files: not the published ones: /m)
  assert.match(stderr, /3 of \d+ checks failed/)
  assert.is((await storyteller('verify', bundle, '--image', picture('mill'), '--no-story')).code, 2)
})

test('inspect: arrays with the hash of their values, values of pickles; needs no adapter', async () => {
  process.env.STORYTELLER_ADAPTER = 'no-such-adapter'
  try {
    const table = await storyteller('inspect', original('utable.npy'), '--json')
    assert.is(table.code, 0)
    const { data, shape } = seeded('utable.npy')
    const sha256 = createHash('sha256').update(new Uint8Array(data.buffer)).digest('hex')
    const { kind, arrays } = JSON.parse(table.stdout)
    assert.equal([kind, arrays], ['npy', [{ name: '', dtype: '<f4', shape, sha256 }]])
    const options = JSON.parse((await storyteller('inspect', original('romance.npz.pkl'), '--json')).stdout)
    assert.equal([options.kind, options.values.dim, options.values.doutput], ['pickle', 22, false])
    const text = await storyteller('inspect', original('uni_skip.npz'))
    assert.match(text.stdout, /uni_skip\.npz: npz\n( {2}\S+ {2}<f[48]\[.*\] {2}[0-9a-f]{16}…\n)+$/)
  } finally {
    delete process.env.STORYTELLER_ADAPTER
  }
})

test('inspect: damaged and hostile files, and what is none of ours, end with exit 1 and no output', async ({
  folder,
}) => {
  const bad = (name: string) => join(tiny, 'bad', name)
  const cases: [string, RegExp][] = [
    [bad('evil.p2.pkl'), /evil\.p2\.pkl at byte 2: .*posix\.system.* nothing was run/],
    [bad('truncated.npz'), /truncated\.npz/],
    [bad('wrong_shape_overflow.npy'), /wrong_shape_overflow\.npy/],
    [bad('empty.npy'), /empty\.npy/],
    [picture('mill'), /mill\.png at byte 0: a picture, not a file of weights or words/],
    [join(folder, 'nothing.npy'), /nothing\.npy: there is no such file; check the path/],
  ]
  for (const [file, message] of cases) {
    const { code, stdout, stderr } = await storyteller('inspect', file, '--json')
    assert.is(code, 1, file)
    assert.is(stdout, '')
    assert.match(stderr, message)
  }
})

test('a folder: what each file is, and what a story lacks, in one sentence', async ({ folder }) => {
  const whole = await storyteller('inspect', WEIGHTS)
  assert.is(whole.code, 0)
  assert.match(whole.stdout, /^romance\.npz: decoder$/m)
  assert.match(whole.stdout, /weights: all that a story needs is there\n$/)
  const pile = join(folder, 'pile')
  await cp(WEIGHTS, pile, { recursive: true })
  await rename(join(pile, 'btable.npy'), join(pile, 'btable.npy.part'))
  const missing =
    /btable\.npy \(word vectors of bi_skip; btable\.npy\.part is a download that was not finished\): "storyteller pull btable\.npy --out \S+pile"; or put/
  const { stdout } = await storyteller('inspect', pile, '--json')
  assert.equal(
    JSON.parse(stdout).missing.map((gap: { file: string }) => gap.file),
    ['btable.npy'],
  )
  assert.match((await storyteller('inspect', pile)).stdout, missing)
  const told = await storyteller('tell', picture('mill'), '--model', pile)
  assert.equal([told.code, told.stdout], [1, ''])
  assert.match(told.stderr, missing)
  assert.is((await storyteller('convert', pile, '--out', join(folder, 'y'))).code, 1)
})

test('ls, show, rm: the bundles of the cache, damaged ones too', async ({ folder, bundle }) => {
  const broken = join(folder, 'home', 'bundles', 'broken')
  await mkdir(broken)
  await writeFile(join(broken, 'manifest.json'), '{')
  const listed = JSON.parse((await storyteller('ls', '--json')).stdout)
  assert.equal(
    listed.map(({ name, dir }: { name: string; dir: string }) => [name, dir]),
    [
      ['broken', broken],
      ['small', bundle],
    ],
  )
  assert.match((await storyteller('ls')).stdout, /^broken {2}0\.0 MB {2}damaged: .*not JSON.*\nsmall {2}\d\.\d MB\n$/)
  const shown = JSON.parse((await storyteller('show', 'small', '--json')).stdout)
  assert.equal([shown.name, shown.captions.count, shown.styles.length], ['small', 200, 3])
  assert.match((await storyteller('show', 'small')).stdout, / {2}decoder: \{.*\n {2}captions: 200 {3}styles: caption, /)
  const removed = await storyteller('rm', 'small')
  assert.equal([removed.code, existsSync(bundle)], [0, false])
  assert.match(removed.stdout, /^removed small \(\d\.\d MB\)\n$/)
  for (const verb of ['show', 'rm']) {
    const { code, stderr } = await storyteller(verb, 'small')
    assert.is(code, 1)
    assert.match(stderr, /no bundle small in .*; there are broken/)
    assert.match((await storyteller(verb, '../home')).stderr, /"\.\.\/home" is not a bundle's name/)
  }
  await storyteller('rm', 'broken')
  const empty = await storyteller('ls')
  assert.equal([empty.code, empty.stdout], [0, ''])
  assert.match(empty.stderr, /the cache is empty/)
})

test.run()
