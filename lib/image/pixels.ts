// A decoded picture: what a decoder hands to preprocess.ts. Invariants, for decode.node.ts and for any other decoder: the file's
// own RGB or grey values, no colour profile or gamma applied, not rotated (EXIF orientation is ignored); 16-bit colour by its
// high byte; transparency blended on white; of an animation the first frame; MAX_PIXELS is checked before decoding.
// A decoder in a browser has to undo what browsers add: colour conversion, premultiplied alpha, rotation by EXIF.

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

/** Most pixels of a picture: where the original's Pillow gives up too. */
export const MAX_PIXELS = 178_956_970
