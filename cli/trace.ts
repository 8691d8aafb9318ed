// trace IMAGE --out DIR: every stage of the way to a file, for whoever compares. Float arrays are f32 .npy files in C order.

import type { Command } from 'commander'
import type { NdArray } from 'ndarray'
import ndarray from 'ndarray'
import { writeFolder } from '../lib/io/folder.node.ts'
import { encodeNpy } from '../lib/io/npy.ts'
import { withTeller } from './session.ts'
import { type TellFlags, tellOptions, withTelling } from './tell-options.ts'

interface Flags extends TellFlags {
  out: string
}

export function registerTrace(root: Command, signal: AbortSignal): void {
  withTelling(root.command('trace').description('write every stage of a story to files').argument('<image>'))
    .requiredOption('--out <dir>', 'folder to write into')
    .action((image: string, flags: Flags) =>
      withTeller(flags, signal, async (teller, output) => {
        const {
          image: pixels,
          stages,
          scores,
          trace,
        } = await teller.trace(image, tellOptions(flags, signal, output.progress))
        const { feature: _feature, ...arrays } = stages
        const files = new Map<string, Uint8Array>()
        const add = (name: string, array: NdArray<Float32Array>) => files.set(`${name}.npy`, encodeNpy(array))
        add('image', pixels)
        for (const [name, array] of Object.entries(arrays)) add(name, array as NdArray<Float32Array>)
        add('image-embedding', row(trace.imageEmbedding))
        add('scores', ndarray(scores, [scores.length]))
        files.set(
          'nearest.npy',
          encodeNpy(
            ndarray(
              Int32Array.from(trace.captions, c => c.index),
              [trace.captions.length],
            ),
          ),
        )
        const dim = trace.written.shifted.length
        add('skip-vectors', ndarray(trace.skipVectors, [trace.skipVectors.length / dim, dim]))
        add('shifted', row(trace.written.shifted))
        add('init-state', row(trace.written.state))
        files.set(
          'hypotheses.json',
          text(
            `${JSON.stringify(trace.written.hypotheses, (_, v) => (v === Number.POSITIVE_INFINITY ? 'inf' : v), 1)}\n`,
          ),
        )
        files.set('story.txt', text(`${(trace.result.lines ?? [trace.result.story]).join('\n')}\n`))
        const written = await writeFolder(flags.out, files)
        output.object({ files: written })
        for (const file of written) output.line(file)
      }),
    )
}

const row = (vector: Float32Array): NdArray<Float32Array> => ndarray(vector, [1, vector.length])
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
