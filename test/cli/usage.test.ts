// Wrong usage, help, and stopping: what is told, what it ends with, and that nothing is read, opened or written for it.

import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stoppable, storyteller, temporaryHome } from '../support/cli.ts'
import { original, picture, tiny } from '../support/tiny-model.ts'

const test = suite<{ folder: string; remove(): Promise<void> }>('usage')

test.before(async context => {
  Object.assign(context, await temporaryHome())
})
test.after(({ remove }) => remove())

const PICTURE = picture('mill')

test('wrong usage: exit 2, what is wrong, and where the options are', async ({ folder }) => {
  const out = join(folder, 'never')
  const cases: [string[], RegExp][] = [
    [
      ['sing'],
      /unknown command 'sing'\n"storyteller" has tell, captions, .*; --help after one of them has its options\n$/,
    ],
    [['style', 'sing'], /unknown command 'sing'\n"storyteller style" has make, mix, ls/],
    [['--sing'], /unknown option '--sing'\n"storyteller --help" has the options/],
    [['tell'], /missing required argument 'image'\n"storyteller tell --help" has the options/],
    [['tell', PICTURE, '--sing'], /unknown option '--sing'/],
    [['captions', PICTURE, PICTURE], /too many arguments/],
    [['tell', PICTURE, '--model'], /option '--model <dir\|name>' argument missing/],
    [['tell', PICTURE, '--k', '0'], /'0' is invalid\. It must be a whole number, 1 to 1000\./],
    [['tell', PICTURE, '--k', 'many'], /'many' is invalid\. It must be a whole number/],
    [['tell', PICTURE, '--k', '2.5'], /'2\.5' is invalid/],
    [['tell', PICTURE, '--k', ''], /It must be a whole number/],
    [['tell', PICTURE, '--bw', '201'], /It must be a whole number, 1 to 200: the search keeps all its hypotheses in /],
    [['tell', PICTURE, '--maxlen', '1001'], /It must be a whole number, 1 to 1000: the original stops there too\./],
    [['tell', PICTURE, '--sample', '--temperature', '-1'], /It must be a number, 0 or more\./],
    [['tell', PICTURE, '--sample', '--seed', '4294967296'], /It must be a whole number, 0 to 4294967295\./],
    [['tell', PICTURE, '--seed', '1'], /^storyteller: --seed is of use with --sample only$/m],
    [['tell', PICTURE, '--temperature', '1'], /--temperature is of use with --sample only/],
    [['tell', PICTURE, '--sample', '--bw', '5'], /--sample and --bw exclude each other; give one of them/],
    [['tell', PICTURE, '--debug', 'all'], /'all' is invalid/],
    [['captions', PICTURE, '--k', '0'], /It must be a whole number, 1 or more\./],
    [['trace', PICTURE], /required option '--out <dir>' not specified/],
    [['encode', original('coco_train_caps.txt')], /required option '--out <file>'/],
    [
      ['encode', original('coco_train_caps.txt'), '--out', out, '--space', 'word'],
      /Allowed choices are skip, uni, bi, caption/,
    ],
    [
      ['encode', original('coco_train_caps.txt'), '--out', out, '--space', 'caption', '--no-norm'],
      /unit vectors always/,
    ],
    [['decode', PICTURE, '--sample', '--argmax'], /--sample and --argmax exclude each other/],
    [['decode', PICTURE, '--argmax', '--temperature', '1'], /--temperature is of use with --sample only/],
    [['decode', PICTURE, '--feed', 'ids.json'], /--feed is of use with --trace only/],
    [['decode', PICTURE, '--trace', out], /--trace is of use with --feed only/],
    [['decode', PICTURE, '--feed', 'x', '--trace', out, '--use-unk'], /--feed and --use-unk exclude each other/],
    [['style', 'mix', '--out', out], /missing required argument 'terms'/],
    [['show'], /missing required argument 'name'/],
  ]
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await storyteller(...args)
    assert.is(code, 2, args.join(' '))
    assert.is(stdout, '')
    assert.match(stderr, message)
  }
  assert.is(existsSync(out), false)
  assert.is(existsSync(join(folder, 'home')), false)
})

test('no verb: the help, on stderr, and exit 2', async () => {
  const { code, stdout, stderr } = await storyteller()
  assert.equal([code, stdout], [2, ''])
  assert.match(stderr, /^Usage: storyteller VERB \[options\]\n/)
})

const VERBS = [
  'tell',
  'captions',
  'trace',
  'encode',
  'tokenize',
  'decode',
  'style',
  'inspect',
  'convert',
  'verify',
  'ls',
  'show',
  'rm',
  'doctor',
]

test('help: every verb with what it does; every option of a verb with what it means', async () => {
  const { code, stdout, stderr } = await storyteller('--help')
  assert.equal([code, stderr], [0, ''])
  for (const verb of VERBS) assert.match(stdout, new RegExp(`^  ${verb}\\b.* {2}[a-z]`, 'm'))
  assert.match(
    stdout,
    /Exit codes: 0 done, 1 bad input or file, 2 wrong usage, 3 no usable adapter,\n130 interrupted\./,
  )
  for (const verb of [...VERBS, 'style make', 'style mix', 'style ls']) {
    const help = await storyteller(...verb.split(' '), '--help')
    assert.equal([help.code, help.stderr], [0, ''], verb)
    assert.ok(help.stdout.startsWith(`Usage: storyteller ${verb} `))
    if (verb !== 'style') assert.match(help.stdout, /\nCommon options:\n {2}--json +\S/)
    for (const line of help.stdout.split('\n')) {
      if (/^ {2}-/.test(line)) assert.match(line, /^ {2}-.* {2}\S/, `${verb}: ${line}`)
      assert.ok(line.length <= 140, `${verb}: ${line}`)
    }
  }
  const { stdout: tell } = await storyteller('help', 'tell')
  for (const [option, value] of Object.entries({ k: 100, bw: 50, maxlen: 1000, n: 1, temperature: 1, seed: 0 }))
    assert.match(tell, new RegExp(`--${option} <(?:(?!\\n  --)[^])*\\(default:\\s+${value}\\)`))
})

test('--version: the package’s', async () => {
  assert.match((await storyteller('--version')).stdout, /^\d+\.\d+\.\d+\n$/)
})

test('an adapter that is not there: exit 3, after the input was found good', async ({ folder }) => {
  const weights = join(tiny, 'weights')
  const adapter = ['--model', weights, '--adapter', 'no-such-adapter']
  const text = join(folder, 'line.txt')
  await writeFile(text, 'a boat\n')
  const out = join(folder, 'no.npy')
  const vector = original('romance_style.npy')
  for (const args of [
    ['tell', PICTURE],
    ['captions', PICTURE],
    ['encode', text, '--out', out],
    ['decode', vector],
  ]) {
    const { code, stdout, stderr } = await storyteller(...args, ...adapter)
    assert.is(code, 3, args[0])
    assert.is(stdout, '')
    assert.match(stderr, /^storyteller: no adapter fits "no-such-adapter" .*"storyteller doctor" lists all$/m)
  }
  for (const args of [
    ['tell', text],
    ['encode', PICTURE, '--out', out],
    ['decode', text],
    ['tell', PICTURE, '--style', 'x'],
  ])
    assert.is((await storyteller(...args, ...adapter)).code, 1, args[0])
  assert.is(existsSync(out), false)
  process.env.STORYTELLER_ADAPTER = 'no-such-adapter'
  assert.is((await storyteller('captions', PICTURE, '--model', weights)).code, 3)
  delete process.env.STORYTELLER_ADAPTER
})

test('stopped: exit 130 from every verb that works, and nothing written', async ({ folder }) => {
  const out = join(folder, 'stopped')
  const weights = ['--model', join(tiny, 'weights')]
  const captions = original('coco_train_caps.txt')
  const cases = [
    ['tell', PICTURE, ...weights, '--html', out],
    ['captions', PICTURE, ...weights],
    ['trace', PICTURE, ...weights, '--out', out],
    ['encode', captions, ...weights, '--out', out],
    ['tokenize', captions],
    ['decode', original('romance_style.npy'), ...weights],
    ['style', 'make', captions, ...weights, '--min-length', '1', '--out', out],
    ['inspect', original('vgg19.pkl')],
    ['convert', join(tiny, 'weights'), '--out', out],
  ]
  for (const args of cases) {
    const { code, stderr } = await stoppable(AbortSignal.abort(), ...args)
    assert.is(code, 130, args.join(' '))
    assert.ok(stderr.endsWith('storyteller: interrupted\n'))
    assert.is(existsSync(out), false)
  }
  assert.equal(
    (await readdir(folder)).filter(name => name.includes('stopped')),
    [],
  )
})

test.run()
