// What goes into a trainer and what comes out: options by the original's names, parameters by the names of its .npz files, batches
// time first. Only types.

import type { NdArray } from 'ndarray'
import type { Device } from '../gpu/device.ts'

/** Which of the original's nets is trained. */
export type TrainerKind = 'decoder' | 'skip-thoughts' | 'embedding'

/** Also what is no original's: `vgg19`, a small picture classifier, its parameters by a bundle's names and in its layouts. */
export type AnyKind = TrainerKind | 'vgg19'

/** Arrays by the names that the original's .npz gives them, in its shapes and C order: a GRU is `NAME_W [in, 2·dim]`, `NAME_Wx [in, dim]`, … */
export type NamedArrays = Readonly<Record<string, NdArray<Float32Array>>>

/**
 * Options by the original's names. Sizes must agree with the parameters' shapes. Those that steer what surrounds the updates (epochs,
 * files, sampling) may be there and mean nothing to a trainer.
 */
export interface TrainerOptions {
  /** Units of the GRU. For skip-thoughts with `encoder: 'bi'` the width of the joined state: each encoder has half of it. */
  readonly dim?: number
  readonly dim_word?: number
  readonly n_words?: number
  /** Width of the decoder's thought vectors. */
  readonly dimctx?: number
  /** Width of the embedding's picture features. */
  readonly dim_image?: number
  /** Decoder: a tanh layer back to the words' width before the logits. By default whether the parameters have one (`ff_hid_W`). */
  readonly doutput?: boolean
  /** Embedding: 'gru' (default) or 'bow'. Skip-thoughts: 'uni' (default, which the original calls 'gru') or 'bi'. */
  readonly encoder?: 'gru' | 'bow' | 'uni' | 'bi'
  /** Embedding: the margin of its cost, 0.2. */
  readonly margin?: number
  /** The largest norm of all gradients together; 0 or less: none. Default 5, for the embedding 2, for vgg19 none. */
  readonly grad_clip?: number
  /** Added to the cost: this times the sum of squares of all parameters. Default 0. */
  readonly decay_c?: number
  /** Adam's step size, 0.0002. With `compat` decoder and skip-thoughts take no other. */
  readonly lrate?: number
  /** Only 'adam'. */
  readonly optimizer?: string
  /** The original's Adam (its bias corrections are 1 − 0.1^t and 1 − 0.001^t) in place of the textbook's. */
  readonly compat?: boolean
  readonly [other: string]: unknown
}

/** Adam's state: enough, with the parameters, to go on as if nothing had happened. */
export interface Moments {
  /** Running means of the gradients, and of their squares. */
  readonly m: NamedArrays
  readonly v: NamedArrays
  /** Updates made so far. */
  readonly step: number
}

export interface TrainerSettings {
  /** As everywhere: 'auto' (default), 'gpu', 'lavapipe', 'swiftshader' or a part of an adapter's name. */
  readonly adapter?: string | undefined
  /** A device that is open already, in place of `adapter`; it is not closed by `dispose`. */
  readonly device?: Device | undefined
  /** The same as in the options. */
  readonly compat?: boolean | undefined
  /** Moments to go on with; zeros by default. */
  readonly moments?: { readonly m: NamedArrays; readonly v: NamedArrays; readonly step?: number } | undefined
  /** Updates made so far; `moments.step` by default, else 0. */
  readonly step?: number | undefined
  /** Bytes the device may hold. */
  readonly memoryLimit?: number | undefined
}

/** Numbers in any type; ids and masks are checked. */
export type BatchArray = NdArray<
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | BigInt64Array<ArrayBuffer>
  | number[]
>

/**
 * Word ids `x [positions, sentences]`, `mask` of the same shape with 1 through the first `<eos>` (id 0) and 0 beyond, thought vectors
 * `ctx [sentences, dimctx]`. Ids are below `n_words`: rarer words are 1 already.
 */
export interface DecoderBatch {
  readonly x: BatchArray
  readonly mask: BatchArray
  readonly ctx: BatchArray
}

/** Sentences `x`, the ones after them `y` and the ones before them `z`, each [positions, sentences] with its mask. */
export interface SkipThoughtsBatch {
  readonly x: BatchArray
  readonly xMask: BatchArray
  readonly y: BatchArray
  readonly yMask: BatchArray
  readonly z: BatchArray
  readonly zMask: BatchArray
}

/** Captions `x [positions, captions]` with their mask, and the picture of each: `im [captions, dim_image]`. */
export interface EmbeddingBatch {
  readonly x: BatchArray
  readonly mask: BatchArray
  readonly im: BatchArray
}

/** Pictures `image [pictures, 3, side, side]` as they go into the net, and the class of each: `labels [pictures]`. */
export interface PictureBatch {
  readonly image: BatchArray
  readonly labels: BatchArray
}

export interface Batches {
  readonly decoder: DecoderBatch
  readonly 'skip-thoughts': SkipThoughtsBatch
  readonly embedding: EmbeddingBatch
  readonly vgg19: PictureBatch
}

export interface UpdateSettings {
  /** `false` reads nothing back: the update is only sent off, and resolves to NaN. */
  readonly cost?: boolean
  /** This step's size in place of `lrate`. */
  readonly lrate?: number
}

/** A batch's cost (decay included) and gradients before clipping, and their squared norm over all parameters. */
export interface BatchGradients {
  readonly cost: number
  readonly gradients: NamedArrays
  readonly squaredNorm: number
}
