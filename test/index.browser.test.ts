// The browser's entry: bundles for browsers without Node's modules, and runs on whatever `navigator.gpu` a page has. Here the page is
// this process, with the test's own adapter.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ndarray from 'ndarray'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openAdapter } from '../lib/gpu/driver.node.ts'
import type * as Page from '../lib/index.browser.ts'
import { Storyteller } from '../lib/index.ts'
import { encodeNpy } from '../lib/io/npy.ts'
import { convert } from '../weights-converter/index.ts'
import { bundlePage } from './support/page.ts'

const test = suite<{ folder: string; page: typeof Page }>('index.browser')

const bundled = await bundlePage()

test.before(async context => {
  context.folder = await mkdtemp(join(tmpdir(), 'storyteller-page-'))
  const file = join(context.folder, 'page.mjs')
  await writeFile(file, bundled.code)
  context.page = await import(pathToFileURL(file).href)
})
test.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true })
})

/** What a page's `navigator` is. */
function setNavigator(navigator: object | undefined): void {
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true, writable: true })
}

const manifest = {
  format: 1,
  name: 'small',
  tensors: {
    'styles/mine': { file: 'styles/mine.npy', dtype: 'f32', shape: [2], layout: 'dim', sha256: '00'.repeat(32) },
  },
  nets: {},
  vocabularies: {},
  styles: ['mine'],
  sources: [],
  leftOut: [],
}

const files = (): Map<string, Blob> =>
  new Map([
    ['manifest.json', new Blob([JSON.stringify(manifest)])],
    ['styles/mine.npy', new Blob([encodeNpy(ndarray(Float32Array.of(1, 2), [2])) as Uint8Array<ArrayBuffer>])],
  ])

async function rejection(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, Error)
  return error as Error
}

/** The sources of what package.json gives to browsers. */
async function browserEntries(): Promise<string[]> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  const { exports } = JSON.parse(text) as { exports: Record<string, string | Record<string, string>> }
  return Object.values(exports).flatMap(entry => {
    const built = typeof entry === 'string' ? entry : (entry.browser ?? entry.default)
    return built?.endsWith('.js') ? [built.replace('./dist/', '').replace(/\.js$/, '.ts')] : []
  })
}

test('no entry for browsers has anything of Node in it', async () => {
  const entries = await browserEntries()
  assert.ok(entries.includes('lib/index.browser.ts'))
  for (const entry of entries) {
    const { code, metafile } = await bundlePage(entry)
    const foreign = Object.keys(metafile.inputs).filter(file => /\.node\.ts$|^node:|weights-converter/.test(file))
    assert.equal(foreign, [], entry)
    for (const { imports } of Object.values(metafile.outputs)) assert.equal(imports, [], entry)
    assert.not.match(code, /from "node:|require\("/, entry)
  }
})

test('it exports what Node’s entry does, but for what needs files', ({ page }) => {
  const names = Object.keys(page).sort()
  for (const name of ['Storyteller', 'FileError', 'DeviceError', 'DEFAULTS', 'meanVector', 'cheapest'])
    assert.ok(names.includes(name), name)
})

test('a bundle from files, on the page’s adapter', async ({ page }) => {
  const { gpu } = await openAdapter()
  setNavigator({ gpu })
  const teller = await page.Storyteller.load(files())
  assert.is(teller.model, 'small')
  assert.equal(teller.styles, ['mine'])
  assert.ok((await teller.adapter()).length > 0)
  await teller.dispose()
})

test('a software adapter is refused where a GPU is wanted', async ({ page }) => {
  const info = { vendor: 'x', architecture: '', device: '', description: 'Basic Render', isFallbackAdapter: true }
  setNavigator({ gpu: { requestAdapter: async () => ({ info }) } })
  const teller = await page.Storyteller.load(files(), { adapter: 'gpu' })
  const error = await rejection(teller.adapter())
  assert.instance(error, page.DeviceError)
  assert.match(error.message, /Basic Render, in software/)
})

test('a page without WebGPU, or without an adapter, is told so', async ({ page }) => {
  setNavigator(undefined)
  const without = await page.Storyteller.load(files())
  assert.match((await rejection(without.adapter())).message, /has no WebGPU here/)
  setNavigator({ gpu: { requestAdapter: async () => null } })
  const teller = await page.Storyteller.load(files())
  const error = await rejection(teller.adapter())
  assert.instance(error, page.DeviceError)
  assert.match(error.message, /finds no WebGPU adapter/)
})

test('a driver by name cannot be asked for', async ({ page }) => {
  setNavigator({ gpu: {} })
  const teller = await page.Storyteller.load(files(), { adapter: 'lavapipe' as 'gpu' })
  assert.match((await rejection(teller.adapter())).message, /cannot choose the adapter "lavapipe"/)
})

test('files of pictures are refused, with the way out', async ({ page }) => {
  const teller = await page.Storyteller.load(files())
  for (const picture of ['photo.jpg', Uint8Array.of(0xff, 0xd8)]) {
    const error = await rejection(teller.tell(picture))
    assert.instance(error, page.InputError)
    assert.match(error.message, /cannot decode picture files yet; .*ImageData/)
  }
})

test('a bundle that is not there is named', async ({ page }) => {
  const error = await rejection(page.Storyteller.load(new Map()))
  assert.instance(error, page.FileError)
  assert.match(error.message, /manifest\.json: not found/)
})

/** Serves a folder with ranges; resolves to its address and the way to close it. */
async function serve(folder: string): Promise<{ url: string; close: () => void }> {
  const server = createServer(async (request, response) => {
    const bytes = await readFile(join(folder, decodeURIComponent(request.url ?? ''))).catch(() => undefined)
    if (bytes === undefined) return response.writeHead(404).end()
    const [, first = 0, last = 0] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? []
    const part = bytes.subarray(Number(first), Number(last) + 1)
    return response.writeHead(206, { 'content-range': `bytes ${first}-${last}/${bytes.length}` }).end(part)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() }
}

async function blobsOf(folder: string): Promise<Map<string, Blob>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const names = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  return new Map(
    await Promise.all(
      names.map(
        async name => [name.slice(folder.length + 1).replaceAll('\\', '/'), new Blob([await readFile(name)])] as const,
      ),
    ),
  )
}

test('a page tells the story that Node tells, over HTTP and from chosen files', async ({ folder, page }) => {
  const golden = fileURLToPath(new URL('golden/tiny', import.meta.url))
  const out = join(folder, 'model')
  await convert({ source: join(golden, 'weights'), out, dtype: 'f32' })
  const picture = join(golden, 'images', 'harbour.png')
  const options = { k: 3, bw: 4, maxlen: 12 }
  const { data, info } = await sharp(picture).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  const pixels = { width: info.width, height: info.height, data: new Uint8ClampedArray(data) }
  const told = async (teller: Pick<Storyteller, 'tell' | 'dispose'>, source: Page.PictureInput) => {
    const { story, captions } = await teller.tell(source, options)
    await teller.dispose()
    return { story, captions }
  }
  setNavigator({ gpu: (await openAdapter()).gpu })
  const { url, close } = await serve(out)
  try {
    const overHttp = await told(await page.Storyteller.load(url), pixels)
    assert.equal(await told(await page.Storyteller.load(await blobsOf(out)), pixels), overHttp)
    assert.equal(await told(await Storyteller.load(out), picture), overHttp)
    assert.ok(overHttp.story.length > 0)
  } finally {
    close()
  }
})

test.run()
