// The sizes of the embedded model and how long each of its nets is trained. Only numbers.

/** VGG-19's sixteen convolutions, narrow; block by block. */
export const CONVS: readonly (readonly number[])[] = [
  [4, 4],
  [8, 8],
  [16, 16, 16, 16],
  [32, 32, 32, 32],
  [48, 48, 48, 48],
]
/** fc6, fc7, and one output for each pair of place and subject. */
export const FCS = [256, 256, 64] as const

export const SIZES = {
  word: 64,
  /** Uni-skip, and both directions of bi-skip together. */
  skip: 256,
  /** The image-sentence embedding. */
  embedding: 96,
  decoder: 256,
} as const

export const COUNTS = {
  /** Scenes drawn with five captions each: they train the embedding, and their captions are the model's. */
  pictures: 2560,
  captions: 5,
  /** Scenes drawn with a label each in a round of the picture net: shown again and again. */
  labels: 3072,
  /** Scenes with captions that are read alone, by the encoders. */
  read: 2560,
  /** Passages of each manner: the decoder has them all, the encoders the first of them. */
  passages: 6000,
  passagesRead: 4000,
  /** Passages of each manner, and captions, that a style is the mean of. */
  style: 1500,
} as const

export interface Schedule {
  readonly updates: number
  readonly batch: number
  /** Adam's step at first; it falls to nothing over the second half. */
  readonly rate: number
}

export const SCHEDULES = {
  /** Two rounds, each with scenes of its own. */
  vgg: [
    { updates: 240, batch: 32, rate: 0.001 },
    { updates: 150, batch: 32, rate: 0.0007 },
  ],
  embedding: { updates: 1200, batch: 128, rate: 0.002 },
  skip: { updates: 600, batch: 32, rate: 0.003 },
  decoder: { updates: 1500, batch: 32, rate: 0.003 },
} as const satisfies Record<string, Schedule | readonly Schedule[]>

/** Updates in which the step grows to its full size. */
const WARM_UP = 20

/** The step of an update, from 1. */
export const rateAt = ({ updates, rate }: Schedule, update: number): number =>
  rate * Math.min(1, update / WARM_UP, 2 * (1 - update / (updates + 1)) + 0.02)
