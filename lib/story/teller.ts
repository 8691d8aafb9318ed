// The whole way from a picture to its story, each arrow one call from one stage to the next. Only this file knows all of it.

import type { NdArray } from 'ndarray'
import { InputError } from '../core/errors.ts'
import { aborted } from '../graph/loop.ts'
import { beamProgress } from '../ops/beam-search.ts'
import { splitLyric } from '../text/lyric.ts'
import { type Caption, type CaptionIndex, checkK } from './caption-index.ts'
import type { Task } from './engine.ts'
import type { PictureEncoder } from './picture-encoder.ts'
import type { SentenceEncoder } from './sentence-encoder.ts'
import { CAPTION_STYLE, NO_STYLE, styleVector } from './styles.ts'
import { checkOptions, DEFAULTS, type TellOptions } from './tell-options.ts'
import { byCost, eligible, type Hypothesis, type Thought, type Writer, type Written } from './writer.ts'

export interface Story {
  readonly story: string
  readonly lines?: readonly string[]
  readonly captions: readonly Caption[]
  readonly hypotheses: readonly Hypothesis[]
  /** Milliseconds of each stage. */
  readonly timings: Readonly<Record<string, number>>
}

export type StoryEvent =
  | { readonly type: 'stage'; readonly stage: string; readonly done: number; readonly total: number }
  | { readonly type: 'captions'; readonly captions: readonly Caption[] }
  | {
      readonly type: 'beam'
      readonly steps: number
      readonly live: number
      readonly finished: number
      readonly bestCost: number | undefined
    }
  | { readonly type: 'story'; readonly story: Story }

/** The stages, each made when it is first asked for, and what they need from outside. */
export interface Stages {
  pictures(): PictureEncoder
  captions(task?: Task): Promise<CaptionIndex>
  sentences(): Promise<SentenceEncoder>
  writer(): Promise<Writer>
  /** Splits a caption into the words that the sentence encoder sees. */
  tokenizer(): Promise<(text: string) => readonly string[]>
  /** A style's vector by name or path; throws an error that lists the names there are. */
  style(name: string): Promise<Float32Array>
}

/** What is known of a picture before a story is told of it. */
interface Seen {
  readonly feature: Float32Array
  readonly imageEmbedding: Float32Array
  readonly captions: readonly Caption[]
  /** [captions, dim]. */
  readonly skipVectors: Float32Array
}

/** Everything that happened on the way, for whoever compares. */
export interface Trace extends Seen {
  readonly written: Written
  readonly result: Story
}

type OnEvent = (event: StoryEvent) => void

/** The stages that a story needs, and its style. */
interface Ready {
  readonly pictures: PictureEncoder
  readonly sentences: SentenceEncoder
  readonly writer: Writer
  readonly style: Pick<Thought, 'positive' | 'negative'>
  tokenize(text: string): readonly string[]
}

const taskOf = (options: TellOptions, onEvent: OnEvent): Task => ({
  signal: options.signal,
  onProgress: progress => {
    options.onProgress?.(progress)
    onEvent({ type: 'stage', ...progress })
  },
})

export class Teller {
  readonly stages: Stages

  constructor(stages: Stages) {
    this.stages = stages
  }

  /** image [1, 3, 224, 224], preprocessed → its nearest captions. */
  async captions(image: NdArray<Float32Array>, k = 5, task: Task = {}): Promise<Caption[]> {
    checkK(k)
    const pictures = this.stages.pictures()
    const index = await this.stages.captions(task)
    const feature = await pictures.feature(image, task)
    return index.nearest(await pictures.embed(feature, task), k, task)
  }

  async tell(image: NdArray<Float32Array>, options: TellOptions = {}): Promise<Story> {
    return (await this.trace(image, options)).result
  }

  /** A story in each of these styles: the picture is looked at and its captions are read once. */
  async tellInStyles(
    image: NdArray<Float32Array>,
    styles: readonly string[],
    options: TellOptions = {},
  ): Promise<Story[]> {
    const all = styles.map(style => ({ ...options, style }))
    const ready: Ready[] = []
    for (const one of all) ready.push(await this.#prepare(one))
    const clock = new Clock()
    const [first] = ready
    if (first === undefined) return []
    const seen = await this.#look(first, image, options, clock)
    const stories: Story[] = []
    for (const [i, one] of ready.entries()) stories.push((await this.#told(one, seen, all[i] ?? options, clock)).result)
    return stories
  }

  /** The story with everything on the way. `onEvent` hears of stages, captions and the search as they happen. */
  async trace(
    image: NdArray<Float32Array>,
    options: TellOptions = {},
    onEvent: (event: StoryEvent) => void = () => undefined,
  ): Promise<Trace> {
    const clock = new Clock()
    const ready = await this.#prepare(options)
    const seen = await this.#look(ready, image, options, clock, onEvent)
    return this.#told(ready, seen, options, clock, onEvent)
  }

  /** From the picture to the vectors of its nearest captions. */
  async #look(
    { pictures, sentences, tokenize }: Ready,
    image: NdArray<Float32Array>,
    options: TellOptions,
    clock: Clock,
    onEvent: OnEvent = () => undefined,
  ): Promise<Seen> {
    const task = taskOf(options, onEvent)
    const index = await this.stages.captions(task)
    const feature = await clock.time('vgg19', pictures.feature(image, task))
    const imageEmbedding = await clock.time('embedding', pictures.embed(feature, task))
    const captions = await clock.time('captions', index.nearest(imageEmbedding, options.k ?? DEFAULTS.k, task))
    onEvent({ type: 'captions', captions })
    const words = captions.map(({ text }) => tokenize(text)).filter(list => list.length > 0)
    if (words.length === 0)
      throw new InputError('all of the nearest captions are empty; give a larger --k or a model with captions')
    const skipVectors = await clock.time(
      'sentences',
      sentences.encode(words, { normalize: true, endToken: false }, task),
    )
    return { feature, imageEmbedding, captions, skipVectors }
  }

  /** From the captions' vectors to the story. */
  async #told(
    { style, writer }: Ready,
    seen: Seen,
    options: TellOptions,
    clock: Clock,
    onEvent: OnEvent = () => undefined,
  ): Promise<Trace> {
    const thought = { vectors: seen.skipVectors, ...style }
    const task = taskOf(options, onEvent)
    const written = await clock.time('story', this.#write(writer, thought, options, task, onEvent))
    const result = this.#story(written, seen.captions, options, { ...clock.timings })
    onEvent({ type: 'story', story: result })
    return { ...seen, written, result }
  }

  /** All that can be found wrong before anything is computed. */
  async #prepare(options: TellOptions): Promise<Ready> {
    checkOptions(options)
    const [pictures, sentences, tokenize, writer] = [
      this.stages.pictures(),
      await this.stages.sentences(),
      await this.stages.tokenizer(),
      await this.stages.writer(),
    ]
    const { dimContext } = writer.options
    if (sentences.dim !== dimContext)
      throw new InputError(
        `the sentence encoders give ${sentences.dim} numbers, the decoder takes ${dimContext}; convert the files of one model together`,
      )
    const style = await this.#style(options.style ?? DEFAULTS.style)
    writer.checkStyle(style)
    aborted(options.signal)
    return { pictures, sentences, tokenize, writer, style }
  }

  async #style(expression: string): Promise<Pick<Thought, 'positive' | 'negative'>> {
    if (expression === NO_STYLE) return {}
    const find = (name: string) => this.stages.style(name)
    return { positive: await styleVector(expression, find), negative: await find(CAPTION_STYLE) }
  }

  #write(
    writer: Writer,
    thought: Thought,
    options: TellOptions,
    task: Task,
    onEvent: (event: StoryEvent) => void,
  ): Promise<Written> {
    const maxlen = options.maxlen ?? DEFAULTS.maxlen
    if (options.sample) {
      const { n = DEFAULTS.n, temperature = DEFAULTS.temperature, seed = DEFAULTS.seed } = options
      return writer.sample(thought, { count: n, maxlen, temperature, seed }, task)
    }
    let seen = 0
    return writer.search(
      thought,
      { width: options.bw ?? DEFAULTS.bw, maxlen },
      {
        ...task,
        onRecord: ({ control }) => {
          // Steps are submitted ahead of the device: after the search's end come records that say nothing new.
          const search = beamProgress(control)
          if (search.steps === seen) return
          seen = search.steps
          onEvent({ type: 'beam', ...search })
          task.onProgress?.({ stage: 'words', done: search.live === 0 ? maxlen : search.steps, total: maxlen })
        },
      },
    )
  }

  #story(written: Written, captions: readonly Caption[], options: TellOptions, timings: Record<string, number>): Story {
    const found = options.sample ? written.hypotheses : eligible(written.hypotheses)
    const sorted = byCost(found)
    // Of samples the first drawn is the story, whatever was drawn beside it.
    const story = (options.sample ? found : sorted)[0]?.text ?? ''
    return {
      story,
      ...(options.lyric ? { lines: splitLyric(story) } : {}),
      captions,
      hypotheses: sorted.slice(0, options.n ?? DEFAULTS.n),
      timings,
    }
  }
}

/** Milliseconds by stage. */
class Clock {
  readonly timings: Record<string, number> = {}
  async time<T>(stage: string, work: Promise<T>): Promise<T> {
    const start = performance.now()
    const result = await work
    this.timings[stage] = Math.round((performance.now() - start) * 10) / 10
    return result
  }
}
