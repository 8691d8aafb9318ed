// The tiny model whose outputs the original program recorded: its folder, its recordings, and a bundle converted from it.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheCaptions } from '../../lib/index.ts'
import { openBundle } from '../../lib/io/bundle.ts'
import { folderFiles } from '../../lib/io/bundle-files.node.ts'
import { Recorded, type RecordedRows } from '../../scripts/conformance/recorded.ts'
import { convert } from '../../weights-converter/index.ts'

export const tiny = fileURLToPath(new URL('../golden/tiny', import.meta.url))
export const recorded = new Recorded(join(tiny, 'expected'))
export const picture = (name: string): string => join(tiny, 'images', `${name}.png`)
export const original = (name: string): string => join(tiny, 'weights', name)

/** A recorded array that must be there. */
export async function recordedRows(stem: string): Promise<RecordedRows> {
  const rows = await recorded.rows(stem)
  if (rows === undefined) throw new Error(`${stem} is not recorded`)
  return rows
}

/** The story that the original told, not as a lyric. */
export function recordedStory(image: string, k: number, bw: number, style: string): string {
  const stories = recorded.json<Record<string, unknown>[]>('stories.json')
  const fits = (s: Record<string, unknown>) => s.image === image && s.k === k && s.bw === bw && s.style === style
  const found = stories.find(s => fits(s) && s.lyric === false)
  if (found === undefined) throw new Error(`no story of ${image}, k ${k}, width ${bw}, ${style} is recorded`)
  return String(found.stdout).split('\n').at(-2) ?? ''
}

/** Converts the tiny model to `folder`; its captions are embedded too unless `captions` is false. */
export async function tinyBundle(folder: string, captions = true): Promise<string> {
  await convert({ source: join(tiny, 'weights'), out: folder, dtype: 'f32' })
  if (captions) await cacheCaptions(folder)
  return folder
}

export type BundleArrays = Readonly<Record<string, Float32Array>>

/** Tensors of a bundle by name, C order; all of them if no names are given. */
export async function bundleArrays(folder: string, names?: Iterable<string>): Promise<BundleArrays> {
  const bundle = await openBundle(folderFiles(folder))
  try {
    const wanted = [...(names ?? bundle.tensorNames)]
    const read = async (name: string) => [name, await bundle.tensor(name).read()] as const
    return Object.fromEntries(await Promise.all(wanted.map(read)))
  } finally {
    await bundle.close()
  }
}
