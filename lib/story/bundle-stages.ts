// From a bundle to the stages of the story. Each is made, with its words and weights, when it is first asked for:
// a verb that needs one net does not need the others. What a model lacks is told by name.

import { InputError } from '../core/errors.ts'
import { inMemory } from '../gpu/weights.ts'
import type { Bundle } from '../io/bundle.ts'
import { makeTokenizer } from '../text/tokenize.ts'
import { captionIds, skipThoughtRow } from '../text/vocabulary.ts'
import { CaptionEncoder } from './caption-encoder.ts'
import { CaptionIndex } from './caption-index.ts'
import { Engine, type OpenDevice, type Task } from './engine.ts'
import { PictureEncoder } from './picture-encoder.ts'
import { SentenceEncoder } from './sentence-encoder.ts'
import type { Stages } from './teller.ts'
import { Writer } from './writer.ts'

export interface StageOptions {
  /** Read words as the original did: any word with a non-ASCII character is unknown. */
  readonly compat: boolean
  /** A vector from a file, for styles whose names end in .npy. */
  readVector(path: string): Promise<Float32Array>
  /** Keeps computed caption embeddings in the bundle, where it can be written to. */
  saveCaptions?(bundle: Bundle, dim: number, parts: AsyncIterable<Float32Array>): Promise<Bundle>
}

/** Captions that are encoded before their vectors are handed on. */
const CAPTION_PART = 8192
const CAPTIONS = 'captions/embeddings'

type Nets = Bundle['manifest']['nets']

export class BundleStages implements Stages {
  readonly engine: Engine
  #bundle: Bundle
  readonly #options: StageOptions
  readonly #made = new Map<string, Promise<unknown>>()

  constructor(bundle: Bundle, open: OpenDevice, options: StageOptions) {
    this.#bundle = bundle
    this.engine = new Engine(open, name => this.#bundle.tensor(name))
    this.#options = options
  }

  get bundle(): Bundle {
    return this.#bundle
  }

  pictures(): PictureEncoder {
    return new PictureEncoder(this.engine, this.#net('vgg19'), this.#net('embedding'))
  }

  captions(task: Task = {}): Promise<CaptionIndex> {
    return this.#once('captions', async () => {
      const captions = await this.#bundle.captions()
      const { dim } = this.#net('embedding')
      if (!this.#bundle.has(CAPTIONS)) await this.#embedCaptions(captions, dim, task)
      return new CaptionIndex(this.engine, captions, dim)
    })
  }

  captionEncoder(): Promise<CaptionEncoder> {
    return this.#once('caption encoder', async () => {
      const embedding = this.#net('embedding')
      const words = await this.#bundle.embeddingWords()
      return new CaptionEncoder(this.engine, embedding, caption => captionIds(caption, words, embedding.nWords))
    })
  }

  sentences(): Promise<SentenceEncoder> {
    return this.#once('sentences', async () => {
      const options = { uni: this.#net('uni-skip'), bi: this.#net('bi-skip') }
      const words = await this.#bundle.skipThoughtsWords()
      const [uni, bi] = [this.#bundle.wordRows('uni'), this.#bundle.wordRows('bi')]
      return new SentenceEncoder(this.engine, options, {
        row: word => skipThoughtRow(word, words, this.#options.compat),
        uni: rows => uni.read(rows),
        bi: rows => bi.read(rows),
      })
    })
  }

  writer(): Promise<Writer> {
    return this.#once(
      'writer',
      async () => new Writer(this.engine, this.#net('decoder'), await this.#bundle.decoderWords()),
    )
  }

  tokenizer(): Promise<(text: string) => readonly string[]> {
    return this.#once('tokenizer', async () => makeTokenizer(await this.#bundle.punkt()))
  }

  style(name: string): Promise<Float32Array> {
    return name.endsWith('.npy') ? this.#options.readVector(name) : this.#bundle.style(name)
  }

  async dispose(): Promise<void> {
    await this.engine.dispose()
    await this.#bundle.close()
  }

  #net<N extends keyof Nets>(name: N): NonNullable<Nets[N]> {
    const net = this.#bundle.manifest.nets[name]
    if (net === undefined)
      throw new InputError(
        `${this.#bundle.place}: this model has no ${name}; convert it again with the original files of ${name}`,
      )
    return net
  }

  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.#made.get(name) as Promise<T> | undefined
    if (known !== undefined) return known
    const made = make()
    this.#made.set(name, made)
    made.catch(() => this.#made.delete(name))
    return made
  }

  /** Computes the embeddings of all captions once: into the bundle where it can be written, else into memory. */
  async #embedCaptions(captions: readonly string[], dim: number, task: Task): Promise<void> {
    const encoder = await this.captionEncoder()
    const parts = embedParts(encoder, captions, task)
    if (this.#options.saveCaptions !== undefined) {
      this.#bundle = await this.#options.saveCaptions(this.#bundle, dim, parts)
      return
    }
    const all = new Float32Array(captions.length * dim)
    let at = 0
    for await (const part of parts) {
      all.set(part, at)
      at += part.length
    }
    const weights = await this.engine.weights()
    await weights.load(CAPTIONS, inMemory([captions.length, dim], all))
  }
}

async function* embedParts(
  encoder: CaptionEncoder,
  captions: readonly string[],
  task: Task,
): AsyncGenerator<Float32Array> {
  for (let first = 0; first < captions.length; first += CAPTION_PART) {
    const part = captions.slice(first, first + CAPTION_PART)
    const onProgress = (done: number) =>
      task.onProgress?.({ stage: 'captions', done: first + done, total: captions.length })
    yield await encoder.encode(part, { signal: task.signal, onProgress: ({ done }) => onProgress(done) })
  }
}
