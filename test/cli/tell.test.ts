// tell and captions, as users type them: what is printed, the JSON, the page, and what stops them before anything is told.

import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { storyteller, temporaryHome } from '../support/cli.ts'
import { picture, recordedStory, tiny, tinyBundle } from '../support/tiny-model.ts'

interface Context {
  folder: string
  model: string
  remove(): Promise<void>
}

const test = suite<Context>('tell')

/** What would be markup in a page; it replaces the caption that is nearest to the mill. */
const MARKUP = `<b>"three" & 'woman'</b>`

test.before(async context => {
  Object.assign(context, await temporaryHome())
  context.model = await tinyBundle(join(context.folder, 'tiny'))
  const captions = join(context.model, 'captions.txt')
  const lines = (await readFile(captions, 'utf8')).split('\n')
  lines[44] = MARKUP
  await writeFile(captions, lines.join('\n'))
})
test.after(({ remove }) => remove())

const SMALL = ['--k', '5', '--bw', '5']

/** Checks that `value` has exactly these fields of these types. */
function assertFields(value: Record<string, unknown>, fields: Record<string, string>): void {
  const types = Object.fromEntries(
    Object.entries(value).map(([name, v]) => [name, Array.isArray(v) ? 'array' : typeof v]),
  )
  assert.equal(types, fields)
}

test('--json: one object with the promised fields, nothing else on stdout, nothing on stderr with --quiet', async ({
  model,
}) => {
  const args = ['tell', picture('mill'), '--model', model, ...SMALL, '--style', 'none', '--n', '2', '--lyric']
  const { code, stdout, stderr } = await storyteller(...args, '--json', '--quiet')
  assert.is(code, 0)
  assert.is(stderr, '')
  assert.is(stdout.split('\n').length, 2)
  const told = JSON.parse(stdout)
  assertFields(told, {
    image: 'string',
    story: 'string',
    lines: 'array',
    captions: 'array',
    hypotheses: 'array',
    timings: 'object',
    model: 'string',
    adapter: 'string',
  })
  assert.is(told.image, picture('mill'))
  assert.is(told.captions.length, 5)
  for (const caption of told.captions) assertFields(caption, { text: 'string', score: 'number', index: 'number' })
  assert.is(told.captions[0].text, MARKUP)
  assert.is(told.hypotheses.length, 2)
  for (const hypothesis of told.hypotheses)
    assertFields(hypothesis, { text: 'string', tokens: 'array', cost: 'number' })
  assert.is(told.hypotheses[0].text, told.story)
  for (const ms of Object.values(told.timings)) assert.ok(typeof ms === 'number' && ms >= 0)
})

test('several pictures: the recorded stories, a line of JSON each; progress and remarks stay on stderr', async () => {
  const weights = join(tiny, 'weights')
  const images = [picture('harbour'), picture('meadow')]
  const { code, stdout } = await storyteller('tell', ...images, '--model', weights, '--compat', ...SMALL, '--json')
  assert.is(code, 0)
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.equal(
    lines.map(({ image, story }) => [image, story]),
    ['harbour', 'meadow'].map(name => [picture(name), recordedStory(name, 5, 5, 'romance')]),
  )
  assert.is('lines' in lines[0], false)
})

test('for people: captions, story, timings, adapter; styles by mixture', async () => {
  const args = ['tell', picture('meadow'), '--model', join(tiny, 'weights'), '--compat', ...SMALL, '--n', '3']
  const { code, stdout, stderr } = await storyteller(...args, '--style', 'swift*1+romance*0')
  assert.is(code, 0)
  assert.ok(stdout.startsWith(`${picture('meadow')}\n\nNearest captions:\n  `))
  assert.ok(stdout.includes(`\nStory:\n  ${recordedStory('meadow', 5, 5, 'swift')}\n`))
  assert.match(stdout, /\n\nHypotheses:\n( {2}\d+\.\d{3} {2}.*\n){3}/)
  assert.match(stderr, /vgg19 \d+\.\d\d s · .*story \d+\.\d\d s\ntold by weights on .+\n/)
})

test('--sample: the seed repeats the story; with --json the path of a page goes to stderr', async ({
  model,
  folder,
}) => {
  const page = join(folder, 'sampled.html')
  const args = ['tell', picture('mill'), '--model', model, '--k', '5', '--maxlen', '20', '--sample', '--html', page]
  const draw = async (...more: string[]) => {
    const { stdout, stderr } = await storyteller(...args, '--json', ...more)
    assert.ok(stderr.endsWith(`page: ${page}\n`))
    return JSON.parse(stdout)
  }
  const seven = await draw('--seed', '7')
  assert.ok(seven.story.length > 0)
  const { hypotheses, story } = await draw('--seed', '7', '--n', '3')
  assert.is(story, seven.story)
  assert.is(hypotheses.length, 3)
})

test('--html: a page with picture and story inside, all texts escaped; its path is told', async ({ model, folder }) => {
  const page = join(folder, 'new', 'page.html')
  const { code, stdout } = await storyteller('tell', picture('mill'), '--model', model, ...SMALL, '--html', page)
  assert.is(code, 0)
  assert.ok(stdout.endsWith(`page: ${page}\n`))
  const html = await readFile(page, 'utf8')
  assert.ok(html.startsWith('<!doctype html>'))
  assert.ok(html.includes('&#60;b&#62;&#34;three&#34; &#38; &#39;woman&#39;&#60;/b&#62;'))
  assert.is(html.includes(MARKUP), false)
  const bytes = await readFile(picture('mill'))
  assert.ok(html.includes(`<img src="data:image/png;base64,${bytes.toString('base64')}" alt="`))
  const [, story = ''] = /\nStory:\n {2}(.*)\n/.exec(stdout) ?? []
  assert.ok(story.length > 0 && html.includes(`<p class="story">${story.replaceAll("'", '&#39;')}</p>`))
})

test('--styles: one picture, a story in each, as each would be told by itself', async ({ model, folder }) => {
  const page = join(folder, 'styles.html')
  const args = ['tell', picture('mill'), '--model', model, ...SMALL]
  const { stdout } = await storyteller(...args, '--styles', 'romance, swift', '--json')
  const told = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { style: string; story: string })
  assert.equal(
    told.map(({ style }) => style),
    ['romance', 'swift'],
  )
  for (const { style, story } of told) {
    const alone = await storyteller(...args, '--style', style, '--json')
    const { story: single, ...rest } = JSON.parse(alone.stdout) as { story: string }
    assert.is(story, single)
    assert.is('style' in rest, false)
  }
  const shown = await storyteller(...args, '--styles', 'all', '--html', page)
  assert.match(shown.stdout, /\nStory \(romance\):\n {2}.+\n\nStory \(swift\):\n {2}.+\n/)
  const html = await readFile(page, 'utf8')
  assert.is(html.match(/<h2>/g)?.length, 2)
  assert.is(html.match(/<article>/g)?.length, 1)
  const both = await storyteller(...args, '--styles', 'all', '--style', 'swift')
  assert.is(both.code, 2)
  assert.match(both.stderr, /--styles and --style exclude each other/)
})

test('a bad picture among good ones: exit 1, nothing told, no page', async ({ model, folder }) => {
  const page = join(folder, 'never.html')
  const text = join(folder, 'text.png')
  await writeFile(text, 'no picture')
  const cases: [string, RegExp][] = [
    [text, /text\.png: is no picture of a known kind; give a JPEG, PNG, /],
    [join(tiny, 'bad', 'truncated.png'), /truncated\.png: /],
    [folder, /: is a folder; give the path of one picture/],
    [join(folder, 'nothing.png'), /nothing\.png: cannot be opened; check the path/],
  ]
  for (const [bad, message] of cases) {
    const args = ['tell', picture('mill'), bad, '--model', model, '--html', page, '--json']
    const { code, stdout, stderr } = await storyteller(...args)
    assert.is(code, 1, bad)
    assert.is(stdout, '')
    assert.match(stderr, message)
    assert.is(existsSync(page), false)
  }
})

test('bad models and styles: exit 1, the thing and the cure', async ({ model, folder }) => {
  const told = async (...args: string[]) => storyteller('tell', picture('mill'), ...args)
  const cases: [string[], RegExp][] = [
    [
      ['--model', 'nowhere'],
      /^storyteller: nowhere is neither a folder nor a bundle of the cache; give .*"storyteller ls"/m,
    ],
    [['--model', join(tiny, 'images')], /holds no weights of the original program/],
    [['--model', model, '--style', 'gothic'], /has no style gothic; it has caption, romance, swift$/m],
    [['--model', model, '--style', join(folder, 'none.npy')], /none\.npy: there is no such file/],
  ]
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await told(...args)
    assert.is(code, 1, args.join(' '))
    assert.is(stdout, '')
    assert.match(stderr, message)
  }
  assert.is((await told('--model', model, '--style', 'romance*x')).code, 2)
})

test('captions: nearest first, five of them; more than there are gives all', async ({ model }) => {
  const { code, stdout } = await storyteller('captions', picture('mill'), '--model', model)
  assert.is(code, 0)
  const lines = stdout.trimEnd().split('\n')
  assert.is(lines.length, 5)
  for (const line of lines) assert.match(line, /^-?\d\.\d{4} {2}\S/)
  const all = await storyteller('captions', picture('mill'), '--model', model, '--k', '1000000', '--json', '--quiet')
  const { image, captions, ...rest } = JSON.parse(all.stdout)
  assert.equal([image, captions.length, rest], [picture('mill'), 200, {}])
  assert.equal(
    captions.slice(0, 5).map(({ score, text }: { score: number; text: string }) => `${score.toFixed(4)}  ${text}`),
    lines,
  )
})

test('--debug: 1 names what is made to run, 2 prints its steps; stdout stays the same', async ({ model }) => {
  const at = (level: string) => storyteller('captions', picture('mill'), '--model', model, '--quiet', '--debug', level)
  const [names, plans] = [await at('1'), await at('2')]
  assert.match(names.stderr, /^model: weights\nplan: vgg19\nplan: image embedding\nplan: nearest 5\n$/)
  assert.match(plans.stderr, /plan: vgg19\n(.*\n)*.*conv2d/)
  for (const { stdout } of [names, plans]) assert.match(stdout, /^(-?\d\.\d{4} {2}\S.*\n){5}$/)
})

test.run()
