// convert SRC --out DIR: original files into a bundle; then, unless --no-cache, the captions' embeddings, computed once.

import { type Command, Option } from 'commander'
import { DeviceError } from '../lib/core/errors.ts'
import { cacheCaptions } from '../lib/index.ts'
import { convert, type Gap, gapSentence, storyGaps, tellsStories } from '../weights-converter/index.ts'
import { type CommonOptions, withOutput } from './options.ts'
import { Output } from './output.ts'

interface Flags extends CommonOptions {
  out: string
  dtype: 'f32' | 'f16'
  vgg?: string
  punkt?: string
  only?: string
  cache: boolean
}

export function registerConvert(root: Command, signal: AbortSignal): void {
  const verb = root
    .command('convert')
    .description('turn the files of the original program into a bundle')
    .argument('<source>', 'the folder that holds them')
    .requiredOption('--out <dir>', 'the bundle to make')
    .addOption(new Option('--dtype <type>', 'how numbers are stored').choices(['f32', 'f16']).default('f32'))
    .option('--vgg <file>', 'take VGG-19 from this file (vgg19.pkl, .caffemodel or Keras .h5)')
    .option('--punkt <file>', 'take the sentence splitter from a trained Punkt file (english.pickle)')
    .option('--only <net>', 'convert one net only')
    .option('--no-cache', 'leave the captions’ embeddings for the first story')
    .option('--adapter <name>', 'where the captions are embedded: gpu, lavapipe, swiftshader (default: the best)')
  withOutput(verb).action(async (source: string, flags: Flags) => {
    const output = new Output(flags)
    const { out, dtype, vgg, punkt, only } = flags
    const manifest = await convert({ source, out, dtype, vgg, punkt, only, signal, onProgress: output.progress })
    if (flags.cache) await cache(out, flags, signal, output)
    const { name, nets, captions, styles, sources, leftOut } = manifest
    const missing = only === undefined && !tellsStories(manifest) ? await gaps(source, flags, signal) : []
    output.object({
      name,
      out,
      dtype,
      nets,
      captions: captions?.count ?? 0,
      styles,
      sources,
      leftOut,
      missing,
      tensors: Object.keys(manifest.tensors).length,
    })
    for (const [net, options] of Object.entries(nets)) output.line(`${net}: ${JSON.stringify(options)}`)
    output.line(`captions: ${captions?.count ?? 0}   styles: ${styles.join(', ')}`)
    for (const { file, why } of leftOut) output.line(`left out: ${file}: ${why}`)
    if (missing.length > 0) output.note(gapSentence(source, missing))
    output.line(`${out}: ready`)
  })
}

/** What the folder lacks for a story, but for VGG-19 where it came from elsewhere. */
const gaps = async (source: string, { vgg }: Flags, signal: AbortSignal): Promise<Gap[]> =>
  (await storyGaps(source, { signal })).filter(({ role }) => role !== 'vgg19' || vgg === undefined)

/** Embeds the captions; a machine with no adapter leaves that to the one that tells the first story. */
async function cache(out: string, { adapter }: Flags, signal: AbortSignal, output: Output): Promise<void> {
  try {
    await cacheCaptions(out, { adapter, signal, onProgress: output.progress })
  } catch (error) {
    if (!(error instanceof DeviceError) || adapter !== undefined) throw error
    output.note(`the captions’ embeddings are left for the first story: ${error.message}`)
  }
}
