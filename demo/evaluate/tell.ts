// Tells scenes with a model: picture in, captions and a story in every manner out, as `storyteller tell` would. The captions of a
// scene are found and read once for all of its stories.

import { openDevice } from '../../lib/gpu/open.node.ts'
import { preprocess } from '../../lib/image/preprocess.ts'
import { openBundle } from '../../lib/io/bundle.ts'
import { folderFiles } from '../../lib/io/bundle-files.node.ts'
import { BundleStages } from '../../lib/story/bundle-stages.ts'
import { CAPTION_STYLE } from '../../lib/story/styles.ts'
import { DEFAULTS } from '../../lib/story/tell-options.ts'
import { cheapest, type Thought } from '../../lib/story/writer.ts'
import { MANNERS, type Manner } from '../text/manners.ts'
import { drawScene, PICTURE_SIDE } from '../world/picture.ts'
import type { Scene } from '../world/scene.ts'
import type { Told } from './score.ts'

/** Captions that are looked at, of the many that a story is made of. */
const NEAREST = 5

export class SceneTeller {
  readonly #stages: BundleStages

  private constructor(stages: BundleStages) {
    this.#stages = stages
  }

  /** The model in a bundle's folder. */
  static async open(model: string, adapter?: string): Promise<SceneTeller> {
    const readVector = (path: string) => Promise.reject(new TypeError(`${path}: styles are the model's own`))
    const bundle = await openBundle(folderFiles(model))
    return new SceneTeller(new BundleStages(bundle, () => openDevice(adapter), { compat: false, readVector }))
  }

  async tell(scene: Scene): Promise<Told> {
    const data = drawScene(scene)
    const image = preprocess({ data, width: PICTURE_SIDE, height: PICTURE_SIDE, channels: 3 })
    const pictures = this.#stages.pictures()
    const index = await this.#stages.captions()
    const nearest = await index.nearest(await pictures.embed(await pictures.feature(image)), DEFAULTS.k)
    const captions = nearest.map(({ text }) => text)
    const [encoder, tokenize] = [await this.#stages.sentences(), await this.#stages.tokenizer()]
    const vectors = await encoder.encode(captions.map(tokenize), { normalize: true, endToken: false })
    const stories: Partial<Record<Manner, string>> = {}
    const negative = await this.#stages.style(CAPTION_STYLE)
    for (const manner of MANNERS)
      stories[manner] = await this.#write({ vectors, positive: await this.#stages.style(manner), negative })
    const unshifted = await this.#write({ vectors })
    return { scene, captions: captions.slice(0, NEAREST), stories: stories as Record<Manner, string>, unshifted }
  }

  dispose(): Promise<void> {
    return this.#stages.dispose()
  }

  async #write(thought: Thought): Promise<string> {
    const writer = await this.#stages.writer()
    const { bw: width, maxlen } = DEFAULTS
    return cheapest((await writer.search(thought, { width, maxlen })).hypotheses).text
  }
}
