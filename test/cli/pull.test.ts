// pull as users type it: from a server to a story by the model that it makes, licences, what cannot be had, and Ctrl-C.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stoppable, storyteller, temporaryHome } from '../support/cli.ts'
import { FaultyServer, honest, slow } from '../support/faulty-server.ts'
import { original, picture, recordedStory } from '../support/tiny-model.ts'
import { zip } from '../support/zip.ts'

interface Context {
  folder: string
  server: FaultyServer
  catalogue: string
  remove(): Promise<void>
}

const test = suite<Context>('pull')
const PLAIN = ['uni_skip.npz', 'bi_skip.npz', 'utable.npy', 'btable.npy', 'dictionary.txt', 'vgg19.pkl']
const OPTIONS = ['uni_skip.npz.pkl', 'bi_skip.npz.pkl']
const PACKED = [
  ...['romance.npz', 'romance.npz.pkl', 'romance_dictionary.pkl', 'coco_train_caps.txt'],
  ...['coco_embedding.npz', 'coco_embedding.npz.pkl', 'coco_embedding.npz.dictionary.pkl'],
  ...['caption_style.npy', 'romance_style.npy', 'swift_style.npy'],
]
const file = (name: string): Buffer => readFileSync(original(name))

test.before(async context => {
  Object.assign(context, await temporaryHome())
  const archive = Buffer.from(zip(Object.fromEntries(PACKED.map(name => [`storyteller/${name}`, file(name)]))))
  const files = new Map([...PLAIN, ...OPTIONS].map(name => [name, file(name)]))
  const behaviours = [...files].map(([name, bytes]) => [name, honest(bytes)] as const)
  context.server = await FaultyServer.start({
    ...Object.fromEntries(behaviours),
    'neural_storyteller.zip': slow(archive, 65_536, 1),
  })
  context.catalogue = join(context.folder, 'catalogue.json')
  const entry = (name: string, set: string) => ({
    ...{ name, set, purpose: 'p', licence: 'free', mirrors: [context.server.at(name)], facts: [] },
  })
  const entries = [...files].map(([name, bytes]) => ({
    ...entry(name, 'small'),
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }))
  const licences = [{ id: 'free', title: 'Tiny', text: 'made up', url: 'https://a.test/' }]
  const all = [
    { ...entry('neural_storyteller.zip', 'storyteller'), contains: PACKED },
    ...entries,
    { ...entry('lost.jpg', 'lost'), extra: true },
    { ...entry('gone.npz', 'lost'), alternative: true },
  ]
  writeFileSync(context.catalogue, JSON.stringify({ licences, files: all }))
})
test.after(async ({ server, remove }) => {
  await server.close()
  await remove()
})

test('licences come first: shown, and without a yes nothing is fetched', async ({ server, catalogue }) => {
  const { code, stdout, stderr } = await storyteller('pull', '--catalogue', catalogue)
  assert.equal([code, stdout], [2, ''])
  assert.match(stderr, /^Tiny: made up \(https:\/\/a\.test\/\)\n.*--accept-license accepts them\n$/s)
  assert.is(server.asked.length, 0)
})

test('one set: what is still missing for a story is told', async ({ folder, catalogue }) => {
  const args = ['pull', 'small', '--catalogue', catalogue, '--accept-license']
  const { code, stdout, stderr } = await storyteller(...args)
  assert.is(code, 0, stderr)
  assert.match(stdout, /^utable\.npy: [\d,]+ bytes, as published \(http:/m)
  assert.match(
    stderr,
    /originals: for a story there is missing romance\.npz .*"storyteller pull neural_storyteller\.zip --out /,
  )
  assert.not(existsSync(join(folder, 'home', 'bundles', 'published')))
})

test('Ctrl-C, then all of it, and a story by --model published', async ({ folder, server, catalogue }) => {
  const stop = new AbortController()
  const timer = setInterval(() => {
    if (server.count('neural_storyteller.zip') > 1) stop.abort()
  }, 2)
  const stopped = await stoppable(stop.signal, 'pull', '--catalogue', catalogue)
  clearInterval(timer)
  assert.equal([stopped.code, stopped.stdout], [130, ''])
  assert.match(
    stopped.stderr,
    /what was fetched stays; the same command goes on from there\nstoryteller: interrupted\n$/,
  )
  assert.ok(existsSync(join(folder, 'home', 'originals', 'neural_storyteller.zip.part')))

  const pulled = await storyteller('pull', '--catalogue', catalogue, '--json', '--quiet')
  assert.is(pulled.code, 0, pulled.stderr)
  const { files, failed, dir, made } = JSON.parse(pulled.stdout)
  assert.is(files.length, PLAIN.length + OPTIONS.length + 1)
  assert.equal(
    failed.map(({ name }: { name: string }) => name),
    ['lost.jpg'],
  )
  assert.equal([dir, made], [join(folder, 'home', 'bundles', 'published'), true])
  const args = [
    'tell',
    picture('mill'),
    '--model',
    'published',
    '--compat',
    '--k',
    '5',
    '--bw',
    '5',
    '--json',
    '--quiet',
  ]
  const told = await storyteller(...args)
  assert.is(told.code, 0, told.stderr)
  const { story, model } = JSON.parse(told.stdout)
  assert.is(story, recordedStory('mill', 5, 5, 'romance'))
  assert.is(model, 'published')

  const before = server.asked.length
  const again = await storyteller('pull', '--catalogue', catalogue, '--offline', '--json', '--quiet')
  assert.is(JSON.parse(again.stdout).made, false)
  assert.is(server.asked.length, before)
})

test('what cannot be had: exit 1, every address with its reason, and what to do', async ({ folder, catalogue }) => {
  const { code, stdout, stderr } = await storyteller(
    'pull',
    'gone.npz',
    '--catalogue',
    catalogue,
    '--out',
    join(folder, 'x'),
  )
  assert.is(code, 1)
  assert.match(stdout, /^gone\.npz: could not be had\n {2}http:\S+gone\.npz has no such file \(HTTP 404\)\n/)
  assert.match(stderr, /gone\.npz could not be had .*--from DIR or --from URL\n$/)
})

test('wrong usage', async ({ folder, catalogue }) => {
  const cases: [string[], number, RegExp][] = [
    [
      ['nothing', '--catalogue', catalogue],
      1,
      /there is nothing published as "nothing"; give published, storyteller, /,
    ],
    [['--offline', '--from', 'http://a.test/'], 2, /--offline and an address in --from exclude each other/],
    [['--from', join(folder, 'nowhere'), '--offline'], 1, /nowhere: there is no such folder/],
    [['--catalogue', join(folder, 'none.json')], 1, /none\.json: cannot be read/],
  ]
  for (const [args, code, message] of cases) {
    const ended = await storyteller('pull', ...args)
    assert.is(ended.code, code, args.join(' '))
    assert.is(ended.stdout, '')
    assert.match(ended.stderr, message)
  }
})

test.run()
