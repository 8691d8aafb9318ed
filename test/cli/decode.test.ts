// decode and trace: the recorded beams through the command line, steps fed by hand, and the files of a trace.

import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ndarray from 'ndarray'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeNpy, readNpy } from '../../lib/io/npy.node.ts'
import { storyteller, temporaryHome } from '../support/cli.ts'
import { assertRecorded } from '../support/held-plan.ts'
import { original, picture, recorded, recordedRows, recordedStory, tiny, tinyBundle } from '../support/tiny-model.ts'

interface Context {
  folder: string
  model: string
  /** The recorded shifts (k 100, romance) of the pictures harbour and mill, and both together. */
  harbour: string
  mill: string
  both: string
  remove(): Promise<void>
}

interface Beam {
  decoder: string
  image: string
  k: number
  maxlen: number
  use_unk: boolean
  hypotheses: number[][]
  scores: number[]
}

const test = suite<Context>('decode')
const DIM = 32

test.before(async context => {
  Object.assign(context, await temporaryHome())
  context.model = await tinyBundle(join(context.folder, 'tiny'))
  const { rows } = await recordedRows('shift')
  const names = recorded.json<string[]>('images.json')
  const shift = (image: string) => rows[names.indexOf(image)]?.subarray(2 * DIM, 3 * DIM) ?? new Float32Array()
  const save = async (name: string, values: readonly number[]) => {
    const file = join(context.folder, name)
    await writeFile(file, encodeNpy(ndarray(Float32Array.from(values), [values.length / DIM, DIM])))
    return file
  }
  context.harbour = await save('harbour.npy', [...shift('harbour')])
  context.mill = await save('mill.npy', [...shift('mill')])
  context.both = await save('both.npy', [...shift('harbour'), ...shift('mill')])
})
test.after(({ remove }) => remove())

function beam(decoder: string, image: string, k: number, maxlen: number, useUnknown = false): Beam {
  const found = recorded
    .json<Beam[]>('beams.json')
    .find(
      b => b.decoder === decoder && b.image === image && b.k === k && b.maxlen === maxlen && b.use_unk === useUnknown,
    )
  if (found === undefined) throw new Error(`no beam of ${decoder}, ${image}, ${k}, ${maxlen} is recorded`)
  return found
}

/** The lines of JSON that decode prints. */
async function decode(...args: string[]) {
  const { code, stdout, stderr } = await storyteller('decode', ...args, '--json', '--quiet')
  assert.is(code, 0, stderr)
  return stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
}

test('--all: all hypotheses of each row in the original’s order, with their costs; the cheapest first of all', async ({
  both,
  model,
}) => {
  const told = await decode(both, '--model', model, '--bw', '5', '--maxlen', '30', '--all')
  assert.is(told.length, 2)
  for (const [i, image] of ['harbour', 'mill'].entries()) {
    const { hypotheses, ...best } = told[i]
    const expected = beam('plain', image, 5, 30)
    assert.equal(
      hypotheses.map(({ tokens }: Beam & { tokens: number[] }) => tokens),
      expected.hypotheses,
    )
    for (const [j, { cost }] of hypotheses.entries()) assert.ok(Math.abs(cost - (expected.scores[j] ?? 0)) < 2e-4)
    const cheapest = expected.scores.indexOf(Math.min(...expected.scores))
    assert.equal(Object.keys(best), ['text', 'tokens', 'cost'])
    assert.equal(best, hypotheses[cheapest])
    assert.is(best.text.split(' ').length, best.tokens.length - 1)
  }
})

test('--decoder: an original file, with the deep output; or a bundle; --use-unk', async ({ harbour, mill, model }) => {
  const args = ['--bw', '2', '--maxlen', '30', '--all']
  const tokensOf = (told: { hypotheses: { tokens: number[] }[] }[]) => told[0]?.hypotheses.map(({ tokens }) => tokens)
  const file = original('romance_doutput.npz')
  const deep = beam('deep', 'harbour', 2, 30, true)
  assert.equal(tokensOf(await decode(harbour, '--decoder', file, ...args, '--use-unk')), deep.hypotheses)
  assert.equal(tokensOf(await decode(mill, '--decoder', model, ...args)), beam('plain', 'mill', 2, 30).hypotheses)
})

test('for people: a text a row; with --all the others, indented', async ({ both, model }) => {
  const { stdout } = await storyteller('decode', both, '--model', model, '--bw', '2', '--all')
  assert.match(stdout, /^(\S.*\n( {2}\d+\.\d{4} {2}.*\n){2}){2}$/)
})

test('--argmax: the likeliest words, as recorded probabilities have them', async ({ harbour, model }) => {
  const [{ tokens, hypotheses }] = await decode(harbour, '--model', model, '--argmax')
  assert.is(hypotheses, undefined)
  const { rows } = await recordedRows('dec_plain_probs')
  const fed = recorded.json<number[]>('dec_plain_fed.json')
  let compared = 0
  for (const [step, probabilities] of rows.entries()) {
    const likeliest = probabilities.indexOf(Math.max(...probabilities))
    assert.is(tokens[step], likeliest)
    compared++
    // From here on the recorded steps went another way.
    if (likeliest !== fed[step + 1]) break
  }
  assert.ok(compared >= 3)
})

test('--sample: the seed repeats the texts, another has others', async ({ both, model }) => {
  const draw = (...args: string[]) => decode(both, '--model', model, '--maxlen', '15', '--sample', ...args)
  const three = await draw('--seed', '3')
  assert.equal(await draw('--seed', '3'), three)
  assert.not.equal(await draw('--seed', '4'), three)
})

test('--feed: states, logits and probabilities of every step, as recorded', async ({ harbour, folder, model }) => {
  for (const [name, decoder] of [
    ['plain', model],
    ['deep', original('romance_doutput.npz')],
  ] as const) {
    const out = join(folder, `fed ${name}`)
    const ids = join(tiny, 'expected', `dec_${name}_fed.json`)
    const [{ files }] = await decode(harbour, '--decoder', decoder, '--feed', ids, '--trace', out)
    assert.equal(
      files,
      ['states', 'logits', 'probs'].map(what => join(out, `${what}.npy`)),
    )
    for (const what of ['states', 'logits', 'probs']) {
      const { data, shape } = await readNpy(join(out, `${what}.npy`))
      const [steps = 0, width = 0] = shape
      assert.is(steps, 12)
      const rows = Array.from({ length: steps }, (_, i) => (data as Float32Array).subarray(i * width, (i + 1) * width))
      assertRecorded(rows, await recordedRows(`dec_${name}_${what}`), `${name} ${what}`)
    }
  }
})

test('what cannot be decoded or fed is told, and nothing is written', async ({ harbour, both, folder, model }) => {
  const out = join(folder, 'never')
  const write = async (name: string, text: string | Uint8Array) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const narrow = await write('narrow.npy', encodeNpy(ndarray(new Float32Array(6), [2, 3])))
  const feed = (ids: string, vectors = harbour) => [vectors, '--feed', ids, '--trace', out]
  const cases: [string[], number, RegExp][] = [
    [[narrow], 1, /narrow\.npy: holds vectors of 3 numbers, the decoder takes 32; give vectors of the model/],
    [[picture('mill')], 1, /mill\.png.*not a \.npy file/],
    [[harbour, '--decoder', original('nothing.npz')], 1, /nothing\.npz: there is no such file; check the path/],
    [[harbour, '--decoder', original('uni_skip.npz')], 1, /uni_skip\.npz: is not a decoder/],
    [feed(join(folder, 'nothing.json')), 1, /nothing\.json: there is no such file/],
    [feed(await write('text.json', 'one two')), 1, /text\.json: is not JSON; give a list of word ids such as/],
    [feed(await write('far.json', '[-1, 83]')), 1, /far\.json: is not a list of word ids from -1 to 82/],
    [feed(await write('empty.json', '[]')), 1, /empty\.json: is not a list/],
    [feed(await write('ids.json', '[-1]'), both), 2, /--feed takes one vector; the file holds 2/],
  ]
  for (const [args, code, message] of cases) {
    const ended = await storyteller('decode', ...args, ...(args.includes('--decoder') ? [] : ['--model', model]))
    assert.is(ended.code, code, args.join(' '))
    assert.is(ended.stdout, '')
    assert.match(ended.stderr, message)
    assert.is(existsSync(out), false)
  }
})

test('trace: every stage in its file, with its shape and type', async ({ folder, model }) => {
  const out = join(folder, 'traced')
  const options = ['--model', model, '--compat', '--k', '5', '--bw', '5', '--json', '--quiet']
  const { code, stdout } = await storyteller('trace', picture('mill'), '--out', out, ...options)
  assert.is(code, 0)
  const shapes: Record<string, number[]> = {
    image: [1, 3, 224, 224],
    pool1: [1, 3, 112, 112],
    pool2: [1, 5, 56, 56],
    pool3: [1, 6, 28, 28],
    pool4: [1, 10, 14, 14],
    pool5: [1, 11, 7, 7],
    fc6: [1, 37],
    fc7: [1, 37],
    fc8: [1, 10],
    prob: [1, 10],
    'image-embedding': [1, 26],
    scores: [200],
    nearest: [5],
    'skip-vectors': [5, 32],
    shifted: [1, 32],
    'init-state': [1, 22],
  }
  const names = [...Object.keys(shapes).map(name => `${name}.npy`), 'hypotheses.json', 'story.txt']
  const { files } = JSON.parse(stdout)
  assert.equal([...files].sort(), names.map(name => join(out, name)).sort())
  assert.equal((await readdir(out)).sort(), [...names].sort())
  for (const [name, shape] of Object.entries(shapes)) {
    const array = await readNpy(join(out, `${name}.npy`))
    assert.equal(array.shape, shape, name)
    assert.instance(array.data, name === 'nearest' ? Int32Array : Float32Array)
  }
  const hypotheses: { text: string; cost: number }[] = JSON.parse(await readFile(join(out, 'hypotheses.json'), 'utf8'))
  assert.is(hypotheses.length, 5)
  const story = recordedStory('mill', 5, 5, 'romance')
  assert.is(await readFile(join(out, 'story.txt'), 'utf8'), `${story}\n`)
  assert.is(hypotheses.sort((a, b) => a.cost - b.cost)[0]?.text, story)
})

test('trace of a bad picture leaves no folder', async ({ folder, model }) => {
  const out = join(folder, 'no trace')
  const ended = await storyteller('trace', join(tiny, 'bad', 'empty.jpg'), '--out', out, '--model', model)
  assert.is(ended.code, 1)
  assert.is(existsSync(out), false)
})

test.run()
