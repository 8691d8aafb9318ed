// trace IMAGE --out DIR: every stage of the way to a file, for whoever compares. Float arrays are f32 .npy files in C order.

import type { Command } from 'commander'
import type { NdArray } from 'ndarray'
import ndarray from 'ndarray'
import type { FullTrace } from '../lib/index.ts'
import { writeFolder } from '../lib/io/folder.node.ts'
import { encodeNpy } from '../lib/io/npy.ts'
import { toJson } from './output.ts'
import { withTeller } from './session.ts'
import { type TellFlags, tellOptions, withTelling } from './tell-options.ts'

interface Flags extends TellFlags {
  out: string
}

export function registerTrace(root: Command, signal: AbortSignal): void {
  const verb = root
    .command('trace')
    .description('tell a story and write every stage on the way to files')
    .argument('<image>', 'JPEG, PNG, GIF, WebP, TIFF or AVIF')
    .requiredOption('--out <dir>', 'folder to write into')
  withTelling(verb).action((image: string, flags: Flags) =>
    withTeller(flags, signal, async (teller, output) => {
      const traced = await teller.trace(image, tellOptions(flags, signal, output.progress))
      const files = await writeFolder(flags.out, filesOf(traced))
      output.object({ files })
      for (const file of files) output.line(file)
    }),
  )
}

/** The files of a trace by name. */
function filesOf({ image, stages, scores, trace }: FullTrace): Map<string, Uint8Array> {
  const { written, captions, skipVectors, imageEmbedding, result } = trace
  const dim = written.shifted.length
  const { feature: _feature, ...layers } = stages
  const arrays: Record<string, Parameters<typeof encodeNpy>[0]> = {
    image,
    ...(layers as Record<string, NdArray<Float32Array>>),
    'image-embedding': row(imageEmbedding),
    scores: ndarray(scores, [scores.length]),
    nearest: ndarray(
      Int32Array.from(captions, caption => caption.index),
      [captions.length],
    ),
    'skip-vectors': ndarray(skipVectors, [skipVectors.length / dim, dim]),
    shifted: row(written.shifted),
    'init-state': row(written.state),
  }
  const text = (value: string) => new TextEncoder().encode(`${value}\n`)
  return new Map([
    ...Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)] as const),
    ['hypotheses.json', text(toJson(written.hypotheses, 1))],
    ['story.txt', text((result.lines ?? [result.story]).join('\n'))],
  ])
}

const row = (vector: Float32Array): NdArray<Float32Array> => ndarray(vector, [1, vector.length])
