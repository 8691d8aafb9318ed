// The public API in pages: the same storyteller over HTTP or over files that the user chose. No files are written: what Node keeps in
// a bundle (caption embeddings) is computed anew for each page.

import { FileError, InputError } from './core/errors.ts'
import { openDevice } from './gpu/open.browser.ts'
import { openBundle } from './io/bundle.ts'
import { blobFiles, httpFiles } from './io/bundle-files.ts'
import { decodeVectors } from './io/npy.ts'
import { BundleStages } from './story/bundle-stages.ts'
import type { Task } from './story/engine.ts'
import { oneVector } from './story/styles.ts'
import { StorytellerBase } from './storyteller.ts'

export * from './core/errors.ts'
export type { Caption } from './story/caption-index.ts'
export type { Progress, Task } from './story/engine.ts'
export { meanVector, oneVector, parseStyle, weightedSum } from './story/styles.ts'
export { DEFAULTS, type TellOptions } from './story/tell-options.ts'
export type { Story, StoryEvent } from './story/teller.ts'
export { cheapest, type Hypothesis, Writer, type Written } from './story/writer.ts'
export type { EncodeRequest, FullTrace, PictureInput, RgbaPicture } from './storyteller.ts'

export interface LoadOptions extends Task {
  /** 'auto' (the default), or 'gpu' to refuse adapters in software; browsers choose among drivers themselves. */
  readonly adapter?: 'auto' | 'gpu' | undefined
  /** Read words as the original program did; see docs/differences.md. */
  readonly compat?: boolean | undefined
  /** Bytes this page may hold on the device. */
  readonly memoryLimit?: number | undefined
}

/** A bundle's URL, or its files by their names in the bundle ("manifest.json", "vgg19/fc6.W.npy"). */
export type PageModel = string | URL | ReadonlyMap<string, Blob>

/** A model on the page's device: ask it for stories, captions and vectors. */
export class Storyteller extends StorytellerBase {
  /**
   * Opens a bundle. The adapter is opened when it is first needed. Give pictures as ImageData, or preprocessed. Dispose of it
   * when done. @throws FileError where the bundle is not there or damaged.
   */
  static async load(model: PageModel, options: LoadOptions = {}): Promise<Storyteller> {
    const { adapter, memoryLimit, compat = false } = options
    const isUrl = typeof model === 'string' || model instanceof URL
    const bundle = await openBundle(isUrl ? httpFiles(inPage(model)) : blobFiles(model))
    const stages = new BundleStages(bundle, () => openDevice(adapter, memoryLimit), { compat, readVector })
    return new Storyteller({ stages, notes: [], loadPicture: refuseFiles })
  }
}

/** Relative to the page, as everything else in it. */
const inPage = (url: string | URL): URL => new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href)

async function readVector(file: string): Promise<Float32Array> {
  const url = inPage(file)
  const response = await fetch(url)
  if (!response.ok)
    throw new FileError(`the server answered ${response.status}`, { file: url.href, cure: 'check the style’s address' })
  return oneVector(decodeVectors(new Uint8Array(await response.arrayBuffer()), url.href), url.href)
}

async function refuseFiles(): Promise<never> {
  throw new InputError(
    'pages cannot decode picture files yet; draw the picture on a canvas and give the ImageData of its getImageData',
  )
}
