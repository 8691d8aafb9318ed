// Every verb that takes a file, on what is no such file: pipes, devices, folders, links in circles, nothing, noise, attacks, files
// that claim terabytes or have them. Exit 1, a message, nothing written; and no adapter was asked for, since that would be exit 3.

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, open, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openFile } from '../../lib/io/bytes.node.ts'
import { inspectFile } from '../../weights-converter/inspect.ts'
import { storyteller, temporaryHome } from '../support/cli.ts'
import { original, picture } from '../support/tiny-model.ts'

const test = suite<{ folder: string; remove(): Promise<void> }>('hostile')

test.before(async context => {
  Object.assign(context, await temporaryHome())
})
test.after(({ remove }) => remove())

/** The files by what they are. */
async function hostile(folder: string): Promise<Record<string, string>> {
  const file = (name: string) => join(folder, name)
  const files = {
    'nothing there': file('none'),
    'an empty file': file('empty'),
    noise: file('noise'),
    'a folder': file('folder'),
    'a link to itself': file('loop'),
    'an attack': file('evil.pkl'),
    'an array of a terabyte': file('huge.npy'),
    'ten gigabytes of zeros': file('sparse'),
    'a device': '/dev/zero',
    'a pipe without a writer': file('pipe'),
  }
  await writeFile(files['an empty file'], '')
  await writeFile(
    files.noise,
    Uint8Array.from({ length: 3000 }, (_, i) => (i * i * 7 + 129) & 255),
  )
  await mkdir(files['a folder'])
  await symlink('loop', files['a link to itself'])
  await writeFile(files['an attack'], '\x80\x02cos\nsystem\nU\x0btouch PWNED\x85R.', 'latin1')
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (250000000000,), }\n"
  await writeFile(
    files['an array of a terabyte'],
    `\x93NUMPY\x01\0${String.fromCharCode(header.length)}\0${header}abcd`,
    'latin1',
  )
  await writeFile(files['ten gigabytes of zeros'], '')
  await truncate(files['ten gigabytes of zeros'], 10 * 2 ** 30)
  execFileSync('mkfifo', [files['a pipe without a writer']])
  return files
}

const PICTURE = picture('mill')
const VECTORS = original('swift_style.npy')

/** The verbs with `file` where they take one; what they would write is at `out`. */
const VERBS: Record<string, (file: string, out: string) => string[]> = {
  inspect: file => ['inspect', file],
  verify: file => ['verify', file],
  convert: (file, out) => ['convert', file, '--out', out],
  'convert --vgg': (file, out) => ['convert', join(original('.')), '--vgg', file, '--out', out],
  'convert --punkt': (file, out) => ['convert', join(original('.')), '--punkt', file, '--out', out],
  tokenize: file => ['tokenize', file],
  encode: (file, out) => ['encode', file, '--out', out],
  decode: file => ['decode', file],
  'decode --decoder': file => ['decode', VECTORS, '--decoder', file],
  'decode --feed': (file, out) => ['decode', VECTORS, '--feed', file, '--trace', out],
  tell: (file, out) => ['tell', file, '--html', out],
  'tell --style': (file, out) => ['tell', PICTURE, '--style', `${file}.npy`, '--html', out],
  'tell --model': (file, out) => ['tell', PICTURE, '--model', file, '--html', out],
  captions: file => ['captions', file],
  trace: (file, out) => ['trace', file, '--out', out],
  'style make': (file, out) => ['style', 'make', file, '--out', out],
  'style mix': (file, out) => ['style', 'mix', file, '--out', out],
  'train decoder': (file, out) => ['train', 'decoder', file, '--out', out],
  'train embedding': (file, out) => ['train', 'embedding', file, '--out', out],
  'train skip-thoughts': (file, out) => ['train', 'skip-thoughts', file, '--out', out],
}
/** Verbs without an adapter to ask for. */
const PLAIN = /^(inspect|verify|tokenize|style mix)/

test('each verb on each file: exit 1, a message, nothing written, no adapter', async ({ folder }) => {
  const files = await hostile(folder)
  const wrong: string[] = []
  let turn = 0
  for (const [verb, command] of Object.entries(VERBS))
    for (const [kind, file] of Object.entries(files)) {
      // It tells what a folder lacks for a story.
      if (verb === 'inspect' && kind === 'a folder') continue
      const out = join(folder, `out-${turn++}`)
      const args = [...command(file, out), ...(PLAIN.test(verb) ? [] : ['--adapter', 'no-such-adapter'])]
      const { code, stderr } = await storyteller(...args, '--quiet')
      const isTold = /^storyteller: /m.test(stderr) && !/unexpected|bug/.test(stderr)
      if (code !== 1 || !isTold || existsSync(out)) wrong.push(`${verb}, ${kind}: exit ${code}: ${stderr}`)
    }
  assert.equal(wrong, [])
  assert.not(existsSync('PWNED'))
})

test('a file that shrinks while it is read', async ({ folder }) => {
  const path = join(folder, 'shrinking.npy')
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (25000000,), }\n"
  const handle = await open(path, 'w')
  await handle.write(Buffer.from(`\x93NUMPY\x01\0${String.fromCharCode(header.length)}\0${header}`, 'latin1'))
  await handle.truncate(10 + header.length + 100_000_000)
  await handle.close()
  const source = await openFile(path)
  let reads = 0
  const shrinking = {
    ...source,
    read: async (offset: number, length: number) => {
      if (++reads === 3) await truncate(path, 1000)
      return source.read(offset, length)
    },
  }
  const error = await inspectFile(shrinking).catch(reason => reason)
  await source.close()
  assert.is(error.name, 'FileError')
  assert.match(error.message, /the file ends early; fetch or copy it again/)
})

test('names in a file do not steer the terminal', async ({ folder }) => {
  const path = join(folder, 'steering.pkl')
  const name = '\x1b]0;owned\x07\x1b[2J'
  await writeFile(
    path,
    `\x80\x02}U${String.fromCharCode(name.length)}${name}cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85U\x01btR(K\x01K\x01\x85cnumpy\ndtype\n(U\x02f4tR\x89U\x04abcdtbs.`,
    'latin1',
  )
  const { code, stdout } = await storyteller('inspect', path)
  assert.is(code, 0)
  assert.match(stdout, /\\x1b\]0;owned\\x07\\x1b\[2J {2}<f4\[1\]/)
  assert.not(stdout.includes('\x1b'))
  await writeFile(path, `\x80\x02c${name}\nx\n.`, 'latin1')
  assert.not((await storyteller('inspect', path)).stderr.includes('\x1b'))
})

test('folders with links in circles, and a model that links to itself', async ({ folder }) => {
  const model = join(folder, 'circles')
  await mkdir(join(model, 'a'), { recursive: true })
  for (const name of ['up', 'again', 'more']) await symlink('..', join(model, 'a', name))
  const { code, stderr } = await storyteller('tell', PICTURE, '--model', model, '--adapter', 'no-such-adapter')
  assert.is(code, 1)
  assert.match(stderr, /holds no weights of the original program/)
})

test.run()
