// From a bundle to the stages of the story. Each is made, with its words and weights, when it is first asked for:
// a verb that needs one net does not need the others. What a model lacks is told by name.

import { AbortError, FileError, InputError } from '../core/errors.ts'
import { inMemory } from '../gpu/weights.ts'
import type { Bundle } from '../io/bundle.ts'
import { makeTokenizer } from '../text/tokenize.ts'
import { captionIds, skipThoughtRow } from '../text/vocabulary.ts'
import { CaptionEncoder } from './caption-encoder.ts'
import { CaptionIndex } from './caption-index.ts'
import { Engine, type OnPlan, type OpenDevice, type Task } from './engine.ts'
import { PictureEncoder } from './picture-encoder.ts'
import { SentenceEncoder } from './sentence-encoder.ts'
import type { Stages } from './teller.ts'
import { Writer } from './writer.ts'

export interface StageOptions {
  /** Read words as the original did: any word with a non-ASCII character is unknown. */
  readonly compat: boolean
  readonly onPlan?: OnPlan | undefined
  /** A vector from a file, for styles whose names end in .npy. */
  readVector(path: string): Promise<Float32Array>
  /**
   * Computes caption embeddings, keeps them in the bundle and gives the bundle that has them.
   * @throws FileError where it cannot be written to.
   */
  saveCaptions?(work: CaptionWork): Promise<Bundle>
}

/** The captions' embeddings, to be computed a part at a time. */
export interface CaptionWork {
  readonly dim: number
  readonly parts: readonly CaptionPart[]
}

export interface CaptionPart {
  readonly captions: number
  /** f32 [captions, dim] */
  embed(): Promise<Float32Array>
}

/** Captions that are encoded before their vectors are handed on, and kept: some seconds' work. */
const CAPTION_PART = 4096
const CAPTIONS = 'captions/embeddings'

type Nets = Bundle['manifest']['nets']

export class BundleStages implements Stages {
  readonly bundle: Bundle
  readonly engine: Engine
  /** What the user should know of how the stages were made. */
  readonly notes: string[] = []
  readonly #options: StageOptions
  readonly #made = new Map<string, Promise<unknown>>()
  /** The same bundle, opened again with the caption embeddings that were added to it. */
  #grown: Bundle | undefined

  constructor(bundle: Bundle, open: OpenDevice, options: StageOptions) {
    this.bundle = bundle
    this.engine = new Engine(
      open,
      name => (name === CAPTIONS ? (this.#grown ?? bundle) : bundle).tensor(name),
      options.onPlan,
    )
    this.#options = options
  }

  pictures(): PictureEncoder {
    const [vgg, embedding] = [this.#net('vgg19'), this.#net('embedding')]
    return new PictureEncoder(this.engine, vgg, () => embedding)
  }

  /** For features alone: the model need have no embedding. */
  features(): PictureEncoder {
    return new PictureEncoder(this.engine, this.#net('vgg19'), () => this.#net('embedding'))
  }

  captions(task: Task = {}): Promise<CaptionIndex> {
    const make = async () => {
      const captions = await this.bundle.captions()
      const { dim } = this.#net('embedding')
      const index = new CaptionIndex(this.engine, captions, dim)
      if (!this.bundle.has(CAPTIONS)) await this.#embedCaptions(captions, dim, task)
      return index
    }
    return this.#once('captions', make, task)
  }

  captionEncoder(): Promise<CaptionEncoder> {
    return this.#once('caption encoder', async () => {
      const embedding = this.#net('embedding')
      const words = await this.bundle.embeddingWords()
      return new CaptionEncoder(this.engine, embedding, caption => captionIds(caption, words, embedding.nWords))
    })
  }

  sentences(): Promise<SentenceEncoder> {
    return this.#once('sentences', async () => {
      const options = { uni: this.#net('uni-skip'), bi: this.#net('bi-skip') }
      const words = await this.bundle.skipThoughtsWords()
      const [uni, bi] = [this.bundle.wordRows('uni'), this.bundle.wordRows('bi')]
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
      async () => new Writer(this.engine, this.#net('decoder'), await this.bundle.decoderWords()),
    )
  }

  tokenizer(): Promise<(text: string) => readonly string[]> {
    return this.#once('tokenizer', async () => makeTokenizer(await this.bundle.punkt()))
  }

  style(name: string): Promise<Float32Array> {
    return name.endsWith('.npy') ? this.#options.readVector(name) : this.bundle.style(name)
  }

  async dispose(): Promise<void> {
    await this.engine.dispose()
    await this.bundle.close()
    await this.#grown?.close()
  }

  #net<N extends keyof Nets>(name: N): NonNullable<Nets[N]> {
    const net = this.bundle.manifest.nets[name]
    if (net === undefined)
      throw new InputError(
        `${this.bundle.place}: this model has no ${name}; convert it again with the original files of ${name}`,
      )
    return net
  }

  async #once<T>(name: string, make: () => Promise<T>, { signal }: Task = {}): Promise<T> {
    for (;;) {
      const known = this.#made.get(name) as Promise<T> | undefined
      const made = known ?? make()
      if (known === undefined) {
        this.#made.set(name, made)
        made.catch(() => this.#made.delete(name))
      }
      try {
        return await made
      } catch (error) {
        // Another caller was stopped while it made this for both: now it is this caller's turn.
        if (!(error instanceof AbortError) || signal?.aborted) throw error
      }
    }
  }

  /** Computes the embeddings of all captions once: into the bundle where it can be written to, else into memory. */
  async #embedCaptions(captions: readonly string[], dim: number, task: Task): Promise<void> {
    const parts = captionParts(await this.captionEncoder(), captions, task)
    const { saveCaptions } = this.#options
    if (saveCaptions !== undefined)
      try {
        this.#grown = await saveCaptions({ dim, parts })
        return
      } catch (error) {
        if (!(error instanceof FileError)) throw error
        this.notes.push(
          `the captions’ embeddings are computed at every start, for they can't be kept: ${error.message}`,
        )
      }
    const all = new Float32Array(captions.length * dim)
    let at = 0
    for (const part of parts) {
      all.set(await part.embed(), at)
      at += part.captions * dim
    }
    const weights = await this.engine.weights()
    await weights.load(CAPTIONS, inMemory([captions.length, dim], all))
  }
}

function captionParts(encoder: CaptionEncoder, captions: readonly string[], task: Task): CaptionPart[] {
  const total = captions.length
  const parts: CaptionPart[] = []
  for (let first = 0; first < total; first += CAPTION_PART) {
    const part = captions.slice(first, first + CAPTION_PART)
    const onProgress = ({ done }: { done: number }) =>
      task.onProgress?.({ stage: 'captions', done: first + done, total })
    parts.push({ captions: part.length, embed: () => encoder.encode(part, { signal: task.signal, onProgress }) })
  }
  return parts
}
