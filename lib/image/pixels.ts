// A decoded picture: what every decoder hands to preprocess.ts, in Node (decode.node.ts) and, with a decoder of its own, in
// browsers. Invariant: the file's own RGB or grey values, never rotated, never colour-managed, never premultiplied;
// transparency is already blended on white. Knows nothing of files or of the network.

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Pixels extends Size {
  /** 1: grey (or what the original took for grey: palette indices, 0/1, 0..65535). 3: R, G, B. */
  readonly channels: 1 | 3
  /** Rows from the top, pixels from the left, channels together: height × width × channels values, 0..255 as a rule. */
  readonly data: Uint8Array | Uint16Array
}

/**
 * Most pixels that a picture may have: where the original's Pillow gives up (twice its warning of a quarter gigabyte).
 * A decoder checks this before it decodes.
 */
export const MAX_PIXELS = 178_956_970
