// An entry of the library as a page gets it: bundled for browsers, with the build's module of kernel texts in place.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The text of the module that the build makes. */
export async function kernelTexts(): Promise<string> {
  const module: { kernelTexts(folder: string): string } = await import(
    new URL('../../scripts/kernel-texts.mjs', import.meta.url).href
  )
  return module.kernelTexts(join(root, 'kernels'))
}

/** Bundles a module; rejects where anything in it needs Node. */
export async function bundlePage(entry = 'lib/index.browser.ts'): Promise<{ code: string; metafile: Metafile }> {
  const contents = await kernelTexts()
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, entry)],
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    metafile: true,
    logLevel: 'silent',
    plugins: [
      {
        name: 'kernel texts',
        setup: ({ onLoad }) => onLoad({ filter: /[\\/]kernel-texts\.ts$/ }, () => ({ contents, loader: 'js' })),
      },
    ],
  })
  return { code: outputFiles[0]?.text ?? '', metafile }
}
