// encode, tokenize and style: vectors in files, held to the recorded ones; lines that cannot be encoded; mixtures.

import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ndarray from 'ndarray'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeNpy, readNpy } from '../../lib/io/npy.node.ts'
import { storyteller, temporaryHome } from '../support/cli.ts'
import { assertRecorded } from '../support/held-plan.ts'
import { recorded, recordedRows, tinyBundle } from '../support/tiny-model.ts'

interface Context {
  folder: string
  model: string
  remove(): Promise<void>
}

const test = suite<Context>('encode')

test.before(async context => {
  Object.assign(context, await temporaryHome())
  context.model = await tinyBundle(join(context.folder, 'tiny'), false)
})
test.after(({ remove }) => remove())

const { sentences, tokens } = recorded.json<{ sentences: string[]; tokens: string[][] }>('skip_sentences.json')
/** Those that are one line of a file; and of these, those that the original could encode without the end token. */
const lines = [...sentences.keys()].filter(i => !/[\r\n]/.test(sentences[i] ?? ''))
const encodable = lines.filter(i => (tokens[i]?.length ?? 0) > 0)
const textsOf = (indices: readonly number[]): string[] => indices.map(i => sentences[i] ?? '')

async function textFile(folder: string, name: string, texts: readonly string[]): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, `${texts.join('\n')}\n`)
  return file
}

/** Runs encode and reads what it wrote as rows. */
async function encode(folder: string, file: string, ...args: string[]): Promise<Float32Array[]> {
  const out = join(folder, 'made', 'v.npy')
  const { code, stdout, stderr } = await storyteller('encode', file, '--out', out, '--json', '--quiet', ...args)
  assert.is(code, 0, stderr)
  const { data, shape } = await readNpy(out)
  assert.instance(data, Float32Array)
  const [count = 0, dim = 0] = shape
  assert.equal(JSON.parse(stdout), { count, dim })
  return Array.from({ length: count }, (_, i) => (data as Float32Array).subarray(i * dim, (i + 1) * dim))
}

test('skip-thought vectors as recorded, with and without end token and norm', async ({ folder, model }) => {
  const some = await textFile(folder, 'some.txt', textsOf(encodable))
  const all = await textFile(folder, 'all.txt', textsOf(lines))
  for (const [norm, eos] of [
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const) {
    const stem = `skip_norm${norm}_eos${eos}`
    const args = ['--model', model, '--compat', ...(norm === 0 ? ['--no-norm'] : []), ...(eos === 1 ? ['--eos'] : [])]
    const rows = await encode(folder, eos === 1 ? all : some, ...args)
    const written = eos === 1 ? lines : encodable
    assert.is(rows.length, written.length)
    const expected = await recordedRows(stem)
    for (const [i, row] of rows.entries()) assertRecorded([row], expected, stem, { first: written[i] ?? -1 })
  }
})

test('--space: the two parts of a skip-thought vector, and places among the captions', async ({ folder, model }) => {
  const some = await textFile(folder, 'parts.txt', textsOf(encodable.slice(0, 5)))
  const [skip, uni, bi] = [
    await encode(folder, some, '--model', model),
    await encode(folder, some, '--model', model, '--space', 'uni'),
    await encode(folder, some, '--model', model, '--space', 'bi'),
  ]
  for (const [i, row] of skip.entries()) assert.equal([...(uni[i] ?? []), ...(bi[i] ?? [])], [...row])
  const texts = recorded.json<{ text: string }[]>('vse_sentences.json').map(({ text }) => text)
  const captions = await encode(folder, await textFile(folder, 'c.txt', texts), '--model', model, '--space', 'caption')
  assertRecorded(captions, await recordedRows('vse_sentences'), 'caption')
})

test('a line that is empty is named, nothing is written; files that are no text are told', async ({
  folder,
  model,
}) => {
  const out = join(folder, 'never.npy')
  await writeFile(join(folder, 'latin.txt'), Uint8Array.of(99, 97, 102, 0xe9, 10))
  await writeFile(join(folder, 'empty.txt'), '')
  const gap = await textFile(folder, 'gap.txt', ['a boat', '', 'a cow'])
  const cases: [string, RegExp][] = [
    [gap, /^storyteller: line 2 is empty and can't be encoded; remove it, or append the end token with --eos$/m],
    [join(folder, 'latin.txt'), /latin\.txt: is not UTF-8 text; save it as UTF-8/],
    [join(folder, 'empty.txt'), /empty\.txt: is empty; give a file with one sentence a line/],
    [join(folder, 'nothing.txt'), /nothing\.txt: there is no such file; check the path/],
  ]
  for (const [file, message] of cases) {
    const { code, stdout, stderr } = await storyteller('encode', file, '--out', out, '--model', model)
    assert.is(code, 1, file)
    assert.is(stdout, '')
    assert.match(stderr, message)
    assert.is(existsSync(out), false)
  }
  assert.is((await storyteller('encode', gap, '--out', out, '--model', model, '--eos')).code, 0)
})

test('a place that cannot be written to is told', async ({ folder, model }) => {
  const file = await textFile(folder, 'one.txt', ['a boat'])
  const { code, stderr } = await storyteller('encode', file, '--out', join(file, 'v.npy'), '--model', model)
  assert.is(code, 1)
  assert.match(stderr, /v\.npy: can't be written \(.*\); choose a place that you may write to/)
})

test('tokenize: the recorded words; JSON lines for programs', async ({ folder, model }) => {
  const file = await textFile(folder, 'sentences.txt', textsOf(lines))
  const plain = await storyteller('tokenize', file)
  assert.is(plain.stdout, lines.map(i => `${tokens[i]?.join(' ')}\n`).join(''))
  const { code, stdout } = await storyteller('tokenize', file, '--model', model, '--json')
  assert.is(code, 0)
  assert.equal(
    stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line)),
    lines.map(i => ({ line: sentences[i], tokens: tokens[i] })),
  )
})

test('lines end with LF, CRLF or CR; the last needs no end', async ({ folder }) => {
  const file = join(folder, 'ends.txt')
  await writeFile(file, '\ufeffa b\r\nc\rd\n\ne')
  const { stdout } = await storyteller('tokenize', file, '--json')
  assert.equal(
    stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).line),
    ['a b', 'c', 'd', '', 'e'],
  )
})

test('style make: the mean of passages that are long enough', async ({ folder, model }) => {
  const passages = ['the cow sleeps', 'a boat runs near the river '.repeat(5).trim(), 'the man sits '.repeat(9).trim()]
  const corpus = await textFile(folder, 'book.txt', passages)
  const out = join(folder, 'book.npy')
  const { code, stdout } = await storyteller(
    'style',
    'make',
    corpus,
    '--out',
    out,
    '--model',
    model,
    '--json',
    '--quiet',
  )
  assert.is(code, 0)
  assert.equal(JSON.parse(stdout), { file: out, dim: 32 })
  const [first, second] = await encode(folder, await textFile(folder, 'long.txt', passages.slice(1)), '--model', model)
  const mean = first?.map((value, i) => (value + (second?.[i] ?? Number.NaN)) / 2)
  const { data, shape } = await readNpy(out)
  assert.equal(shape, [32])
  for (const [i, value] of (data as Float32Array).entries()) assert.ok(Math.abs(value - (mean?.[i] ?? 9)) < 1e-7)
  const none = await storyteller(
    'style',
    'make',
    corpus,
    '--out',
    join(folder, 'no.npy'),
    '--model',
    model,
    '--min-length',
    '500',
  )
  assert.is(none.code, 1)
  assert.match(none.stderr, /none of the 3 passages has 500 characters or more/)
})

test('style mix: weighted sums of files; style ls: the names', async ({ folder, model }) => {
  const write = async (name: string, ...values: number[]) => {
    const file = join(folder, name)
    await writeFile(file, encodeNpy(ndarray(Float32Array.from(values), [values.length])))
    return file
  }
  const [a, b, short] = [await write('a.npy', 1, 2), await write('b.npy', -4, 8), await write('short.npy', 1)]
  const out = join(folder, 'mixed.npy')
  const mixed = await storyteller('style', 'mix', `${a}*0.5`, `${b}*-0.25`, '--out', out)
  assert.is(mixed.code, 0)
  assert.is(mixed.stdout, `${out}: 2 numbers\n`)
  assert.equal([...(await readNpy(out)).data], [1.5, -1])
  await storyteller('style', 'mix', `${a}*2+${b}`, '--out', out)
  assert.equal([...(await readNpy(out)).data], [-2, 12])
  const two = join(folder, 'two.npy')
  await writeFile(two, encodeNpy(ndarray(new Float32Array(4), [2, 2])))
  const cases: [string[], number, RegExp][] = [
    [[a, short], 1, /short\.npy has 1 numbers, .*a\.npy has 2; mix styles of one model/],
    [[two], 1, /two\.npy holds 2 vectors, a style is one/],
    [[`${a}*x`], 2, /is not NAME, FILE\.npy or one of them with \*WEIGHT/],
    [[join(folder, 'nothing.npy')], 1, /nothing\.npy: there is no such file/],
  ]
  for (const [terms, code, message] of cases) {
    const wrong = await storyteller('style', 'mix', ...terms, '--out', join(folder, 'not-mixed.npy'))
    assert.is(wrong.code, code)
    assert.match(wrong.stderr, message)
    assert.is(existsSync(join(folder, 'not-mixed.npy')), false)
  }
  assert.is((await storyteller('style', 'ls', '--model', model)).stdout, 'caption\nromance\nswift\n')
  const listed = await storyteller('style', 'ls', '--model', model, '--json')
  assert.equal(JSON.parse(listed.stdout), { model: 'weights', styles: ['caption', 'romance', 'swift'] })
})

test.run()
