// The public API in Node, and one of the two places where the converter and the story meet.

import { join } from 'node:path'
import { convertDecoder } from '../weights-converter/index.ts'
import { InputError } from './core/errors.ts'
import { openDevice } from './gpu/open.node.ts'
import { inMemory } from './gpu/weights.ts'
import { loadPicture } from './image/load.node.ts'
import { type Bundle, openBundle } from './io/bundle.ts'
import { folderFiles } from './io/bundle-files.node.ts'
import { addTensor } from './io/bundle-writer.node.ts'
import { KeptParts } from './io/kept-parts.node.ts'
import { readVectors } from './io/npy.node.ts'
import { type OpenedModel, openModel } from './open-model.node.ts'
import { BundleStages, type CaptionPart, type CaptionWork } from './story/bundle-stages.ts'
import { Engine, type OnPlan, type Task } from './story/engine.ts'
import { oneVector } from './story/styles.ts'
import { Writer } from './story/writer.ts'
import { StorytellerBase } from './storyteller.ts'
import { makeTokenizer } from './text/tokenize.ts'

export * from './core/errors.ts'
export { EXAMPLE, publishedStoryChecks, type StoryCheck } from './published-story.ts'
export type { Caption } from './story/caption-index.ts'
export type { OnPlan, Progress, Task } from './story/engine.ts'
export { CAPTION_STYLE, meanVector, oneVector, parseStyle, weightedSum } from './story/styles.ts'
export { DEFAULTS, type TellOptions } from './story/tell-options.ts'
export type { Story, StoryEvent } from './story/teller.ts'
export { cheapest, type Hypothesis, Writer, type Written } from './story/writer.ts'
export type { EncodeRequest, FullTrace, PictureInput, RgbaPicture } from './storyteller.ts'

export interface LoadOptions extends Task {
  /** 'auto' (the default), 'gpu', 'lavapipe', 'swiftshader' or a part of an adapter's name. */
  readonly adapter?: string | undefined
  /** Read words and pictures as the original program did; see docs/differences.md. */
  readonly compat?: boolean | undefined
  /** Bytes this process may hold on the device. */
  readonly memoryLimit?: number | undefined
  /** Refuse a folder of original files that lacks something for a story, before it is converted. */
  readonly needsStory?: boolean | undefined
  /** Hears of each plan of kernels that is made, and can have it in print. */
  readonly onPlan?: OnPlan | undefined
}

/** A model on a device: ask it for stories, captions and vectors. */
export class Storyteller extends StorytellerBase {
  /**
   * Opens a model (a bundle, a folder of original files, or a bundle of the cache by name; the embedded one if undefined).
   * The model is checked first; the adapter is opened when it is first needed, after pictures, texts and styles were checked.
   * Dispose of it when done.
   */
  static async load(model?: string, options: LoadOptions = {}): Promise<Storyteller> {
    const opened = await openModel(model, options)
    const compat = options.compat ?? false
    const stages = makeStages(opened, options)
    return new Storyteller({ stages, notes: opened.notes, loadPicture: source => loadPicture(source, { compat }) })
  }
}

function makeStages(
  { bundle, dir }: OpenedModel,
  { adapter, memoryLimit, onPlan, compat = false }: LoadOptions,
): BundleStages {
  return new BundleStages(bundle, () => openDevice(adapter, memoryLimit), {
    compat,
    onPlan,
    readVector: async path => oneVector(await readVectors(path), path),
    saveCaptions: work => saveCaptions(dir, bundle, work),
  })
}

/** Computes caption embeddings into a bundle, from where whoever was interrupted stopped, and opens it with them. */
async function saveCaptions(dir: string, bundle: Bundle, { dim, parts }: CaptionWork): Promise<Bundle> {
  const { captions, made } = bundle.manifest
  if (captions === undefined) throw new InputError(`${dir}: this model has no captions`)
  const kept = await KeptParts.open(join(dir, 'captions', '.parts'))
  const get = (number: number, part: CaptionPart) => kept.part(number, part.captions * dim, () => part.embed())
  for (const [number, part] of parts.entries()) await get(number, part)
  async function* all(): AsyncGenerator<Float32Array> {
    for (const [number, part] of parts.entries()) yield await get(number, part)
  }
  const tensor = {
    name: 'captions/embeddings',
    dtype: made?.dtype ?? 'f32',
    shape: [captions.count, dim],
    layout: 'caption, dim',
    parts: all(),
  } as const
  await addTensor(dir, tensor, manifest => ({ ...manifest, captions: { ...captions, embeddings: true } }))
  await kept.remove()
  return openBundle(folderFiles(dir))
}

/** Fills a bundle's cache of caption embeddings on the device, where it is still empty. */
export async function cacheCaptions(dir: string, options: LoadOptions = {}): Promise<void> {
  const opened = await openModel(dir, options)
  const { captions, nets } = opened.bundle.manifest
  if (captions === undefined || captions.embeddings || nets.embedding === undefined) return opened.bundle.close()
  const stages = makeStages(opened, options)
  try {
    await stages.captions(options)
  } finally {
    await stages.dispose()
  }
}

/** Splits sentences into words as the model's encoder sees them; without a model, by the built-in splitter. */
export async function loadTokenizer(model?: string): Promise<(text: string) => readonly string[]> {
  if (model === undefined) return makeTokenizer()
  const { bundle } = await openModel(model)
  try {
    return makeTokenizer(await bundle.punkt())
  } finally {
    await bundle.close()
  }
}

export interface OpenedWriter {
  readonly writer: Writer
  /** What the user should know of the model. */
  readonly notes: readonly string[]
  dispose(): Promise<void>
}

/** Only the decoder of a model, or an original decoder .npz with its .pkl beside it. */
export async function openWriter(model: string | undefined, options: LoadOptions = {}): Promise<OpenedWriter> {
  if (model?.endsWith('.npz')) return openOriginalDecoder(model, options)
  const opened = await openModel(model, options)
  const stages = makeStages(opened, options)
  try {
    return { writer: await stages.writer(), notes: opened.notes, dispose: () => stages.dispose() }
  } catch (error) {
    await stages.dispose()
    throw error
  }
}

async function openOriginalDecoder(file: string, options: LoadOptions): Promise<OpenedWriter> {
  const decoder = await convertDecoder(file)
  const { adapter, memoryLimit, onPlan } = options
  const find = (name: string) => {
    const tensor = decoder.tensors.get(name)
    if (tensor === undefined) throw new InputError(`${file} has no ${name}; it is not a whole decoder`)
    return inMemory(tensor.shape, tensor.data)
  }
  const engine = new Engine(() => openDevice(adapter, memoryLimit), find, onPlan)
  return { writer: new Writer(engine, decoder.options, decoder.words), notes: [], dispose: () => engine.dispose() }
}
