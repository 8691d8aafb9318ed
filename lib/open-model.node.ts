// Finds a model in Node: a bundle's folder, a folder of original files (converted into the cache once), a bundle of the cache
// by name, or the embedded one. One of the two places where the converter and the story meet.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { convert, gapSentence, storyGaps, tellsStories } from '../weights-converter/index.ts'
import { InputError } from './core/errors.ts'
import { type Bundle, openBundle } from './io/bundle.ts'
import { folderFiles } from './io/bundle-files.node.ts'
import { openFile } from './io/bytes.node.ts'
import { bundlePath, sourceName } from './io/cache.node.ts'
import { MANIFEST_FILE } from './io/manifest.ts'
import { packageRoot } from './io/package-root.node.ts'
import type { Task } from './story/engine.ts'

export interface OpenTask extends Task {
  /** Refuse a folder of original files that lacks something for a story, before it is converted. */
  readonly needsStory?: boolean | undefined
}

export interface OpenedModel {
  readonly bundle: Bundle
  readonly dir: string
  readonly notes: readonly string[]
}

/** Enough of a manifest to know it. */
const HEAD = 1024

const DRAWN_SCENES =
  'the embedded model was trained on drawn scenes and knows nothing else; for photographs get the published weights with "storyteller pull" and name them with --model published'

/** Opens the model that `model` names; undefined opens the embedded one. */
export async function openModel(model: string | undefined, task: OpenTask = {}): Promise<OpenedModel> {
  if (model === undefined) return { ...(await open(join(packageRoot(), 'demo', 'model'))), notes: [DRAWN_SCENES] }
  if (await isBundle(model)) return open(model)
  if (existsSync(model)) return openOriginal(model, task)
  const cached = model.includes('/') ? undefined : bundlePath(model)
  if (cached !== undefined && existsSync(cached)) return open(cached)
  throw new InputError(
    `${model} is neither a folder nor a bundle of the cache; give a bundle, a folder of the original files, or a name that "storyteller ls" lists`,
  )
}

/** Other programs' folders may have a manifest.json too; a bundle's begins with its format. */
async function isBundle(dir: string): Promise<boolean> {
  const source = await openFile(join(dir, MANIFEST_FILE)).catch(() => undefined)
  if (source === undefined) return false
  try {
    const text = new TextDecoder().decode(await source.read(0, Math.min(HEAD, source.size)))
    return text.trim() === '' || /^\s*\{\s*"format"\s*:/.test(text)
  } finally {
    await source.close()
  }
}

async function open(dir: string): Promise<OpenedModel> {
  return { bundle: await openBundle(folderFiles(dir)), dir, notes: [] }
}

/** Converts a folder of original files into the cache, the first time it is seen. */
async function openOriginal(source: string, { signal, onProgress, needsStory }: OpenTask): Promise<OpenedModel> {
  const out = bundlePath(await sourceName(source))
  if (needsStory && !(await isWhole(out))) await refuseGaps(source, signal)
  if (!existsSync(join(out, MANIFEST_FILE))) await convert({ source, out, dtype: 'f32', signal, onProgress })
  return open(out)
}

/** Whether there is a bundle with all that a story needs. */
async function isWhole(dir: string): Promise<boolean> {
  const { bundle } = (await open(dir).catch(() => undefined)) ?? {}
  if (bundle === undefined) return false
  await bundle.close()
  return tellsStories(bundle.manifest)
}

async function refuseGaps(source: string, signal: AbortSignal | undefined): Promise<void> {
  const gaps = await storyGaps(source, { signal })
  if (gaps.length > 0) throw new InputError(gapSentence(source, gaps))
}
