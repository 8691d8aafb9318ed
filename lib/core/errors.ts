// The typed errors of the whole project. A message names the thing, the values and the cure:
// "decoder.npz: ff_logit_W is [1600, 20000] but the dictionary has 20,312 words; convert with its own dictionary".
// One place prints them (cli/main.ts), which also reads `exitCode`.

/** Base of every error that this project throws on purpose. */
export class StorytellerError extends Error {
  /** What the command line exits with: 1 bad input, 2 wrong usage, 3 no usable adapter, 130 interrupted. */
  readonly exitCode: number = 1
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** Where in a file something is wrong, and what to do about it. */
export interface FilePlace {
  /** Path or URL as the user gave it. */
  file: string
  /** Byte offset of the trouble, where one is known. */
  offset?: number | undefined
  /** One sentence: what the user can do. */
  cure: string
}

/** A file that is damaged, hostile, of another kind than expected, or does not fit its neighbours. */
export class FileError extends StorytellerError {
  readonly file: string
  readonly offset: number | undefined
  readonly cure: string
  constructor(problem: string, place: FilePlace, options?: ErrorOptions) {
    const at = place.offset === undefined ? '' : ` at byte ${place.offset}`
    super(`${place.file}${at}: ${problem}; ${place.cure}`, options)
    this.file = place.file
    this.offset = place.offset
    this.cure = place.cure
  }
}

/** A value that an API call or an option cannot take (a shape, a range, an unknown name). */
export class InputError extends StorytellerError {}

/** Sizes of tensors that do not go together. Thrown when a graph is built, never while it runs. */
export class ShapeError extends InputError {}

/** A command line that makes no sense. */
export class UsageError extends StorytellerError {
  override readonly exitCode = 2
}

/** No adapter, a lost device, a limit or a memory budget that cannot be met. */
export class DeviceError extends StorytellerError {
  override readonly exitCode = 3
}

/** The caller's signal, or Ctrl-C. */
export class AbortError extends StorytellerError {
  override readonly exitCode = 130
  constructor(message = 'interrupted', options?: ErrorOptions) {
    super(message, options)
  }
}
