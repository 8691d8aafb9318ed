// The storyteller that users hold: a model on a device, asked for stories, captions and vectors. What differs between Node and
// browsers (opening devices, models and pictures) comes in as a platform; see index.ts.

import ndarray, { type NdArray } from 'ndarray'
import { InputError } from './core/errors.ts'
import type { Outputs } from './graph/plan.ts'
import { preprocess } from './image/preprocess.ts'
import { type RgbaPicture, rgbaPixels } from './image/rgba.ts'
import type { BundleStages } from './story/bundle-stages.ts'
import type { Caption } from './story/caption-index.ts'
import type { Task } from './story/engine.ts'
import { meanVector } from './story/styles.ts'
import type { TellOptions } from './story/tell-options.ts'
import { type Story, type StoryEvent, Teller, type Trace } from './story/teller.ts'

export type { RgbaPicture } from './image/rgba.ts'

/** A picture as a path, its bytes, its decoded pixels (an ImageData), or already preprocessed [1, 3, 224, 224]. */
export type PictureInput = string | Uint8Array | RgbaPicture | NdArray<Float32Array>

export interface EncodeRequest extends Task {
  /** skip: uni and bi parts together; caption: the image-sentence embedding. */
  readonly space?: 'skip' | 'uni' | 'bi' | 'caption'
  readonly endToken?: boolean
  readonly normalize?: boolean
}

export interface FullTrace {
  readonly image: NdArray<Float32Array>
  /** pool1..5, fc6, fc7, fc8, prob. */
  readonly stages: Outputs
  /** Of all captions. */
  readonly scores: Float32Array
  readonly trace: Trace
}

/** What a storyteller is made of. */
export interface Parts {
  readonly stages: BundleStages
  /** What the user should know: where the model comes from, what the adapter lacks. */
  readonly notes: readonly string[]
  loadPicture(source: string | Uint8Array): Promise<NdArray<Float32Array>>
}

/** Strides of [1, 3, 224, 224] in C order. */
const C_ORDER = [3 * 224 * 224, 224 * 224, 224, 1].join()

/** Passages shorter than this do not count for a style. */
export const MIN_PASSAGE = 100

export class StorytellerBase {
  readonly #parts: Parts
  readonly #teller: Teller

  constructor(parts: Parts) {
    this.#parts = parts
    this.#teller = new Teller(parts.stages)
  }

  /** The name of the adapter; opens it. */
  async adapter(): Promise<string> {
    return (await this.#parts.stages.engine.weights()).device.label
  }
  get model(): string {
    return this.#parts.stages.bundle.name
  }
  /** What the user should know: where the model comes from, what could not be kept. It may grow while stories are told. */
  get notes(): readonly string[] {
    return [...this.#parts.notes, ...this.#parts.stages.notes]
  }
  get styles(): readonly string[] {
    return this.#parts.stages.bundle.styles
  }

  /** A picture as VGG-19 takes it, [1, 3, 224, 224]; whatever takes pictures takes this too. @throws FileError, InputError */
  async prepare(picture: PictureInput): Promise<NdArray<Float32Array>> {
    if (typeof picture === 'string' || picture instanceof Uint8Array) return this.#parts.loadPicture(picture)
    if (!('shape' in picture)) return preprocess(rgbaPixels(picture))
    const { shape, data } = picture
    if (shape.join() !== '1,3,224,224')
      throw new InputError(`a preprocessed picture is [1, 3, 224, 224], this is [${shape.join(', ')}]`)
    if (!(data instanceof Float32Array) || data.length !== picture.size || picture.stride.join() !== C_ORDER)
      throw new InputError('a preprocessed picture is a Float32Array in C order, and nothing else in it')
    return picture
  }

  async tell(picture: PictureInput, options: TellOptions = {}): Promise<Story> {
    return this.#teller.tell(await this.prepare(picture), options)
  }

  /** The feature of a picture that an embedding is trained on: VGG-19's fc7, divided by its norm. */
  async feature(picture: PictureInput, task: Task = {}): Promise<Float32Array> {
    return this.#parts.stages.features().feature(await this.prepare(picture), task)
  }

  /** A story in each of these styles, at little more cost than one. */
  async tellInStyles(picture: PictureInput, styles: readonly string[], options: TellOptions = {}): Promise<Story[]> {
    return this.#teller.tellInStyles(await this.prepare(picture), styles, options)
  }

  async captions(picture: PictureInput, k = 5, task: Task = {}): Promise<Caption[]> {
    return this.#teller.captions(await this.prepare(picture), k, task)
  }

  /** Stages, captions, the state of the search and at last the story, as they come. */
  async *stream(picture: PictureInput, options: TellOptions = {}): AsyncGenerator<StoryEvent> {
    const image = await this.prepare(picture)
    const waiting: StoryEvent[] = []
    let wake = () => {}
    let failure: { error: unknown } | undefined
    let ended = false
    const finish = () => {
      ended = true
      wake()
    }
    const onEvent = (event: StoryEvent) => {
      waiting.push(event)
      wake()
    }
    const stop = new AbortController()
    const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal])
    const telling = this.#teller.trace(image, { ...options, signal }, onEvent).then(finish, (error: unknown) => {
      failure = { error }
      finish()
    })
    try {
      while (!ended || waiting.length > 0) {
        const event = waiting.shift()
        if (event !== undefined) yield event
        else
          await new Promise<void>(resolve => {
            wake = resolve
          })
      }
      if (failure !== undefined) throw failure.error
    } finally {
      stop.abort()
      await telling
    }
  }

  /** The story with every intermediate array. */
  async trace(picture: PictureInput, options: TellOptions = {}): Promise<FullTrace> {
    const image = await this.prepare(picture)
    const trace = await this.#teller.trace(image, options)
    const stages = await this.#parts.stages.pictures().stages(image, options)
    const index = await this.#parts.stages.captions()
    return { image, stages, scores: await index.scores(trace.imageEmbedding, options), trace }
  }

  /** One vector a sentence: [sentences, dim]. An empty sentence needs `endToken`. */
  async encode(sentences: readonly string[], request: EncodeRequest = {}): Promise<NdArray<Float32Array>> {
    const { stages } = this.#parts
    const { space = 'skip', endToken = false, normalize = true } = request
    if (sentences.length === 0) throw new InputError('there are no sentences to encode')
    if (space === 'caption' && !normalize)
      throw new InputError('caption vectors are unit vectors; leave normalize as it is, or take another space')
    if (space === 'caption') {
      const encoder = await stages.captionEncoder()
      return ndarray(await encoder.encode(sentences, request), [sentences.length, encoder.dim])
    }
    const [encoder, tokenize] = [await stages.sentences(), await stages.tokenizer()]
    const vectors = await encoder.encode(sentences.map(tokenize), { normalize, endToken }, request)
    const [from, to] =
      space === 'skip' ? [0, encoder.dim] : space === 'uni' ? [0, encoder.uniDim] : [encoder.uniDim, encoder.dim]
    return ndarray(columns(vectors, encoder.dim, from, to), [sentences.length, to - from])
  }

  /** A style: the mean vector of passages of at least `minLength` characters. */
  async style(passages: readonly string[], minLength = MIN_PASSAGE, task: Task = {}): Promise<Float32Array> {
    const long = passages.filter(passage => passage.length >= minLength)
    if (long.length === 0)
      throw new InputError(
        `none of the ${passages.length} passages has ${minLength} characters or more; give longer ones, or a smaller minimum length`,
      )
    const vectors = await this.encode(long, task)
    return meanVector(vectors.data, vectors.shape[1] ?? 0)
  }

  /** Waits for what is under way, frees the device's memory and closes the model's files. */
  async dispose(): Promise<void> {
    await this.#parts.stages.dispose()
  }
}

/** Columns from … to − 1 of a matrix with `dim` columns. */
function columns(matrix: Float32Array, dim: number, from: number, to: number): Float32Array {
  if (from === 0 && to === dim) return matrix
  const out = new Float32Array((matrix.length / dim) * (to - from))
  for (let row = 0; row * dim < matrix.length; row++)
    out.set(matrix.subarray(row * dim + from, row * dim + to), row * (to - from))
  return out
}
