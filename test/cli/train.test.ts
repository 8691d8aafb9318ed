// train as users type it: a text becomes a decoder that tells, whatever kills it on the way; encoders and a decoder become a model;
// pictures with captions an embedding. What trainings do in detail is tested in test/train.

import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ndarray from 'ndarray'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeNpy } from '../../lib/io/npy.ts'
import { start, storyteller, temporaryHome } from '../support/cli.ts'
import { smallContexts, smallText } from '../support/small-text.ts'
import { picture } from '../support/tiny-model.ts'

interface Context {
  folder: string
  /** With a blank line at its end, which does not count. */
  text: string
  /** The same without. */
  passages: string
  remove(): Promise<void>
}

const test = suite<Context>('train')
const COUNT = 40
const DIM = 6
const SMALL = ['--dim', '12', '--dim-word', '8', '--batch-size', '4', '--lrate', '0.01', '--max-epochs', '3']

test.before(async context => {
  Object.assign(context, await temporaryHome())
  context.text = join(context.folder, 'text.txt')
  context.passages = join(context.folder, 'passages.txt')
  await writeFile(context.text, `${smallText(COUNT).join('\n')}\n\n`)
  await writeFile(context.passages, smallText(COUNT).join('\n'))
  const contexts = ndarray(smallContexts(smallText(COUNT), DIM), [COUNT, DIM])
  await writeFile(join(context.folder, 'contexts.npy'), encodeNpy(contexts))
})
test.after(({ remove }) => remove())

const lines = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

test('a text becomes a decoder that tells; vectors of the passages are computed once', async ({
  folder,
  text,
  passages,
}) => {
  const out = join(folder, 'sea', 'sea.npz')
  const args = ['train', 'decoder', text, '--out', out, ...SMALL, '--held-out', '5', '--valid-freq', '10']
  const { code, stdout, stderr } = await storyteller(...args, '--sample-freq', '10', '--json')
  assert.is(code, 0, stderr)
  assert.not.match(stderr, /garbage collection/)
  const events = lines(stdout)
  const types = new Set(events.map(({ type }) => type))
  assert.equal([...types].sort(), ['done', 'epoch', 'evaluation', 'samples', 'saved', 'update'])
  const update = events.find(({ type }) => type === 'update')
  for (const name of ['update', 'epoch', 'batch', 'batches', 'cost', 'costPerWord', 'wordsPerSecond', 'secondsLeft'])
    assert.type(update?.[name], 'number', name)
  const files = events.at(-1)?.files as string[]
  assert.ok(files.includes(out) && files.every(file => existsSync(file)), files.join())

  const again = await storyteller(...args, '--max-epochs', '4', '--reload')
  assert.is(again.code, 0, again.stderr)
  assert.match(again.stderr, /contexts: taken from/)
  assert.match(again.stdout, /^update \d+: held-out cost \d\.\d+ a word$/m)

  const vectors = join(folder, 'vectors.npy')
  assert.is((await storyteller('encode', passages, '--out', vectors)).code, 0)
  const told = await storyteller('decode', vectors, '--decoder', out, '--bw', '2', '--json')
  assert.is(told.code, 0, told.stderr)
  assert.is(lines(told.stdout).length, COUNT)
})

test('kill -9 loses no more than the updates since the last save, and --reload ends bit for bit the same', async ({
  folder,
  text,
}) => {
  const args = (name: string) => [
    ...['train', 'decoder', text, '--out', join(folder, name, 'small.npz'), ...SMALL, '--sample-freq', '0', '--json'],
    ...['--contexts', join(folder, 'contexts.npy'), '--save-freq', '5', '--max-epochs', '2'],
  ]
  const whole = await storyteller(...args('whole'))
  assert.is(whole.code, 0, whole.stderr)
  const { child, ended } = start(...args('cut'))
  let printed = ''
  await new Promise<void>(resolve => {
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk
      if (printed.includes('"update":11,')) resolve()
    })
    child.on('close', () => resolve())
  })
  child.kill('SIGKILL')
  const { stdout } = await ended
  const made = Math.max(...[...stdout.matchAll(/"type":"update","update":(\d+)/g)].map(([, update]) => Number(update)))
  const rest = await storyteller(...args('cut'), '--reload')
  assert.is(rest.code, 0, rest.stderr)
  const [first] = lines(rest.stdout)
  assert.ok(Number(first?.update) > made - 10, `${first?.update} after ${made} were made`)
  assert.equal(await readFile(join(folder, 'cut', 'small.npz')), await readFile(join(folder, 'whole', 'small.npz')))
})

test('encoders and a decoder trained in one folder are a model', async ({ folder, text, passages }) => {
  const model = join(folder, 'model')
  const at = (name: string) => ['--out', join(model, `${name}.npz`), ...SMALL, '--max-epochs', '1', '--quiet']
  for (const [name, encoder] of [
    ['uni_skip', 'uni'],
    ['bi_skip', 'bi'],
  ] as const) {
    const { code, stderr } = await storyteller('train', 'skip-thoughts', text, '--encoder', encoder, ...at(name))
    assert.is(code, 0, stderr)
  }
  const bundle = join(folder, 'encoders')
  assert.is((await storyteller('convert', model, '--out', bundle, '--quiet')).code, 0)
  const trained = await storyteller('train', 'decoder', text, '--model', bundle, ...at('sea'))
  assert.is(trained.code, 0, trained.stderr)
  const whole = join(folder, 'all')
  const { code, stdout, stderr } = await storyteller('convert', model, '--out', whole, '--json')
  assert.is(code, 0, stderr)
  assert.equal(Object.keys(JSON.parse(stdout).nets).sort(), ['bi-skip', 'decoder', 'uni-skip'])
  const vectors = join(folder, 'trained.npy')
  assert.is((await storyteller('encode', passages, '--out', vectors, '--model', whole)).code, 0)
  const told = await storyteller('decode', vectors, '--model', whole, '--bw', '1')
  assert.is(told.code, 0, told.stderr)
})

test('pictures with captions become an embedding: JSON lines or a folder', async ({ folder }) => {
  const names = ['harbour', 'mill', 'meadow']
  const json = names.map(name =>
    JSON.stringify({ image: picture(name), captions: [`a ${name} .`, `the ${name} again .`] }),
  )
  await writeFile(join(folder, 'pictures.jsonl'), `${json.join('\n')}\n`)
  const pictures = join(folder, 'pictures')
  await mkdir(pictures)
  for (const name of names) {
    await writeFile(join(pictures, `${name}.png`), await readFile(picture(name)))
    await writeFile(join(pictures, `${name}.txt`), `a ${name} .\nthe ${name} again .\n`)
  }
  const out = (name: string) => ['--out', join(folder, name, 'emb.npz'), ...SMALL, '--quiet']
  const costs: unknown[] = []
  for (const [i, source] of [join(folder, 'pictures.jsonl'), pictures].entries()) {
    const { code, stdout, stderr } = await storyteller(
      'train',
      'embedding',
      source,
      ...out(`emb${i}`),
      '--disp-freq',
      '1',
      '--json',
    )
    assert.is(code, 0, stderr)
    const events = lines(stdout)
    assert.ok(events.some(({ type, figures }) => type === 'evaluation' && typeof figures === 'object'))
    costs.push(events.find(({ type }) => type === 'update')?.cost)
  }
  assert.type(costs[0], 'number')
})

test('untokenised texts are noticed, and tokenised where that is asked for', async ({ folder }) => {
  const raw = join(folder, 'raw.txt')
  await writeFile(raw, 'Once, a gull lost its boots.\nThe captain sold them, again.\nNils laughed.\n')
  await writeFile(join(folder, 'three.npy'), encodeNpy(ndarray(new Float32Array(9).fill(0.1), [3, 3])))
  const args = [
    'train',
    'decoder',
    raw,
    '--contexts',
    join(folder, 'three.npy'),
    ...SMALL,
    '--max-epochs',
    '1',
    '--out',
  ]
  const plain = await storyteller(...args, join(folder, 'raw', 'a.npz'))
  assert.match(plain.stderr, /looks untokenised/)
  const split = await storyteller(...args, join(folder, 'raw', 'b.npz'), '--tokenize')
  assert.not.match(split.stderr, /looks untokenised/)
  const dictionary = await readFile(join(folder, 'raw', 'b_dictionary.pkl'), 'latin1')
  assert.ok(dictionary.includes('U\u0005boots') && !dictionary.includes('boots.'))
})

test('wrong usage and bad files are told before anything is trained', async ({ folder, text }) => {
  const out = ['--out', join(folder, 'wrong', 'a.npz')]
  const code = async (...args: string[]) => (await storyteller('train', ...args)).code
  assert.is(await code('decoder', text), 2)
  assert.is(await code('poet', text, ...out), 2)
  assert.is(await code('decoder', text, ...out, '--dim', '0'), 2)
  assert.is(await code('decoder', text, ...out, '--dev', text, '--held-out', '3'), 2)
  assert.is(await code('skip-thoughts', text, ...out, '--sample-freq', '3'), 2)
  assert.is(await code('decoder', join(folder, 'absent.txt'), ...out), 1)
  assert.is(await code('decoder', text, ...out, '--held-out', `${COUNT}`), 1)
  assert.is(await code('embedding', text, ...out), 1)
  assert.is(await code('decoder', text, ...out, '--contexts', join(folder, 'absent.npy')), 1)
  const { code: resumed, stderr } = await storyteller('train', 'decoder', text, ...out, '--reload')
  assert.is(resumed, 1)
  assert.match(stderr, /there is no such checkpoint/)
  assert.is(existsSync(join(folder, 'wrong', 'a.npz')), false)
})

test.run()
