// Bytes that are read in ranges, wherever they are: a file, a Blob, memory.

export interface ByteSource {
  /** Path or URL, for messages. */
  readonly name: string
  readonly size: number
  /**
   * The bytes there. `into` is room that the caller has used up: the answer may be a part of it, which saves whoever reads a large
   * file through a small window an allocation a step.
   */
  read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array>
  close(): Promise<void>
}
