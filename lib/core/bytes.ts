// Bytes that are read in ranges, wherever they are: a file, a Blob, memory.

export interface ByteSource {
  /** Path or URL, for messages. */
  readonly name: string
  readonly size: number
  read(offset: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}
